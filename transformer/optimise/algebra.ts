/**
 * Sums of products. Derivative code is born one term of the chain rule at a time, `a * s_bar + a * s_bar`; a person
 * would write `2 * a * s_bar`. Every expression of the derivative's own arithmetic is flattened into terms
 * coefficient · factors / divisors, terms with the same factors are added, and the sum is written anew, with the
 * coefficient first and the cotangent last. The primal's arithmetic is left as the user wrote it; only a product of
 * the primal with a constant may be taken apart within the derivative's.
 *
 *   x * b_bar * -1 - x * b_bar - a_bar  →  -(2 * x * b_bar + a_bar)
 */
import { Builder } from '../ir/build.ts';
import { type ChainTerm, type Func, Op, type Region, Value, constantOf } from '../ir/ir.ts';
import { allRegions, substitute } from '../ir/walk.ts';

/** A factor that is itself a sum is not multiplied out. */
type Factor = Value | { sum: Term[] };

interface Term {
  coefficient: number;
  factors: Factor[];
  /** One division each, by the product of these. */
  divisors: Factor[][];
}

const ARITHMETIC = new Set(['add', 'sub', 'mul', 'div', 'neg']);

export function normaliseSums(func: Func): void {
  const users = new Map<Value, (Op | undefined)[]>();
  const use = (v: Value, op?: Op) => {
    const list = users.get(v);
    if (list) list.push(op); else users.set(v, [op]);
  };
  for (const region of allRegions(func.body)) {
    for (const op of region.ops) op.args.forEach((a) => use(a, op));
    region.yields.forEach((v) => use(v));
  }
  const map = new Map<Value, Value>();
  visit(func.body, users, map);
  substitute(func.body, map);
}

type Users = Map<Value, (Op | undefined)[]>;

function isArithmetic(op: Op | undefined): op is Op {
  return op?.kind === 'prim' && op.attr.loose === true && ARITHMETIC.has(op.attr.fn!);
}

/**
 * The operation whose expression each operation of the region dissolves into: itself, if it has a name, or uses
 * outside of one expression.
 */
function rootsOf(region: Region, users: Users): Map<Op, Op> {
  const roots = new Map<Op, Op>();
  const whole = keptWhole(region, users);
  for (const op of [...region.ops].reverse()) {
    if (!isArithmetic(op)) continue;
    if (whole.has(op)) {
      roots.set(op, op);
      continue;
    }
    const around = new Set((users.get(op.result) ?? []).map((user) => (user?.parent === region ? roots.get(user) : undefined)));
    const [root] = around;
    roots.set(op, !op.result.name && around.size === 1 && root ? root : op);
  }
  return roots;
}

/** What is used twice is written out twice; expressions of more operations than this are not. */
const REPEATED = 12;

/** Operations whose expressions are too large to be written out for each of their users: sharing within sharing would grow without bound. */
function keptWhole(region: Region, users: Users): Set<Op> {
  const whole = new Set<Op>();
  const sizes = new Map<Op, number>();
  for (const op of region.ops) {
    if (!isArithmetic(op)) continue;
    const size = op.args.reduce((sum, { def }) => sum + (def instanceof Op && !whole.has(def) ? sizes.get(def) ?? 0 : 0), 1);
    sizes.set(op, size);
    if (size > REPEATED && (users.get(op.result)?.length ?? 0) > 1) whole.add(op);
  }
  return whole;
}

function visit(region: Region, users: Users, map: Map<Value, Value>): void {
  const roots = rootsOf(region, users);
  const before = region.ops;
  const terms = new Map<Op, Set<ChainTerm>>();
  region.ops = [];
  for (const op of before) {
    for (const r of op.regions) visit(r, users, map);
    const root = roots.get(op);
    if (root && op.attr.terms) terms.set(root, new Set([...terms.get(root) ?? [], ...op.attr.terms]));
    if (root && root !== op) continue;
    if (!root) {
      op.parent = region;
      region.ops.push(op);
      continue;
    }
    const b = new Builder(region, op.span, true, undefined, terms.has(op) ? [...terms.get(op)!] : undefined);
    const count = region.ops.length;
    const sum = write(expand(op.result, root, roots, new Map()), b);
    const { name, variable } = op.result;
    if (region.ops.length > count && sum.def === region.ops[region.ops.length - 1]) Object.assign(sum, { name, variable });
    map.set(op.result, sum);
  }
}

function expand(v: Value, root: Op, roots: Map<Op, Op>, known: Map<Value, Term[]>): Term[] {
  const c = constantOf(v);
  if (c !== undefined) return [{ coefficient: c, factors: [], divisors: [] }];
  const op = v.def;
  if (!(op instanceof Op) || roots.get(op) !== root) {
    return (op instanceof Op && op.kind === 'prim' && primalMultiple(v, op)) || [{ coefficient: 1, factors: [v], divisors: [] }];
  }
  let terms = known.get(v);
  if (!terms) {
    const [p, q] = op.args.map((a) => expand(a, root, roots, known));
    known.set(v, (terms = combine(combination(op.attr.fn!, p, q))));
  }
  return terms;
}

function combination(fn: string, p: Term[], q: Term[]): Term[] {
  switch (fn) {
    case 'add': return [...p, ...q];
    case 'sub': return [...p, ...scale(q, -1)];
    case 'neg': return scale(p, -1);
    case 'mul': return multiply(p, q);
    default: return divide(p, single(q));
  }
}

/** A sum as one term. */
function single(terms: Term[]): Term {
  return terms.length === 1 ? terms[0] : { coefficient: 1, factors: [{ sum: terms }], divisors: [] };
}

