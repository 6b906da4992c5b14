/**
 * Effects happen once. What a step prints, or assigns outside, it does in the forward sweep alone; what others tell it, a
 * random number, the time, a variable of the module, is noted there for the runs that follow:
 *
 *   f_step(y) { print(y); r = random(); return y * r }   →   f_step(y) { print(y); r = random(); return [y * r, r] }
 *                                                            f_again(y, r) { return y * r }
 *
 * In a branch or loop of the step there may be none of it, or several, and they are noted in a list, in their order.
 */
import { hasEffectsOutside } from '../analyse/outside.ts';
import { Builder, addParam } from '../ir/build.ts';
import { Func, Op, type Result } from '../ir/ir.ts';
import { type Type, isMemory } from '../ir/types.ts';
import { allOps, cloneFunc, substitute } from '../ir/walk.ts';
import { eliminateDeadCode } from '../optimise/dce.ts';
import { inlineCall } from '../optimise/inline.ts';
import { nameFor } from './saves.ts';
import type { Library } from './variant.ts';

export interface Noted {
  name: string;
  type: Type;
}

export interface Replay {
  /** The step as it runs at first: what it has noted comes behind its results. */
  first: Func;
  /** As it runs again: what was noted comes behind its parameters. */
  again: Func;
  noted: Noted[];
}

/** `refuse` is told of what can be neither noted nor left out. */
export function replayOf(step: Func, library: Library, refuse: (op: Op) => never): Replay {
  const named = (half: string, func: Func) => cloneFunc({ ...func, id: `${step.id}:${half}`, name: half === 'again' ? `${step.name}_again` : step.name } as Func);
  const first = named('first', step);
  const isEffect = (op: Op) => hasEffectsOutside(op, library);
  for (let call; (call = allOps(first.body).find((op) => op.kind === 'call' && isEffect(op)));) {
    inlineCall(call, first, library);
    if (call.parent.ops.includes(call)) refuse(call);
  }
  const again = named('again', first);
  const copies = [...allOps(again.body)];
  const effects = new Map<Op, Op>();
  [...allOps(first.body)].forEach((op, k) => {
    if (!isEffect(op)) return;
    if (op.attr.custom !== undefined || op.results.some((r) => isMemory(r.type))) refuse(op);
    effects.set(leaveOut(copies[k], again), op);
  });
  // What only the effects themselves need is not noted.
  eliminateDeadCode(again, library);
  const noted = [...allOps(again.body)].flatMap((copy) => (effects.has(copy) ? [note(effects.get(copy)!, first, copy, again)] : []));
  first.result = resultOf(first);
  return { first, again, noted };
}

/** In the place of the operation comes one that has no effect, and is not known. */
function leaveOut(op: Op, again: Func): Op {
  const b = new Builder(op.parent, op.span, false, op.parent.ops.indexOf(op));
  const left = b.op('undef', [], op.results.map((r) => r.type));
  op.results.forEach((r, k) => Object.assign(left.results[k], { name: r.name ?? op.attr.name, variable: r.variable }));
  op.parent.ops.splice(op.parent.ops.indexOf(op), 1);
  substitute(again.body, new Map(op.results.map((r, k) => [r, left.results[k]])));
  return left;
}

/** Has the operation noted what it gives, and its copy take it from there. */
function note(op: Op, first: Func, copy: Op, again: Func): Noted {
  const { result } = op;
  const name = copy.result.name ?? nameFor(result);
  const at = copy.parent.ops.indexOf(copy);
  copy.parent.ops.splice(at, 1);
  if (op.parent === first.body) {
    first.body.yields.push(result);
    substitute(again.body, new Map([[copy.result, addParam(again, result.type, op.span, name)]]));
    return { name, type: result.type };
  }
  const type: Type = { kind: 'array', element: result.type };
  const list = new Builder(first.body, op.span, false, 0).literal(type, [], {}, { name: `${name}_noted` });
  new Builder(op.parent, op.span, false, op.parent.ops.indexOf(op) + 1).push(list, result);
  first.body.yields.push(list);
  const given = addParam(again, type, op.span, `${name}_noted`);
  const taken = new Builder(copy.parent, op.span, false, at);
  const left = new Builder(again.body, op.span, false, 0).copy(given, type, {}, { name: `${name}_left` });
  const r = taken.shift(left);
  Object.assign(r, { name: result.name, variable: result.variable });
  substitute(again.body, new Map([[copy.result, r]]));
  return { name: `${name}_noted`, type };
}

function resultOf({ body }: Func): Result {
  const parts = body.yields.map((v): Result => ({ kind: 'value', type: v.type }));
  return parts.length === 0 ? { kind: 'void' } : parts.length === 1 ? parts[0] : { kind: 'tuple', parts };
}
