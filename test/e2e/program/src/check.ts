/** Compares all transforms with central differences and with each other; prints the largest errors. */
import { grad } from 'tapeless';

type Fn = (...args: any[]) => any;

export interface Transforms {
  grad: Fn;
  valueAndGrad: Fn;
  vjp: (args: any) => readonly [any, (cotangent: any) => any];
  jvp: (args: any, tangents: any) => readonly [any, any];
}

function flatten(value: unknown): number[] {
  if (typeof value === 'number') return [value];
  if (value instanceof Float64Array) return [...value];
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(flatten);
  return [];
}

/** The same structure with other numbers. */
function rebuild(value: any, numbers: number[]): any {
  if (typeof value === 'number') return numbers.shift();
  if (value instanceof Float64Array) return value.map(() => numbers.shift()!);
  if (Array.isArray(value)) return value.map((v) => rebuild(v, numbers));
  if (typeof value === 'object' && value !== null) return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, rebuild(v, numbers)]));
  return value;
}

const relative = (a: number, b: number) => Math.abs(a - b) / Math.max(1, Math.abs(b));
const worst = (a: number[], b: number[]) =>
  a.length === b.length ? Math.max(...a.map((v, i) => relative(v, b[i]!))) : Infinity;
const dot = (a: number[], b: number[]) => a.reduce((sum, v, i) => sum + v * b[i]!, 0);

/** Richardson's extrapolation of central differences. */
function differences(f: Fn, args: any[]): number[] {
  const at = flatten(args);
  const central = (i: number, h: number) => {
    const value = (d: number) => f(...rebuild(args, at.map((v, j) => (j === i ? v + d : v))));
    return (value(h) - value(-h)) / (2 * h);
  };
  return at.map((_, i) => (4 * central(i, 5e-4) - central(i, 1e-3)) / 3);
}

export function check(name: string, f: Fn, args: any[], t: Transforms): void {
  const value = f(...args);
  const expected = differences(f, args);
  const first = flatten(args[0]).length;
  const gradient = flatten(t.grad(...args));
  const [value2, gradient2] = t.valueAndGrad(...args);
  const [value3, pullback] = t.vjp(args);
  const all = flatten(pullback(1));
  const again = flatten(pullback(1));
  const direction = flatten(args).map((_, i) => Math.cos(i + 1));
  const [value4, tangent] = t.jvp(args, rebuild(args, [...direction]));
  // The same by the function as a value.
  const byValue = flatten(grad(f)(...args));
  const report = {
    name,
    differences: Math.max(worst(gradient, expected.slice(0, first)), worst(all, expected)),
    agreement: Math.max(
      worst(flatten(gradient2), gradient), worst(all.slice(0, first), gradient), worst(again, all), worst(byValue, gradient),
      relative(tangent, dot(all, direction)), ...[value2, value3, value4].map((v) => relative(v, value)),
    ),
  };
  console.log(JSON.stringify(report));
}

/** ⟨ȳ, J ẋ⟩ = ⟨Jᵀ ȳ, ẋ⟩ of a function whose result is not a number. */
export function checkProducts(name: string, f: Fn, args: any[], t: Pick<Transforms, 'vjp' | 'jvp'>): void {
  const [value, pullback] = t.vjp(args);
  const direction = flatten(args).map((_, i) => Math.cos(i + 1));
  const [, tangent] = t.jvp(args, rebuild(args, [...direction]));
  const cotangent = flatten(value).map((_, i) => Math.sin(i + 1));
  const left = dot(flatten(tangent), cotangent);
  const right = dot(flatten(pullback(rebuild(value, [...cotangent]))), direction);
  const byDifferences = cotangent.map((_, i) => differences((...a) => flatten(f(...a))[i], args));
  console.log(JSON.stringify({
    name,
    differences: relative(left, dot(cotangent, byDifferences.map((row) => dot(row, direction)))),
    agreement: Math.max(relative(left, right), worst(flatten(value), flatten(f(...args)))),
  }));
}
