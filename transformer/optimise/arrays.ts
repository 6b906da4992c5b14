/**
 * Chains of functions of each element in one pass. Every operation on arrays reads its operands from memory and writes a
 * new array; of a chain of them, a loop over the elements can keep all that is in between in registers:
 *
 *   const t = x.mul(x);  const y = np.exp(t.neg());  const s = y.sum();
 *   →  const [y, s] = np.fuse(f_kernel, …);   for (let i = 0; i < n; i++) { const y_i = Math.exp(-x[i] * x[i]); y[i] = y_i; s += y_i; }
 *
 * The operations of a *cluster* have one space of indexes, that to which all of its inputs are broadcast. What is made of
 * only some of the inputs may be smaller; it can be used inside, but is no output and no summand. A cluster is done where
 * its last operation was, so it ends where anything else needs a result of it.
 *
 * The cotangent of a sum over all elements is one number, `seed(sum(…), 1)`, which the elements need not wait for: value and
 * gradient of such a function are one pass. Done last, for what is printed; derivatives of derivatives take the operations.
 */
import { shapeOf } from '../analyse/shapes.ts';
import { Builder, addParam } from '../ir/build.ts';
import { Func, Op, type Region, type Value, constantOf } from '../ir/ir.ts';
import { scalarOfNumpy } from '../ir/numpy.ts';
import { NUMBER, type Type } from '../ir/types.ts';
import { allOps, allRegions, capturedValues } from '../ir/walk.ts';
import { numpyRule } from '../rules/numpy.ts';

/** The elements of an array, of one of the floating-point types. */
const ELEMENTS: Type = { kind: 'array', element: NUMBER, like: 'np.Elements' };
const COMPARISONS = new Set(['less', 'lessEqual', 'greater', 'greaterEqual', 'equal', 'notEqual']);
/** What repeats a number, the cotangent of a sum over everything. */
const REPEATS = new Set(['unsum', 'unmean']);

interface Member {
  op: Op;
  /** The shapes of the inputs from which it is made. */
  shapes: ReadonlySet<Value>;
}

interface Cluster {
  members: Map<Value, Member>;
  /** The shapes of all inputs. */
  shapes: Set<Value>;
  /** The sum, or mean, over all elements at the end. */
  total?: Op;
  open: boolean;
}

/** Puts such loops in the place of chains; gives the functions that are these loops. */
export function fuseArrays(func: Func): Func[] {
  for (const region of allRegions(func.body)) numberSeeds(region, func);
  removeUnused(func);
  for (const region of allRegions(func.body)) sumLate(region, func);
  removeUnused(func);
  for (const region of allRegions(func.body)) sink(region);
  const kernels: Func[] = [];
  for (const region of allRegions(func.body)) if (!new Clusters(func, region, kernels, false).run()) new Clusters(func, region, kernels, true).run();
  return kernels;
}

/**
 * What undoes broadcasting waits until the end of a chain, for what is constant along the axes of a sum is a factor of it:
 *
 *   sumTo(g, x) * cos(x)  →  sumTo(g * cos(x), x)        sumTo(sumTo(g, t), x)  →  sumTo(g, x)
 */
