/**
 * May the functions of a chain be called in turn for each element, instead of each for all elements?
 *
 * Two functions may change places if neither sees what the other does: it assigns no variable that the other mentions,
 * writes no memory that the other may read or write (of another type, or made by another allocation, is other memory),
 * and at most one of them does anything outside the program, or may throw where that could be seen.
 */
import type * as t from '@babel/types';
import type { Op, Value } from '../ir/ir.ts';
import { NUMBER, type Type, isMemory } from '../ir/types.ts';
import { allOps } from '../ir/walk.ts';
import { apply } from './calls.ts';
import { type Stream, callbackOf, nameOf } from './callbacks.ts';
import { functionHasEffects } from './effects.ts';
import { expression } from './expressions.ts';
import type { Lowering } from './lowering.ts';
import { assignedVariables, mentionedVariables } from './scan.ts';
import { NEVER, type Variable } from './scope.ts';

/** What running a function does, and what it depends on. */
interface Deeds {
  reads: Value[];
  writes: Value[];
  /** Calls whose effects are not known. */
  outside: boolean;
  /** Depends on what calls and assignments elsewhere may change. */
  mutable: boolean;
  throws: boolean;
  assigned: ReadonlySet<Variable>;
  mentioned: ReadonlySet<Variable>;
}

const CREATES = new Set(['new', 'literal', 'copy', 'clone', 'zeros', 'splice', 'argsort']);

/** How many of the chain's methods, from the first on, may be run together on each element of the source. */
export function interleaved(cx: Lowering, source: Stream, chain: readonly t.CallExpression[]): number {
  let element!: Type;
  const first = deedsOf(cx, source.node, source.scanned, () => { element = source.trial().type; });
  const all: Deeds[] = [];
  for (const [k, link] of chain.entries()) {
    const deeds = deedsOf(cx, link, link.arguments, () => {
      const b = cx.at(link);
      const args = [b.undef(element), b.undef(NUMBER)];
      const name = nameOf(link);
      const initial = name === 'reduce' ? link.arguments[1] as t.Expression | undefined : undefined;
      if (name === 'reduce') args.unshift(initial ? expression(cx, initial) : b.undef(element));
      const value = apply(cx, callbackOf(cx, link, 2), args, link);
      if (value && name === 'map') element = value.type;
    });
    // Each element of an array is read when its turn comes, anyway: only later methods can tell.
    if (k > 0 || !source.array) all.push(first);
    if (all.some((other) => interfere(deeds, other) || interfere(other, deeds))) return k;
    all.push(deeds);
  }
  return chain.length;
}

function deedsOf(cx: Lowering, node: t.Node, scanned: readonly t.Node[], lower: () => void): Deeds {
  const deeds: Deeds = {
    reads: [], writes: [], outside: false, mutable: false, throws: false,
    assigned: assignedVariables(cx.scope, scanned), mentioned: mentionedVariables(cx.scope, scanned),
  };
  const op = cx.open('if', [], node);
  const { region } = cx.branch(op, () => {
    lower();
    return NEVER;
  });
  const own = new Set<Value>();
  for (const inner of allOps(region)) {
    note(cx, inner, own, deeds);
    if (CREATES.has(inner.kind)) own.add(inner.result);
  }
  return deeds;
}

function note(cx: Lowering, op: Op, own: ReadonlySet<Value>, deeds: Deeds): void {
  const theirs = op.args.filter((v) => isMemory(v.type) && !own.has(v));
  const [object] = op.args;
  switch (op.kind) {
    case 'store': case 'accum': case 'setfield': case 'accumfield': case 'fill': case 'push': case 'pop': case 'unshift': case 'shift':
    case 'splice': case 'resize': case 'addinto': case 'clear':
      if (theirs.includes(object)) deeds.writes.push(object);
      deeds.reads.push(...theirs);
      break;
    case 'call':
      if (functionHasEffects(cx.program, op.attr.callee!.id)) deeds.outside = true;
      deeds.mutable = true;
      deeds.reads.push(...theirs);
      break;
    case 'extern':
      if (!op.attr.pure) {
        deeds.outside = true;
        deeds.writes.push(...theirs);
      }
      deeds.reads.push(...theirs);
      break;
    case 'free': deeds.mutable ||= Boolean(op.attr.mutable); break;
    case 'throw': deeds.throws = true; break;
    case 'if': case 'loop': break;
    default: deeds.reads.push(...theirs);
  }
}

/** Does one see or disturb what the other does? */
function interfere(a: Deeds, b: Deeds): boolean {
  for (const v of a.assigned) if (b.mentioned.has(v)) return true;
  if (a.outside && (b.outside || b.mutable || b.throws)) return true;
  if (a.throws && (b.throws || b.writes.length > 0)) return true;
  return a.writes.some((w) => [...b.reads, ...b.writes].some((r) => mayBeSame(w, r)));
}

function mayBeSame(a: Value, b: Value): boolean {
  if (a === b) return true;
  if (a.type.kind !== b.type.kind || (a.type.kind === 'typed' && b.type.kind === 'typed' && a.type.name !== b.type.name)) return false;
  const made = (v: Value) => 'kind' in v.def && CREATES.has(v.def.kind);
  const given = (v: Value) => !('kind' in v.def);
  return !((made(a) && (made(b) || given(b))) || (made(b) && given(a)));
}
