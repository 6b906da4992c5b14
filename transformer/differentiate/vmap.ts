/**
 * `vmap(f)` as a function: a loop around the body of f, for each example of the mapped arguments. What comes out is
 * allocated once: numbers in the kind of container of the first mapped argument, records and tuples as records and tuples
 * of what their parts become, all else in an array.
 *
 *   f(x, w) { return x * w; }   →   f_vmap(xs, w) { const y = new Float64Array(xs.length);
 *                                                   for (let i = 0; i < xs.length; i++) y[i] = xs[i] * w; return y; }
 */
import { fail } from '../diagnostics.ts';
import { Builder, addParam } from '../ir/build.ts';
import { type Axis, type VmapRequest, batchedLeaf, batchedResult, containerOf } from '../ir/composed.ts';
import { Func, type Op, type Result, type Value, resultTypes } from '../ir/ir.ts';
import { type Type, fieldKeys, fieldType } from '../ir/types.ts';
import { allOps } from '../ir/walk.ts';
import type { Cell } from '../analyse/cell.ts';
import type { Functions } from '../analyse/functions.ts';
import { inlineCall } from '../optimise/inline.ts';

export function vmapFunction(target: Func, request: VmapRequest, library: Functions): void {
  const primal = library.primal(request.id);
  const effect = effectIn(request.id, library, new Set());
  if (effect) fail('TL3030', request.span, primal.name);
  const { axes, types } = request;
  const args = primal.params.map(({ value, ...rest }, i) => addParam(target, types[i], value.span, batchedName(value.name ?? 'x', axes[i]), axes[i] === null ? rest : {}));
  const b = new Builder(target.body, primal.span);
  const mapped = args.flatMap((v, i) => leaves(b, v, axes[i], primal.params[i].value.name ?? String(i)));
  const [first, ...others] = mapped;
  if (!first) fail('TL3031', request.span, primal.name);
  const n = b.length(first.value);
  for (const { value, name } of others) {
    const length = b.length(value);
    b.if(b.prim('ne', [length, n]), [], (then) => {
      const says = [`tapeless: vmap: arguments ${first.name} and ${name} of ${primal.name} have lengths `, n, ' and ', length].map((part) => (typeof part === 'string' ? then.const(part) : part));
      const text = says.reduce((sum, part) => then.prim('concat', [sum, part]));
      then.throw(then.extern('new RangeError', [text], { kind: 'opaque', text: 'RangeError' }, { pure: true })!);
      return [];
    }, () => []);
  }
  const { container, like } = containerOf(first.value.type);
  const outputs = leavesOf(primal.result);
  const made = outputs.map((type, k) => {
    const own = outputs.length === primal.body.yields.length ? primal.body.yields[k].name : undefined;
    const name = own ? batchedName(own, 0) : outputs.length === 1 ? 'results' : `results_${k}`;
    if (!isNumber(type)) return b.literal(batchedLeaf(type, container)!, [], {}, { name });
    // The container's kind is known at run time only.
    return like ? b.copy(first.value, container, {}, { name }) : b.new(container, n, {}, { name });
  });
  let call!: Op;
  b.each(n, (body, i) => {
    const results = body.call({ id: request.id, name: primal.name }, args.map((v, k) => example(body, v, axes[k], primal.params[k].value, i)), resultTypes(primal.result));
    call = results[0].def as Op;
    spread(body, results).forEach((v, k) => {
      if (isNumber(outputs[k])) body.store(made[k], i, v, { inside: true });
      else body.push(made[k], v);
    });
  }, 'i');
  inlineCall(call, target, library);
  target.result = batchedResult(primal.result, container);
  target.body.yields = made;
}

/** The arrays that are gone through, and what to call them in messages. */
function leaves(b: Builder, v: Value, axis: Axis, name: string): { value: Value; name: string }[] {
  if (axis === null) return [];
  if (axis === 0) return [{ value: v, name }];
  return fieldKeys(v.type).flatMap((key) => leaves(b, b.field(v, key), axis[key] ?? null, `${name}.${key}`));
}

/** One example of an argument. */
function example(b: Builder, v: Value, axis: Axis, like: { type: Type; name?: string }, i: Value): Value {
  if (axis === null) return v;
  const { type, name } = like;
  if (axis === 0) return b.load(v, i, name ? { name } : {});
  return b.literal(type, fieldKeys(type).map((key) => example(b, b.field(v, key), axis[key] ?? null, { type: fieldType(type, key)! }, i)));
}

/** Records and tuples in the result are several results. */
function spread(b: Builder, values: Value[]): Value[] {
  return values.flatMap((v) => (isSpread(v.type) ? spread(b, fieldKeys(v.type).map((key) => b.field(v, key))) : [v]));
}

function leavesOf(result: Result): Type[] {
  const parts = (type: Type): Type[] => (isSpread(type) ? fieldKeys(type).flatMap((key) => parts(fieldType(type, key)!)) : [type]);
  return resultTypes(result).flatMap(parts);
}

function isSpread(type: Type): boolean { return batchedLeaf(type, type) === undefined; }

function isNumber(type: Type): boolean { return type.kind === 'number' && !type.absent; }

function batchedName(name: string, axis: Axis): string { return axis === 0 ? (/s$/.test(name) ? `${name}_list` : `${name}s`) : name; }

/** Something that a function does besides computing: writing what others can see, logging, drawing random numbers. */
function effectIn(id: string, library: Functions, asking: Set<string>): boolean {
  if (asking.has(id)) return false;
  asking.add(id);
  for (const op of allOps(library.primal(id).body)) {
    if (op.kind === 'extern' && !op.attr.pure) return true;
    if (op.kind === 'call' && effectIn(op.attr.callee!.id, library, asking)) return true;
  }
  const aliases = library.summaries(id);
  if (!aliases || aliases === 'nothing') return false;
  // What a callee writes in memory that is the caller's own is no effect of the caller.
  if (asking.size > 1) return false;
  const isOutside = (cells: Set<Cell>, test: (c: Cell) => boolean) => [...cells].some((c) => c.find().outside && test(c.find()));
  // Of what refers to memory the holder counts: a new object may hold what came from outside.
  const isNumber = (c: Cell) => c.entries().length === 0 && c.allocations.size === 0;
  return [...aliases.writes.values()].some((cells) => isOutside(cells, isNumber)) || [...aliases.rebinds.values()].some((cells) => isOutside(cells, () => true));
}