function sumLate(region: Region, func: Func): void {
  const sumOf = (v: Value): Op | undefined => (v.def instanceof Op && v.def.attr.np?.fn === 'sumTo' && v.def.parent === region ? v.def : undefined);
  for (const op of [...region.ops]) {
    const fn = op.attr.np?.fn;
    if (fn === 'sumTo') {
      const inner = sumOf(op.args[0]);
      if (inner) op.args = [inner.args[0], op.args[1]];
      continue;
    }
    const sums = op.args.map(sumOf);
    const [first] = sums.filter((s) => s !== undefined);
    if (!first || (fn !== 'neg' && fn !== 'mul' && fn !== 'div' && fn !== 'where' && fn !== 'add' && fn !== 'sub')) continue;
    const shape = shapeOf(first.args[1]);
    const places = sums.flatMap((s, i) => (s ? [i] : []));
    const ofShape = (v: Value) => v.type.kind === 'number' || shapeOf(v) === shape;
    const isFactor = fn === 'mul' || fn === 'neg' || (fn === 'div' && places[0] === 0) || (fn === 'where' && places[0] > 0 && op.args.every((a, i) => i === 0 || i === places[0] || constantOf(a) === 0));
    const moves = places.length === 1 && isFactor ? op.args.every((a, i) => i === places[0] || ofShape(a))
      : (fn === 'add' || fn === 'sub') && places.length === 2 && shapeOf(sums[1]!.args[1]) === shape && shapeOf(sums[0]!.args[0]) === shapeOf(sums[1]!.args[0]);
    if (!moves || !places.every((i) => usersOf(op.args[i], func).length === 1)) continue;
    const { result } = op;
    const b = new Builder(region, op.span, true, region.ops.indexOf(op));
    const before = b.numpy(fn, op.args.map((a, i) => sums[i]?.args[0] ?? a));
    const late = b.numpy('sumTo', [before, first.args[1]]).def as Op;
    late.results = [result];
    result.def = late;
    region.ops.splice(region.ops.indexOf(op), 1);
  }
}

/** Arithmetic with sums over everything, and what undoes broadcasting, wait until somebody asks for them: they would end the cluster of the sum. */
function sink(region: Region): void {
  for (const op of region.ops.toReversed()) {
    if (!op.attr.np || (op.attr.np.fn !== 'sumTo' && (isTotal(op) || !isNumber(op.result)))) continue;
    region.ops.splice(region.ops.indexOf(op), 1);
    const first = region.ops.findIndex((o) => o.args.includes(op.result) || (o.regions.length > 0 && capturedValues(o).has(op.result)));
    region.ops.splice(first < 0 ? region.ops.length : first, 0, op);
  }
}

/** Takes out operations on arrays whose results nobody uses. */
function removeUnused(func: Func): void {
  for (let any = true; any;) {
    any = false;
    const used = new Set(allRegions(func.body).flatMap((r) => [...r.yields, ...r.ops.flatMap((op) => op.args)]));
    for (const region of allRegions(func.body)) {
      const rest = region.ops.filter((op) => !op.attr.np || op.results.some((r) => used.has(r)));
      any ||= rest.length < region.ops.length;
      region.ops = rest;
    }
  }
}

/** The cotangent of a sum over all elements is a number: seed(sum(x), t) → t, where it is repeated or multiplied. */
function numberSeeds(region: Region, func: Func): void {
  for (const op of [...region.ops]) {
    if (op.attr.np?.fn === 'unmean' && op.args.length === 2) divideFirst(op);
    if (op.attr.np?.fn !== 'seed' || !isNumber(op.args[0]) || op.args[1].type.kind !== 'number') continue;
    asNumber(op.result, op.args[1], func);
  }
}

/** Is it an array of one number for certain: a sum over everything, or arithmetic with such sums? */
function isNumber({ def }: Value): boolean {
  return isTotal(def) || (def instanceof Op && !def.attr.kernel && numpyRule(def)?.scalar !== undefined && def.args.every((a) => a.type.kind === 'number' || isNumber(a)));
}

function asNumber(array: Value, number: Value, func: Func): void {
  for (const user of usersOf(array, func)) {
    const fn = user.attr.np?.fn;
    const here = () => new Builder(user.parent, user.span, true, user.parent.ops.indexOf(user));
    if (fn !== undefined && REPEATS.has(fn) && user.args.length === 2 && user.args[0] === array) {
      user.args = [number, user.args[1]];
      if (fn === 'unmean') divideFirst(user);
    }
    // −t and c · t, of numbers.
    else if (fn === 'neg' || ((fn === 'mul' || fn === 'div') && user.args.every((a) => a === array || a.type.kind === 'number'))) {
      asNumber(user.result, here().prim(fn, user.args.map((a) => (a === array ? number : a))), func);
    }
  }
}

/** unmean(g, x) → unsum(g / x.size, x) */
function divideFirst(op: Op): void {
  const [g, x] = op.args;
  const b = new Builder(op.parent, op.span, true, op.parent.ops.indexOf(op));
  const size = b.op('extern', [x], [NUMBER], { text: 'np.size', pure: true, world: 'none', np: { fn: 'size', form: 'getter' } }).result;
  op.args = [b.prim('div', [g, size]), x];
  op.attr = { ...op.attr, np: { fn: 'unsum', form: 'function' } };
}

