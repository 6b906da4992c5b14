/**
 * Inlining of small functions: IR without jumps can simply be put in the place of the call.
 *
 *   y = square(a + 1)  →  x = a + 1; y = x * x
 */
import { Func, Op, type Region, type Value, freshVariable } from '../ir/ir.ts';
import { Aliases } from '../analyse/alias.ts';
import { allOps, allRegions, cloneOp, substitute } from '../ir/walk.ts';
import { isBefore } from './rebuild.ts';
import type { Functions } from '../analyse/functions.ts';

/** Functions of at most so many operations are put in the place of every call, those called once may be larger. */
const SMALL = 24;
const CALLED_ONCE = 120;
/** In functions marked with `optimize=speed`. */
const FAST = 120;

/**
 * Calls whose arguments may share memory that the callee writes, for derivatives of the callee take its arguments to be
 * apart: they are inlined. Of a recursive function, there is one more that knows what may be shared.
 */
export function separateArguments(func: Func, functions: Functions): void {
  for (;;) {
    const aliases = new Aliases(func, functions.summaries);
    const clashing = allOps(func.body).flatMap((op) => (op.kind === 'call' ? [{ op, joints: aliases.joints(op) }] : [])).filter(({ joints }) => joints.length > 0);
    if (clashing.length === 0) return;
    const map = new Map<Value, Value>();
    for (const { op, joints } of clashing) {
      const callee = functions.source(op.attr.callee!.id);
      if (callee.id === func.id || isRecursive(callee, functions)) {
        op.attr = { ...op.attr, callee: functions.sharing(callee, joints) };
        continue;
      }
      const { parent } = op;
      parent.ops.splice(parent.ops.indexOf(op), 1, ...expand(op, callee, parent, map));
    }
    substitute(func.body, map);
  }
}

export function inlineCalls(func: Func, functions: Functions): void {
  const calls = countCalls(func);
  const map = new Map<Value, Value>();
  for (const region of allRegions(func.body)) {
    region.ops = region.ops.flatMap((op) => {
      // Nothing flows through a discrete call; through what is in it, something would.
      if (op.kind !== 'call' || op.attr.discrete) return [op];
      const id = op.attr.callee!.id;
      if (functions.hasRule(id)) return [op];
      const callee = functions.primal(id);
      const size = sizeOf(callee);
      if (callee.id === func.id || isWholeStep(op) || size > (func.fast ? FAST : calls.get(id) === 1 ? CALLED_ONCE : SMALL) || isRecursive(callee, functions)) return [op];
      return expand(op, callee, region, map);
    });
  }
  substitute(func.body, map);
}

/** Puts the function of one call in its place, unless it is recursive. */
export function inlineCall(call: Op, func: Func, functions: Pick<Functions, 'primal'>): void {
  const callee = functions.primal(call.attr.callee!.id);
  if (isRecursive(callee, functions)) return;
  const map = new Map<Value, Value>();
  call.parent.ops.splice(call.parent.ops.indexOf(call), 1, ...expand(call, callee, call.parent, map));
  substitute(func.body, map);
}

/** Puts every call's function in its place, for where there are no functions. A recursive one cannot be: `recursive` may refuse it. */
export function inlineAll(func: Func, functions: Pick<Functions, 'primal'>, recursive: (call: Op, callee: Func) => void): void {
  const left = new Set<Op>();
  for (;;) {
    const call = allOps(func.body).find((op) => op.kind === 'call' && !left.has(op));
    if (!call) return;
    const callee = functions.primal(call.attr.callee!.id);
    if (isRecursive(callee, functions)) {
      recursive(call, callee);
      left.add(call);
      continue;
    }
    const map = new Map<Value, Value>();
    call.parent.ops.splice(call.parent.ops.indexOf(call), 1, ...expand(call, callee, call.parent, map));
    substitute(func.body, map);
  }
}

