/**
 * `switch` → a chain of `if`. The statements of a case that falls through are followed by those of
 * the next one, so each branch of the chain is complete in itself.
 */
import type * as t from '@babel/types';
import type { Value } from '../ir/ir.ts';
import { applyBinary, constantTruth, expression } from './expressions.ts';
import type { Lowering } from './lowering.ts';
import { Scope, type Status } from './scope.ts';
import { END, type Rest, after, arrive, inScope, openTarget, statements, union } from './statements.ts';

interface Group {
  tests: t.Expression[];
  isDefault: boolean;
  body: t.Statement[];
  /** Does it end by a jump? */
  closed: boolean;
}

export function switchStatement(cx: Lowering, node: t.SwitchStatement, labels: readonly string[], rest: Rest): Status {
  const value = expression(cx, node.discriminant);
  const groups = group(node);
  const { target, own } = openTarget(cx, 'switch', labels, node.cases);
  const outer = cx.scope;
  // Without a `break`, what follows the switch is where no case matches.
  const restInside = !own && !groups.some((g) => g.isDefault) && groups.every((g) => g.closed);
  const lowerGroup = ({ body }: Group) => inScope(cx, new Scope(outer.module, outer), () => statements(cx, body, END));

  const tested = groups.filter((g) => g.tests.length > 0 && !g.isDefault);
  const chain = (k: number): Status => {
    if (k === tested.length) {
      const otherwise = groups.find((g) => g.isDefault);
      return otherwise ? lowerGroup(otherwise) : restInside ? rest() : END();
    }
    const test = matches(cx, value, tested[k].tests);
    const known = constantTruth(test);
    if (known !== undefined) return known ? lowerGroup(tested[k]) : chain(k + 1);
    const op = cx.open('if', [test], node);
    const then = cx.branch(op, () => lowerGroup(tested[k]));
    const otherwise = cx.branch(op, () => chain(k + 1));
    cx.close(op, then, otherwise);
    return { falls: then.status.falls || otherwise.status.falls, exits: union(then.status.exits, otherwise.status.exits) };
  };
  if (own) cx.frame.targets.push(target);
  const status = chain(0);
  if (own) cx.frame.targets.pop();
  return restInside ? status : after(cx, arrive(status, own ? target.done : undefined), node, rest);
}

/** Cases with the same statements, each followed by what it falls through to. */
function group(node: t.SwitchStatement): Group[] {
  const groups: Group[] = [];
  let open: { tests: t.Expression[]; isDefault: boolean } = { tests: [], isDefault: false };
  node.cases.forEach((c, i) => {
    if (c.test) open.tests.push(c.test);
    else open.isDefault = true;
    if (c.consequent.length === 0 && i + 1 < node.cases.length) return;
    const body: t.Statement[] = [];
    let closed = false;
    for (let k = i; k < node.cases.length && !closed; k++) {
      body.push(...node.cases[k].consequent);
      closed = jumps(node.cases[k].consequent.at(-1));
    }
    groups.push({ ...open, body, closed });
    open = { tests: [], isDefault: false };
  });
  return groups;
}

function jumps(node: t.Statement | undefined): boolean {
  switch (node?.type) {
    case 'BreakStatement': case 'ContinueStatement': case 'ReturnStatement': case 'ThrowStatement': return true;
    case 'BlockStatement': return jumps(node.body.at(-1));
    default: return false;
  }
}

function matches(cx: Lowering, value: Value, tests: readonly t.Expression[]): Value {
  const [first, ...others] = tests;
  const test = expression(cx, first);
  const equal = applyBinary(cx, '===', value, test, first);
  const known = constantTruth(equal);
  if (known !== undefined) return known || others.length === 0 ? equal : matches(cx, value, others);
  return others.length === 0 ? equal : cx.choose(first, equal, () => cx.b.const(true), () => matches(cx, value, others));
}