function usersOf(v: Value, func: Func): Op[] { return allOps(func.body).filter((op) => op.args.includes(v)); }

function isTotal(def: Op | Func): boolean {
  return def instanceof Op && (def.attr.np?.fn === 'sum' || def.attr.np?.fn === 'mean') && def.args.length === 1 && def.args[0].type.kind === 'nd';
}

class Clusters {
  private clusters: Cluster[] = [];
  private of = new Map<Value, Cluster>();
  private uses = new Map<Value, (Op | Region)[]>();

  constructor(private func: Func, private region: Region, private kernels: Func[], private strict: boolean) {
    for (const inner of allRegions(func.body)) {
      for (const op of inner.ops) for (const v of op.args) this.use(v, op);
      for (const v of inner.yields) this.use(v, inner);
    }
  }

  private use(v: Value, by: Op | Region): void {
    const list = this.uses.get(v);
    if (list) list.push(by);
    else this.uses.set(v, [by]);
  }

  /** False where clusters would have to give what is smaller than their space; strict ones never do. */
  run(): boolean {
    for (const op of [...this.region.ops]) {
      if (!this.joins(op)) this.close([...op.args, ...op.regions.length > 0 ? capturedValues(op) : []]);
    }
    if (!this.strict && this.clusters.some((cluster) => !this.outputs(cluster).every((v) => this.covers(cluster, v)))) return false;
    for (const cluster of this.clusters) this.write(cluster);
    return true;
  }

  private close(values: Iterable<Value>): void {
    for (const v of values) {
      const cluster = this.of.get(v);
      if (cluster) cluster.open = false;
    }
  }

  /** Puts the operation into a cluster, if it can be part of one. */
  private joins(op: Op): boolean {
    const total = isTotal(op);
    if (!total && !this.isElementwise(op)) return false;
    const given = op.args.filter((a) => a.type.kind === 'nd');
    const open = [...new Set(this.clusters.filter((c) => c.open && (given.some((a) => this.of.get(a) === c) || this.inputs(op).some((s) => c.shapes.has(s) && !given.some((a) => this.of.has(a))))))];
    // What another cluster, which is closed by that, gives is an input like any other.
    let cluster: Cluster | undefined = open.find((c) => given.some((a) => this.of.get(a) === c)) ?? open[open.length - 1];
    if (total) {
      if (!cluster || cluster.total || this.of.get(op.args[0]) !== cluster || !this.covers(cluster, op.args[0])) return false;
      cluster.total = op;
      this.of.set(op.result, cluster);
      return true;
    }
    const shapes = this.shapesIn(op, cluster);
    if (cluster && !this.fits(cluster, shapes, op)) cluster = undefined;
    if (!cluster) this.clusters.push(cluster = { members: new Map(), shapes: new Set(), open: true });
    const own = this.shapesIn(op, cluster);
    for (const a of given) if (this.of.get(a) !== cluster) this.close([a]);
    for (const s of own) cluster.shapes.add(s);
    cluster.members.set(op.result, { op, shapes: own });
    this.of.set(op.result, cluster);
    return true;
  }

  /** Would the results that leave the cluster still have its whole space? */
  private fits(cluster: Cluster, shapes: ReadonlySet<Value>, op: Op): boolean {
    const all = new Set([...cluster.shapes, ...shapes]);
    if (shapes.size < all.size && (this.strict || all.size > cluster.shapes.size || this.leaves(op, cluster))) return false;
    return all.size === cluster.shapes.size || (!cluster.total && [...cluster.members.values()].every((m) => !this.leaves(m.op, cluster, op) || m.shapes.size === all.size));
  }

  private covers(cluster: Cluster, v: Value): boolean { return cluster.members.get(v)?.shapes.size === cluster.shapes.size; }

  private inputs(op: Op): Value[] {
    return op.args.filter((a) => a.type.kind === 'nd').map(shapeOf);
  }