/** Is the call all that a loop or call with a policy does, besides counting? It is the step, then, which reverse mode runs again. */
export function isWholeStep(call: Op): boolean {
  const { owner, ops, yields } = call.parent;
  if (owner instanceof Func || !owner.attr.policy || (owner.kind === 'loop' ? owner.regions[1] : owner.regions[0]) !== call.parent) return false;
  const counts = (v: Value) => v.def instanceof Op && v.def.kind === 'prim' && v.def.args.every((a) => !call.results.includes(a));
  return ops.every((op) => op === call || op.kind === 'const' || (op.kind === 'prim' && yields.includes(op.result))) && yields.every((v) => call.results.includes(v) || counts(v));
}

/** Puts steps that reverse mode has taken out of loops back where they are called, if they are small, or if the loop can then make their buffers once. */
export function inlineSteps(func: Func, functions: Functions): void {
  const calls = countCalls(func);
  const map = new Map<Value, Value>();
  for (const region of allRegions(func.body)) {
    region.ops = region.ops.flatMap((op) => {
      if (op.kind !== 'call' || !op.attr.step) return [op];
      const callee = functions.primal(op.attr.callee!.id);
      if (sizeOf(callee) > (calls.get(callee.id) === 1 && makesBuffers(callee, op) ? CALLED_ONCE : SMALL) || isRecursive(callee, functions)) return [op];
      const ops = expand(op, callee, region, map);
      // A term of a sum has no name of its own.
      for (const r of op.results) if (!r.name && ops.includes(map.get(r)!.def as Op)) map.get(r)!.name = undefined;
      return ops;
    });
  }
  substitute(func.body, map);
}

function countCalls(func: Func): Map<string, number> {
  const calls = new Map<string, number>();
  for (const op of allOps(func.body)) if (op.kind === 'call') calls.set(op.attr.callee!.id, (calls.get(op.attr.callee!.id) ?? 0) + 1);
  return calls;
}

/** Does the function make buffers whose lengths are known before the loop in which it is called? */
function makesBuffers(callee: Func, call: Op): boolean {
  const loop = call.parent.owner;
  if (!(loop instanceof Op) || loop.kind !== 'loop') return false;
  const isKnown = (v: Value): boolean => {
    const { def } = v;
    if (def instanceof Func) return isBefore(call.args[def.params.findIndex((p) => p.value === v)], loop);
    return (def.kind === 'prim' || def.kind === 'const' || (def.kind === 'length' && def.args[0].type.kind === 'typed')) && def.args.every(isKnown);
  };
  return callee.body.ops.some((op) => op.kind === 'new' && op.attr.saves && op.result.type.kind === 'typed' && isKnown(op.args[0]));
}

function sizeOf(func: Func): number { return allOps(func.body).filter((o) => o.kind !== 'const').length; }

export function isSmall(func: Func): boolean { return sizeOf(func) <= SMALL; }

export function isRecursive(func: Func, functions: Pick<Functions, 'primal'>, seen = new Set<string>()): boolean {
  if (seen.has(func.id)) return true;
  seen.add(func.id);
  return allOps(func.body).some((op) => op.kind === 'call' && isRecursive(functions.primal(op.attr.callee!.id), functions, new Set(seen)));
}

function expand(call: Op, callee: Func, region: Region, map: Map<Value, Value>): Op[] {
  const inner = new Map<Value, Value>(callee.params.map((p, k) => [p.value, call.args[k]]));
  const ops = callee.body.ops.map((op) => cloneOp(op, inner, region));
  const { file } = callee.span;
  // Each expansion has variables of its own.
  const fresh = new Map<number, number>();
  for (const top of ops) {
    for (const op of [top, ...top.regions.flatMap((r) => allOps(r))]) {
      // Free names of the callee are those of its own module.
      if (op.kind === 'free' && op.attr.name !== 'this' && file !== call.span.file && !op.attr.module) op.attr = { ...op.attr, module: file };
      for (const v of [...op.results, ...op.params]) {
        if (v.variable === undefined) continue;
        if (!fresh.has(v.variable)) fresh.set(v.variable, freshVariable());
        v.variable = fresh.get(v.variable);
      }
    }
  }
  call.results.forEach((r, k) => {
    const value = inner.get(callee.body.yields[k])!;
    if (r.name && !call.args.includes(value)) Object.assign(value, { name: r.name, variable: r.variable });
    map.set(r, value);
  });
  return ops;
}