function divide(terms: Term[], d: Term): Term[] {
  if (d.coefficient === 0) return [{ coefficient: 1, factors: [{ sum: terms }], divisors: [[{ sum: [d] }]] }];
  return terms.map((t) => ({ coefficient: t.coefficient / d.coefficient, factors: [...t.factors, ...d.divisors.flat()], divisors: d.factors.length ? [...t.divisors, d.factors] : t.divisors }));
}

/** 2 * x of the primal, where the derivative multiplies by it. */
function primalMultiple(v: Value, op: Op): Term[] | undefined {
  if (v.name || op.attr.loose) return undefined;
  if (op.attr.fn === 'neg') return [{ coefficient: -1, factors: [op.args[0]], divisors: [] }];
  if (op.attr.fn !== 'mul') return undefined;
  const [a, b] = op.args.map(constantOf);
  if (a !== undefined && Number.isFinite(a)) return [{ coefficient: a, factors: [op.args[1]], divisors: [] }];
  if (b !== undefined && Number.isFinite(b)) return [{ coefficient: b, factors: [op.args[0]], divisors: [] }];
  return undefined;
}

function scale(terms: Term[], c: number): Term[] {
  return terms.map((t) => ({ ...t, coefficient: t.coefficient * c }));
}

function multiply(p: Term[], q: Term[]): Term[] {
  const constant = (terms: Term[]) => terms.length === 1 && terms[0].factors.length === 0 && terms[0].divisors.length === 0;
  if (constant(p)) return scale(q, p[0].coefficient);
  if (constant(q)) return scale(p, q[0].coefficient);
  const [s, t] = [single(p), single(q)];
  return [{ coefficient: s.coefficient * t.coefficient, factors: [...s.factors, ...t.factors], divisors: [...s.divisors, ...t.divisors] }];
}

/** The same text for the same product. */
function keyOf(t: Term): string {
  const ids = (factors: Factor[]) => factors.map((f) => (f instanceof Value ? String(f.id) : `(${f.sum.map((u) => `${u.coefficient}*${keyOf(u)}`).join('+')})`)).sort().join(',');
  return `${ids(t.factors)}/${ids(t.divisors.flat())}`;
}

/** Is it 1 / x, of this x? */
function isReciprocal(f: Factor, x: Value): boolean {
  const op = f instanceof Value ? f.def : undefined;
  return op instanceof Op && op.kind === 'prim' && op.attr.fn === 'div' && op.args[1] === x && constantOf(op.args[0]) === 1;
}

/**
 * x * t / x → t: an exact identity but for x = 0 and infinity, where the quotient was no number. And where y = 1 / x is
 * there anyhow, y * t / x → y * y * t.
 */
function cancel(t: Term): Term {
  const factors = [...t.factors];
  const divisors = t.divisors.map((group) => group.filter((d) => {
    if (!(d instanceof Value)) return true;
    const k = factors.indexOf(d);
    const r = k < 0 ? factors.findIndex((f) => isReciprocal(f, d)) : -1;
    if (k >= 0) factors.splice(k, 1);
    if (r >= 0) factors.splice(r, 0, factors[r]);
    return k < 0 && r < 0;
  })).filter((group) => group.length > 0);
  return { coefficient: t.coefficient, factors, divisors };
}

function combine(terms: Term[]): Term[] {
  const found = new Map<string, Term>();
  for (const t of terms.map(cancel)) {
    const key = keyOf(t);
    const same = found.get(key);
    if (same) same.coefficient += t.coefficient;
    else found.set(key, t);
  }
  return [...found.values()].filter((t) => t.coefficient !== 0);
}

function write(terms: Term[], b: Builder): Value {
  if (terms.length === 0) return b.const(0);
  if (terms.some((t) => Number.isNaN(t.coefficient))) return b.const(NaN);
  // s = s + (p + q), for s += p + q
  const carried = terms.findIndex((t) => t.coefficient === 1 && t.factors.length === 1 && t.divisors.length === 0 && isCarried(t.factors[0]));
  if (carried >= 0 && terms.length > 2) {
    const rest = terms.filter((_, i) => i !== carried);
    const negative = rest.every((t) => t.coefficient < 0);
    return b.prim(negative ? 'sub' : 'add', [terms[carried].factors[0] as Value, write(negative ? scale(rest, -1) : rest, b)]);
  }
  const positive = terms.findIndex((t) => t.coefficient > 0);
  if (positive < 0) return b.prim('neg', [write(scale(terms, -1), b)]);
  const ordered = [terms[positive], ...terms.filter((_, i) => i !== positive)];
  let sum: Value | undefined;
  for (const t of ordered) {
    const term = product({ ...t, coefficient: sum ? Math.abs(t.coefficient) : t.coefficient }, b);
    sum = sum ? b.prim(t.coefficient < 0 ? 'sub' : 'add', [sum, term]) : term;
  }
  return sum!;
}

function isCarried(f: Factor): boolean {
  return f instanceof Value && f.def instanceof Op && f.def.params.includes(f);
}

function product(t: Term, b: Builder): Value {
  const valueOf = (f: Factor) => (f instanceof Value ? f : write(f.sum, b));
  let value: Value | undefined;
  if (t.coefficient !== 1 || t.factors.length === 0) value = b.const(t.coefficient);
  for (const f of t.factors) {
    const factor = valueOf(f);
    value = value ? b.prim('mul', [value, factor]) : factor;
  }
  for (const divisor of t.divisors) {
    const product = divisor.map(valueOf).reduce((x, y) => b.prim('mul', [x, y]));
    value = b.prim('div', [value!, product]);
  }
  return value!;
}