  private shapesIn(op: Op, cluster: Cluster | undefined): Set<Value> {
    const found = new Set<Value>();
    for (const a of op.args) {
      if (a.type.kind !== 'nd') continue;
      const member = cluster?.members.get(a);
      if (member) for (const s of member.shapes) found.add(s);
      else found.add(shapeOf(a));
    }
    return found;
  }

  private isElementwise(op: Op): boolean {
    const fn = op.attr.np?.fn;
    if (fn === undefined || op.result.type.kind !== 'nd' || isNumber(op.result) || !op.args.every((a) => a.type.kind === 'nd' || a.type.kind === 'number')) return false;
    if (REPEATS.has(fn)) return fn === 'unsum' && op.args.length === 2 && op.args[1].type.kind === 'nd';
    if (!op.args.some((a) => a.type.kind === 'nd')) return false;
    if (fn === 'where') return true;
    // Truth values are only asked for by `where`.
    if (COMPARISONS.has(fn)) return (this.uses.get(op.result) ?? []).every((u) => u instanceof Op && u.parent === this.region && u.attr.np?.fn === 'where' && u.args[0] === op.result && u.args[1] !== op.result && u.args[2] !== op.result);
    return numpyRule(op)?.scalar !== undefined && scalarOfNumpy(fn) !== undefined;
  }

  /** Is a result used outside of its cluster, as far as that is known by now? */
  private leaves({ result }: Op, cluster: Cluster, joining?: Op): boolean {
    return (this.uses.get(result) ?? []).some((u) => !(u instanceof Op) || !(cluster.members.has(u.results[0]) || u === cluster.total || u === joining || !this.strict && u.parent === this.region && cluster.open && !this.of.has(u.results[0]) && this.isElementwise(u)));
  }

  private outputs(cluster: Cluster): Value[] {
    return [...cluster.members.values()].map((m) => m.op.result)
      .filter((v) => (this.uses.get(v) ?? []).some((u) => !(u instanceof Op) || !(cluster.members.has(u.results[0]) || u === cluster.total)));
  }

  /** The loop of a cluster, and a call of it, where it is worth one. */
  private write(cluster: Cluster): void {
    const { members, total } = cluster;
    const outputs = this.outputs(cluster);
    if (members.size + (total ? 1 : 0) < 2 || !outputs.every((v) => this.covers(cluster, v)) || outputs.length > 1 + members.size / 2) return;
    const ops = [...members.values()].map((m) => m.op);
    if (ops.some((op) => COMPARISONS.has(op.attr.np!.fn) && outputs.includes(op.result))) return;
    if (total && !this.covers(cluster, total.args[0])) return;
    const last = [...ops, ...total ? [total] : []].reduce((a, b) => (this.region.ops.indexOf(a) > this.region.ops.indexOf(b) ? a : b));
    const at = this.region.ops.indexOf(last);
    this.kernels.push(new Kernel(this.func, cluster.shapes, ops, outputs, total, this.kernels.length).call(new Builder(this.region, last.span, false, at)));
    const gone = new Set<Op>([...ops, ...total ? [total] : []]);
    this.region.ops = this.region.ops.filter((op) => !gone.has(op));
  }
}

/** A cluster as a function: of the numbers of elements of a row, of where its inputs and outputs begin there, and of these themselves. */
class Kernel {
  private func: Func;
  private numbers: Value[] = [];
  private arrays: Value[] = [];
  /** Inputs of other shapes than the outputs, which are gone through with a step of 0 or 1. */
  private broadcast: Value[] = [];

  constructor(private caller: Func, shapes: ReadonlySet<Value>, private ops: Op[], private outputs: Value[], private total: Op | undefined, count: number) {
    this.func = new Func(`${caller.id}:kernel:${count}`, `${caller.name}_kernel`, caller.span);
    const inside = new Set(ops.map((op) => op.result));
    for (const op of ops) {
      for (const a of op.args) {
        if (inside.has(a) || constantOf(a) !== undefined) continue;
        const list = a.type.kind === 'number' ? this.numbers : shapes.size === 1 ? this.arrays : this.broadcast;
        if (!list.includes(a)) list.push(a);
      }
    }
  }

