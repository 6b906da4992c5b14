/** `vmap`: the compiler has written the batched function; functions that are known at run time only are called one by one. */
import { nameOf } from './registry.ts';
import { describe, kindOf, mapParts } from './structure.ts';
import type { AnyFunction, Batched, Batches, Container, Derivatives, FirstBatch, InAxes } from './types.ts';

/**
 * A function for batches: `vmap(f)(xs, ys)` is what `f(xs[i], ys[i])` gives for each i, in one loop around the body of `f`.
 *
 * `inAxes` says which arguments are batches: 0, all of them (an array of numbers for a number, an array of records for a
 * record, an array of arrays for an array); a list with 0, or null for an argument that is the same for all; for a record
 * or tuple also by its parts, `[{ x: 0, k: null }]`, which then are batches themselves.
 *
 * A number comes back in the first batch's kind of container (`Float64Array`, `number[]`), a record or tuple as a record or
 * tuple of what becomes of its parts, all else in an array. `f` must be without effects; the arguments are not changed.
 *
 * @param derivatives Inserted by the compiler.
 * @throws TypeError when called, if a batch is no array.
 * @throws RangeError when called, if the batches have different lengths.
 */
export function vmap<F extends AnyFunction, const A extends InAxes = 0>(
  f: F, inAxes: A = 0 as A, /** @internal */ derivatives?: Derivatives,
): <B extends Batches<Parameters<F>, A>>(this: ThisParameterType<F>, ...args: B) => Batched<ReturnType<F>, Container<FirstBatch<B, A>>> {
  const run = derivatives?.vmap;
  return function (this: unknown, ...args: unknown[]) {
    const axes = args.map((_, i): InAxes => (Array.isArray(inAxes) ? inAxes[i] ?? null : inAxes));
    const batches = args.flatMap((x, i) => batchesOf(x, axes[i], `argument ${i}`));
    for (const { batch, where } of batches) {
      if (!Array.isArray(batch) && !ArrayBuffer.isView(batch)) throw new TypeError(`tapeless: vmap: ${where} of ${nameOf(f)} is ${describe(batch)}, expected a batch, an array`);
    }
    if (run) return run.apply(this, args);
    const [first] = batches;
    if (!first) throw new RangeError(`tapeless: vmap: none of the arguments of ${nameOf(f)} is a batch`);
    for (const { batch, where } of batches) {
      if (batch.length !== first.batch.length) throw new RangeError(`tapeless: vmap: ${first.where} and ${where} of ${nameOf(f)} have lengths ${first.batch.length} and ${batch.length}`);
    }
    const results = Array.from({ length: first.batch.length }, (_, i) => f.apply(this, args.map((x, k) => example(x, axes[k], i))));
    return gather(results, first.batch);
  } as never;
}

function batchesOf(x: any, axis: InAxes, where: string): { batch: any; where: string }[] {
  if (axis === null) return [];
  if (axis === 0) return [{ batch: x, where }];
  return Object.entries(axis).flatMap(([key, inner]) => batchesOf(x?.[key], inner as InAxes, `${where}, at ${key},`));
}

function example(x: any, axis: InAxes, i: number): unknown {
  if (axis === null) return x;
  return axis === 0 ? x[i] : mapParts(x, (part, key) => example(part, (axis as any)[key] ?? null, i));
}

/** Many results as one: numbers in the container of the first batch, records of what becomes of their parts. */
function gather(results: any[], first: any): unknown {
  const [like] = results;
  if (typeof like === 'number') return first instanceof Float64Array || first instanceof Float32Array ? first.map((_, i) => results[i]) : results;
  if (kindOf(like) !== 'record' || Object.getPrototypeOf(like) !== Object.prototype) return results;
  return mapParts(like, (_, key) => gather(results.map((r) => r[key]), first));
}