  /** Writes the function, and puts a call in the place of the operations. */
  call(at: Builder): Func {
    const { func, arrays, broadcast, numbers, outputs, total, caller } = this;
    const { span } = caller;
    func.doc = `A pass of \`${caller.name}\` over the elements.`;
    const param = (type: Type, name: string) => addParam(func, type, span, name);
    const nameOf = (v: Value, i: number) => v.name ?? (outputs.includes(v) ? 'y' : `x${i || ''}`);
    const n = param(NUMBER, 'n');
    const start = param(NUMBER, 'start');
    const data = new Map<Value, { array: Value; at?: Value; step?: Value }>();
    arrays.forEach((v, i) => data.set(v, { array: param(ELEMENTS, nameOf(v, i)) }));
    broadcast.forEach((v, i) => {
      const name = nameOf(v, i);
      data.set(v, { array: param(ELEMENTS, name), at: param(NUMBER, `${name}_at`), step: param(NUMBER, `${name}_step`) });
    });
    const scalars = new Map(numbers.map((v, i) => [v, param(NUMBER, v.name ?? `c${i || ''}`)]));
    const outs = outputs.map((v, i) => param(ELEMENTS, nameOf(v, i)));
    const b = new Builder(func.body, span, true);
    const loop = b.loop({ test: 'before', form: 'for', head: [0] }, total ? [b.const(0), b.const(0)] : [b.const(0)],
      (test, [i]) => test.prim('lt', [i, n]),
      (inner, [i, sum]) => {
        const place = inner.prim('add', [start, i]);
        const known = new Map<Value, Value>(scalars);
        const value = (v: Value): Value => {
          let found = known.get(v);
          const constant = constantOf(v);
          if (constant !== undefined) return inner.const(constant);
          if (!found) {
            const from = data.get(v)!;
            const index = from.at ? inner.prim('add', [from.at, inner.prim('mul', [i, from.step!])]) : place;
            known.set(v, (found = inner.load(from.array, index, v.name ? { name: `${v.name}_i` } : {})));
          }
          return found;
        };
        for (const op of this.ops) known.set(op.result, this.element(inner, op, value));
        outputs.forEach((v, k) => inner.store(outs[k], place, known.get(v)!, { inside: true }));
        const next = inner.prim('add', [i, inner.const(1)], { name: 'i' });
        return total ? [next, inner.prim('add', [sum, known.get(total.args[0])!], { name: 'sum' })] : [next];
      }, [{ name: 'i' }, { name: 'sum' }]);
    func.body.yields = total ? [loop.results[1]] : [];
    func.result = total ? { kind: 'value', type: NUMBER } : { kind: 'void' };
    const results = [...outputs, ...total ? [total.result] : []];
    const op = at.op('extern', [...arrays, ...broadcast, ...numbers], results.map((v) => v.type), {
      text: 'np.fuse', pure: true, world: 'none',
      np: { fn: 'fuse', form: 'function' },
      kernel: { of: { id: func.id, name: func.name }, arrays: arrays.length, broadcast: broadcast.length, outputs: outputs.length, ...total ? { total: total.attr.np!.fn as 'sum' | 'mean' } : {} },
    });
    op.results = results;
    for (const v of results) v.def = op;
    return func;
  }

  /** The operation, for one element. */
  private element(b: Builder, op: Op, value: (v: Value) => Value): Value {
    const { fn } = op.attr.np!;
    const args = (): Value[] => op.args.map(value);
    switch (fn) {
      case 'unsum': return value(op.args[0]);
      case 'where': {
        const [c, x, y] = args();
        const condition = c.type.kind === 'boolean' ? c : b.prim('ne', [c, b.const(0)]);
        return b.if(condition, [NUMBER], () => [x], () => [y]).result;
      }
      case 'square': return b.prim('mul', [value(op.args[0]), value(op.args[0])]);
      case 'reciprocal': return b.prim('div', [b.const(1), value(op.args[0])]);
      case 'relu': return b.prim('max', [value(op.args[0]), b.const(0)]);
      case 'silu': return b.prim('mul', [value(op.args[0]), b.prim('sigmoid', [value(op.args[0])])]);
      default: return b.prim(scalarOfNumpy(fn)!, args());
    }
  }
}
