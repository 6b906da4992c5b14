import test from 'ava';
import { CompileError } from '../transformer/diagnostics.ts';
import { annotationHost } from '../transformer/host/annotations.ts';
import { dump } from '../transformer/ir/dump.ts';
import { Program } from '../transformer/lower/program.ts';
import { MAIN, type Sources, compile, same } from './support/programs.ts';

/** Lowers `f` of the program and compares it, and its text printed again, with the program itself. Arguments are made for each. */
function agrees(title: string, sources: Sources | string, calls: (() => unknown[])[], name = 'f'): void {
  test(title, async (t) => {
    const { original, lowered, printed, func, text } = await compile(sources, name);
    for (const make of calls) {
      const [want, got, again] = [original(make()), lowered(make()), printed(make())];
      t.true(same(want, again), `${title}\nwanted ${JSON.stringify(want)}\ngot    ${JSON.stringify(again)}\n${text}`);
      t.true(same(want, got), `${title}\nwanted ${JSON.stringify(want)}\ngot    ${JSON.stringify(got)}\n${dump(func)}`);
    }
  });
}

const numbers = (...values: number[]) => values.map((v) => () => [v]);
const pairs = (...values: [number, number][]) => values.map((v) => () => [...v]);
const SAMPLES = numbers(0.5, -2, 0, -0, 3, 7.25, NaN, Infinity);
const COUNTS = numbers(0, 1, 2, 3, 5, 8);
const vector = (...values: number[]) => () => [Float64Array.from(values)];
const list = (...values: number[]) => () => [[...values]];
const VECTORS = [vector(), vector(1.5), vector(-1.2, 1, 0.5), vector(3, -1, 4, 1, -5, 9)];
const LISTS = [list(), list(1.5), list(-1.2, 1, 0.5), list(3, -1, 4, 1, -5, 9)];

// Arithmetic

agrees('operators', 'export function f(x: number, y: number) { return (x + y) * (x - y) / 3 + x ** 2 % y - -x + +y; }', pairs([1, 2], [0.1, 0.2], [-3, 7], [0, -0], [NaN, 1]));
agrees('bit operators', 'export function f(x: number, y: number) { return (x & y) + (x | y) * (x ^ y) - (~x << 2) + (x >> 1) + (y >>> 3); }', pairs([5, 3], [-7, 2], [1e10, 3.7]));
agrees('Math', 'export function f(x: number) { return Math.sin(x) + Math.hypot(x, 1, 2) * Math.max(x, 0, -1) - Math.atan2(x, 2) + Math.pow(x, 3) + Math.min(x) + Math.max(); }', SAMPLES);
agrees('constants', 'const K = 3.5, TWO_PI = 2 * Math.PI, M = -K; export function f(x: number) { return K * x + TWO_PI - M + Math.E + Number.EPSILON + (x > 1e9 ? Infinity : NaN); }', SAMPLES);
agrees('comparisons', 'export function f(x: number, y: number) { return [x < y, x <= y, x > y, x >= y, x === y, x !== y, x == y, x != y]; }', pairs([1, 2], [2, 1], [0, -0], [NaN, NaN]));
agrees('logic', 'export function f(x: number, y: number) { return [x > 0 && y > 0, x > 0 || y > 0, !(x > 0), x && y, x || y, x ?? y]; }'.replace('[', '({ a: ').replace(', x > 0 ||', ', b: x > 0 ||').replace(', !(', ', c: !(').replace(', x && y', ', d: x && y').replace(', x || y', ', e: x || y').replace(', x ?? y]', ', g: x ?? y })'), pairs([1, 2], [-1, 2], [0, 5], [NaN, 3]));
agrees('compound assignment', 'export function f(x: number) { let a = x; a += 2; a -= 3; a *= x; a /= 7; a %= 5; a **= 2; let b = 9; b <<= 2; b >>= 1; b >>>= 1; b &= 7; b |= 8; b ^= 3; return a + b; }', SAMPLES);
agrees('logical assignment', 'export function f(x: number) { let a = x; a ||= 5; let b = x; b &&= 7; let c = x; c ??= 9; return a * 100 + b * 10 + c; }', SAMPLES);
agrees('++ and -- in expressions', 'export function f(x: number) { let a = x; const b = a++ + ++a - a-- * --a; a++; --a; return a + 10 * b; }', SAMPLES);
agrees('assignments as values', 'export function f(x: number) { let a = 0, b = 0; a = b = x + 1; const c = (a += 2) * (b = a); return [a, b, c]; }', SAMPLES);
agrees('order of evaluation', 'export function f(x: number) { let a = x; const s = a + (a = a * 2) + a * (a += 1); return s - a; }', SAMPLES);
agrees('conditions', 'export function f(x: number) { let n = 0; if (x) n++; if (!x) n += 10; if (x && x > 1) n += 100; if (!(x > 1) || x < 0) n += 1000; return n + (x ? 0.5 : 0.25); }', SAMPLES);
agrees('number tests', 'export function f(x: number) { return Number.isNaN(x) ? 1 : Number.isFinite(x) ? (Number.isInteger(x) ? 2 : 3) : isNaN(x) ? 4 : isFinite(x) ? 5 : 6; }', SAMPLES);
agrees('conversion', 'export function f(x: number) { return Number(x > 0) + +(x < 0) * 2 + (Boolean(x) ? 4 : 0) + Number(x); }', SAMPLES);
agrees('sequence, void, typeof', 'export function f(x: number) { let a = 1; const b = (a++, a * x); void a++; return typeof x === "number" ? a + b : 0; }', SAMPLES);
agrees('strings', 'export function f(x: number) { const s = "n = " + x; const t = `${s}; ${x > 0}`; trace(t); return t === "n = 3; true" ? 1 : x; }\ndeclare function trace(s: string): void;', SAMPLES);
agrees('assertions', 'export function f(x: number) { const y = x as number; const z = (y satisfies number)!; return <number>z + (x as unknown as number); }', SAMPLES);

// Branches

agrees('if without else', 'export function f(x: number) { let y = 1; if (x > 0) y = x * x; return y; }', SAMPLES);
agrees('else if', 'export function f(x: number) { let y; if (x > 2) { y = 1; } else if (x > 0) { y = x; } else { y = -x; } return y; }', SAMPLES);
agrees('early return', 'export function f(x: number): number { if (x > 2) return 1; if (x > 0) { const y = x * x; return y; } return -x; }', SAMPLES);
agrees('early return in a chain', 'export function f(x: number): number { if (x > 2) return 1; else if (x > 0) return x; let y = x * 2; if (y < -3) { y += 1; if (y < -5) return y; } else return 7; return y * 3; }', SAMPLES);
agrees('nested returns and rest', 'export function f(x: number): number { let s = 0; if (x > 0) { s = 1; if (x > 3) { s += 2; if (x > 7) return s; s += 5; } s += 10; } s += 100; { if (s > 110) return -s; } return s; }', SAMPLES);
agrees('throw as a guard', 'export function f(x: number): number { if (!(x >= 0)) throw new RangeError(`negative: ${x}`); let y = 2; if (x > 5) { y = 3; } else if (x === 0) throw new Error("zero"); return Math.sqrt(x) * y; }', SAMPLES);
agrees('switch', 'export function f(x: number): number { let s = 0; switch (x) { case 0: s = 1; break; case 3: s = 5; case 0.5: s += 2; break; default: s = 9; case 7.25: s *= 2; if (x > 7) break; s += 1; } return s; }', SAMPLES);
agrees('switch that returns', 'export function f(k: number): number { switch (k) { case 0: return 10; case 1: case 2: return 20; case 3: { throw new Error("three"); } } return k * k; }', COUNTS);
agrees('switch in a loop', 'export function f(n: number): number { let s = 0; for (let i = 0; i < n; i++) { switch (i % 4) { case 0: continue; case 1: s += 1; break; case 2: if (s > 5) return -s; s += 3; default: s *= 2; } s += 0.5; } return s; }', COUNTS);
agrees('switch on a string', 'export function f(x: number): number { const kind: string = x > 1 ? "big" : x > 0 ? "small" : "none"; switch (kind) { case "big": return x; case "small": return x * 2; default: return 0; } }', SAMPLES);
agrees('side effects in conditions', 'export function f(x: number) { let n = 0; if (x > 0 && (n += 1) > 0 || (n += 10) > 0) n += 100; x > 1 && (n += 1000); x > 1 || (n += 5000); x > 2 ? (n += 1) : (n -= 1); return n; }', SAMPLES);
agrees('var', 'export function f(x: number) { if (x > 0) { var y = 1; } else { y = 2; } for (var i = 0; i < 3; i++) y += i; return y * i; }', SAMPLES);

// Loops

agrees('for', 'export function f(n: number) { let s = 0; for (let i = 0; i < n; i++) s += 1 / (i + 1); return s; }', COUNTS);
agrees('while', 'export function f(x: number) { let y = x, n = 0; while (y < 100 && n < 50) { y = y * 1.5 + 1; n += 1; } return y + n; }', SAMPLES);
agrees('do', 'export function f(n: number) { let i = 0, s = 1; do { s *= 1.25; i++; } while (i < n); return s + i; }', COUNTS);
agrees('do with continue and break', 'export function f(n: number) { let i = 0, s = 1; do { i++; if (i % 2) continue; if (i > 6) break; s += i; } while (i < n); return s + 100 * i; }', COUNTS);
agrees('break', 'export function f(n: number) { let s = 0; let i = 0; for (; i < 10; i++) { if (i >= n) break; s += i; } return s * 100 + i; }', COUNTS);
agrees('continue', 'export function f(n: number) { let s = 0; for (let i = 0; i < n; i++) { if (i % 3 === 1) continue; s += i; } return s; }', COUNTS);
agrees('continue then break', 'export function f(n: number) { let s = 0; let i; for (i = 0; i < 20; i++) { if (i === 2) continue; if (s > n) { s += 0.5; break; } if (i > 3) { s += 1; if (i > 6) { s += 2; continue; } s += 3; } s += i; } return s * 100 + i; }', COUNTS);
agrees('return in a loop', 'export function f(n: number): number { for (let i = 0; i < 4; i++) { if (i * i > n) return i + 0.5; } return -1; }', COUNTS);
agrees('return, break and continue in one loop', 'export function f(n: number): number { let s = 0; for (let i = 0; i < 10; i++) { if (i === n) { if (n > 3) return s; continue; } if (s > 20) break; s += i * 2; } return s + 1000; }', COUNTS);
agrees('return from nested loops', 'export function f(n: number): number { let s = 0; for (let i = 0; i < 4; i++) { for (let j = 0; j < 4; j++) { if (i * j === n) return s; if (j > i) break; s += i + j; } s += 0.25; } return -s; }', COUNTS);
agrees('labels', 'export function f(n: number): number { let s = 0; outer: for (let i = 0; i < 5; i++) { for (let j = 0; j < 5; j++) { if (j === n) continue outer; if (i + j === 7) break outer; s += i * j; } s += 100; } return s; }', COUNTS);
agrees('labels, three deep, with a return', 'export function f(n: number): number { let s = 0; a: for (let i = 0; i < 4; i++) { b: for (let j = 0; j < 4; j++) { for (let k = 0; k < 4; k++) { s += 1; if (k === n) continue b; if (j + k === n + 2) continue a; if (i + j + k > n + 4) break a; if (s > 40) return -s; } s += 0.5; } s += 10; } return s; }', COUNTS);
agrees('labelled block that only returns', 'export function f(n: number): number { let s = 0; out: { s += n; if (n > 2) return 1; } return s + 10; }', COUNTS);
agrees('labelled block', 'export function f(n: number): number { let s = 1; out: { s += 1; if (n > 2) break out; s += 10; for (let i = 0; i < 3; i++) { if (i === n) break out; s += 100; } s += 1000; } return s; }', COUNTS);
agrees('while (true)', 'export function f(n: number): number { let i = 0; while (true) { i += 2; if (i > n) return i; } }', COUNTS);
agrees('for (;;) with break', 'export function f(n: number): number { let i = 0; for (;;) { if (i * i > n) break; i++; } return i; }', COUNTS);
agrees('a test with effects', 'export function f(n: number): number { let i = 0, s = 0; while (i++ < n) { if (i === 3) continue; s += i; } do { s += 0.5; } while (--i > 0); return s * 100 + i; }', COUNTS);
agrees('a test with effects and a return', 'export function f(n: number): number { let i = 0; while (i++ < n) { if (i === 4) return 44; } return i; }', COUNTS);
agrees('a test that calls', 'declare function trace(n: number): void; function small(x: number) { trace(x); return x < 4; } function half(x: number) { return x / 2; }\nexport function f(n: number): number { let x = 0; while (small(x)) x += n + 1; while (half(x) > 1) x /= 2; return x; }', COUNTS);
agrees('several heads', 'export function f(n: number): number { let s = 0; for (let i = 0, j = n; i < j; i++, j--) s += i * j; return s; }', COUNTS);
agrees('the update runs after continue, not after break', 'export function f(n: number): number { let i = 0, s = 0; for (i = 0; i < 6; s += 10, i++) { if (i === 1) continue; if (i === n) break; s += 1; } return s * 100 + i; }', COUNTS);
agrees('shadowing', 'export function f(n: number): number { let s = 1; for (let i = 0; i < n; i++) { let s = i; s += 1; { const i = s; s = i * 2; } if (s > 100) return s; } return s; }', COUNTS);
agrees('a variable first assigned in a loop', 'export function f(n: number): number { let best; let at; for (let i = 0; i < 4; i++) { const v = Math.sin(i * n); if (i === 0 || v > best!) { best = v; at = i; } } return best! * 10 + at!; }', COUNTS);
agrees('an unannotated return in a loop', 'export function f(n: number) { for (let i = 0; i < 4; i++) if (i > n) return i * 0.5; return 9; }', COUNTS);

// Arrays

agrees('Rosenbrock', 'export function f(x: Float64Array): number { let s = 0; for (let i = 0; i + 1 < x.length; i++) { const a = 1 - x[i]; const b = x[i + 1] - x[i] * x[i]; s += a * a + 100 * b * b; } return s; }', VECTORS);
agrees('for of', 'export function f(xs: number[]): number { let s = 0; for (const x of xs) { if (x < 0) continue; s += x; if (s > 6) break; } return s; }', LISTS);
agrees('for of entries', 'export function f(xs: number[]): number { let s = 0; for (const [i, x] of xs.entries()) s += i * x; for (const i of xs.keys()) s += i; for (const v of xs.values()) s -= v; return s; }', LISTS);
agrees('for of a growing array', 'export function f(xs: number[]): number { let s = 0; for (const x of xs) { s += x; if (xs.length < 8) xs.push(x / 2); } return s; }', LISTS);
agrees('writes in place', 'export function f(x: Float64Array): void { for (let i = 0; i < x.length; i++) { x[i] = x[i] * 2; x[i] += i; x[i] -= 0.1; x[i] *= 3; x[i]++; --x[i]; } }', VECTORS);
agrees('Float32Array', 'export function f(n: number) { const a = new Float32Array(3); a[0] = 0.1; a[1] += 0.2 + n; const y = (a[2] += 0.3); a.fill(a[0] + a[1], 1, 2); return [a[0], a[1], a[2], y]; }', COUNTS);
agrees('kinds of arrays', 'export function f(n: number) { const a = new Float64Array([1, n, 3]); const b = Float64Array.of(n, 2); const c = Float32Array.from(a); const d = new Int32Array(a); const e = Array.from(b); const g = new Array(n).fill(1.5); const h = new Float64Array(a); h[0] = 9; return { a, b, c, d, e, g, h, n: a.length + g.length }; }', COUNTS);
agrees('swap of elements', 'export function f(x: number[]) { for (let i = 0, j = x.length - 1; i < j; i++, j--) [x[i], x[j]] = [x[j], x[i]]; let a = 1, b = 2; [a, b] = [b, a + b]; return [a, b]; }', LISTS);
agrees('nested arrays', 'export function f(n: number) { const rows: number[][] = []; for (let i = 0; i < n; i++) { const row = []; for (let j = 0; j <= i; j++) row.push(i * j); rows.push(row); } let s = 0; for (const row of rows) for (const v of row) s += v; rows.push([s]); return rows; }', COUNTS);
agrees('aliases of rows', 'export function f(n: number) { const row = new Array(3).fill(0); const m = new Array(2).fill(row); m[0][1] = n; const k = m[1]; k[2] += m[0][1]; return m; }', COUNTS);
agrees('copies', 'export function f(x: Float64Array) { const a = x.slice(); const b = [...x]; const c = Array.from(x); a[0] = 7; b.push(1, 2); c[0] += 5; return { a, b, c, d: [0, ...b, ...c, 9], e: b.slice(1, -1), g: x.slice(-2), h: b.concat(c, 3) }; }', VECTORS);
agrees('buffers swapped', 'export function f(n: number) { let a = new Float64Array(4), b = new Float64Array(4); a[1] = 1; for (let k = 0; k < n; k++) { for (let i = 1; i < 3; i++) b[i] = (a[i - 1] + a[i + 1]) / 2 + a[i]; [a, b] = [b, a]; } return a; }', COUNTS);
agrees('array methods', 'export function f(x: number[]) { const y = x.map((v, i) => v * i); y.forEach((v, i) => { y[i] = v + 1; }); const s = y.reduce((a, b) => a + b, 0); const big = x.filter((v) => v > 1); return { y, s, big, any: x.some((v) => v > 3), all: x.every((v) => v > -2), at: x.findIndex((v) => v < 0), has: x.includes(4), last: x.length ? x.at(-1)! : 0, p: x.length > 0 ? x.reduce((a, b) => Math.max(a, b)) : 0 }; }', LISTS);
agrees('map of rows', 'export function f(n: number) { const m = Array.from({ length: n }, (_, i) => Array.from({ length: 2 }, (_, j) => i + 10 * j)); const t = m.map((row) => row.map(Math.sqrt)); return t.map((row) => row.reduce((a, b) => a + b, 0)); }', COUNTS);
agrees('early return in a callback', 'export function f(x: number[]) { let n = 0; x.forEach((v) => { if (v < 0) return; n += v; }); return x.map((v) => { if (v > 2) return 2; return v; }).length + n; }', LISTS);
agrees('spread into Math.max', 'export function f(x: number[]) { return Math.max(0.5, ...x) - Math.min(...x, 2); }', LISTS);
agrees('structuredClone', 'export function f(x: number[]) { const y = structuredClone({ a: x, b: 1 }); y.a[0] = 9; return y; }', LISTS);
agrees('pop, reverse, set', 'export function f(x: number[]) { const a = new Float64Array(x.length + 2); a.set(x, 2); a.set(x); const y = [...x].reverse(); const z = y.length > 0 ? y.pop()! : -1; return { a, y, z }; }', LISTS);
agrees('x[i] ?? 0', 'export function f(x: number[]) { let s = 0; for (let i = -1; i < x.length + 1; i++) s = s * 2 + (x[i] ?? 0.5); return s; }', LISTS);
agrees('index with effects', 'export function f(x: number[]) { let i = 0; const y = [0, 0, 0, 0, 0, 0]; while (i < x.length) y[i] = x[i++]; i = 0; y[i++] += i; y[i++] -= (i += 2); return y.concat([i]); }', LISTS);
agrees('a[i] += e where e changes a', 'export function f(n: number) { const a = [1, 2, 3]; a[0] += (a[0] = 10) + n; const g = (v: number) => { a[1] = v; return v; }; a[1] += g(50); a[2] -= a[2]++; return a; }', COUNTS);

// Tuples and records

agrees('records', 'interface P { x: number; y: number } export function f(a: number) { const p: P = { y: a, x: 2 }; const q = { ...p, x: p.x + 1 }; q.y += 5; q.x *= 2; p.x = q.y; const { x, y: z } = q; return { p, q, s: x * z }; }', SAMPLES);
agrees('nested records', 'interface S { pos: { x: number; v: number[] }; t: number } export function f(s: S) { s.pos.x += 1; s.pos.v[0] *= 2; const { pos: { x, v: [first] } } = s; const t = { ...s, t: s.t + 1 }; t.pos.x = 9; return x + first + t.t; }', [() => [{ pos: { x: 1, v: [2, 3] }, t: 4 }]]);
agrees('tuples', 'type P = [number, number]; function polar([x, y]: P): P { return [Math.hypot(x, y), Math.atan2(y, x)]; } export function f(a: number) { const p: P = [a, 1]; const [r, t] = polar(p); p[0] += r; const q = polar(p); let u = 0, v = 0; [u, v] = polar([r, t]); return [p[0], q[1], u, v]; }', SAMPLES);
agrees('results in parts', 'function g(x: number): { a: number; b: [number, number] } { if (x > 0) return { a: x, b: [1, x] }; return x < -1 ? { b: [x, 3], a: 2 } : { a: 0, b: [5, 6] }; } export function f(x: number) { const { a, b: [c, d] } = g(x); const whole = g(x); return a + 10 * c + 100 * d + whole.b[0]; }', SAMPLES);
agrees('computed keys', 'function total(v: number[]) { let s = 0; for (let i = 0; i < v.length; i++) s += v[i]; return s; } export function f(x: number) { const p: [number, number] = [x, 2]; const q = { a: x, b: 1 }; let s = 0; for (let i = 0; i < 2; i++) { p[i] += i * x; s += p[i] * s + p[0]; } for (const k of ["b", "a"]) { q[k as "a" | "b"] *= 2; s += q[k as "a" | "b"]; } return s + total(p) * p[1] + q.a; }', SAMPLES);
agrees('as const', 'export function f(x: number) { const t = [x, 2] as const; let s = 0; for (const v of t) s += v; return s + t[1]; }', SAMPLES);
agrees('array of records', 'export function f(x: number[]) { const ps = x.map((v) => ({ v, w: v * v })); let s = 0; for (const { v, w } of ps) s += v * w; ps[0] = { w: 1, v: 2 }; return { s, ps }; }', LISTS);
agrees('defaults in patterns', 'export function f(xs: number[]) { const [a = 5, b = a * 2, ...rest] = xs; return [a, b, rest.length]; }', LISTS);

// Functions

agrees('calls', 'function sq(x: number) { return x * x; } const cube = (x: number): number => x * sq(x); export function f(x: number) { return sq(cube(x)) + sq(2); }', SAMPLES);
agrees('recursion', 'function fib(n: number): number { return n < 2 ? n : fib(n - 1) + fib(n - 2); } function even(n: number): boolean { return n === 0 || odd(n - 1); } function odd(n: number): boolean { return n !== 0 && even(n - 1); } export function f(n: number) { return fib(n) + (even(n) ? 0.5 : 0); }', COUNTS);
agrees('recursion with a result in parts', 'function step(n: number): [number, number] { if (n === 0) return [0, 1]; const [a, b] = step(n - 1); return [b, a + b]; } export function f(n: number) { return step(n)[0]; }', COUNTS);
agrees('defaults without a type', 'function g(x: number, n = 3, up = true) { return up ? x * n : -x; } export function f(x: number, y: number) { return g(x) + g(x, y) + g(x, y, false); }', pairs([1, 2], [3, 4]));
agrees('defaults', 'const K = 4; function g(x: number, a = K * 2, b: number = a + x, c = 1) { return x + 10 * a + 100 * b + 1000 * c; } export function f(x: number) { return g(x) + g(x, 1) + g(x, undefined, 3) + g(x, 1, 2, 3); }', SAMPLES);
agrees('local functions', 'export function f(x: number) { let calls = 0; const add = (a: number, b = 2) => { calls++; return a + b; }; function twice(v: number): number { if (v < 0) return -v; return add(v, v); } return add(x) + twice(x) * 10 + twice(add(x, 1)) + 1000 * calls; }', SAMPLES);
agrees('closures see later values', 'export function f(x: number) { let k = 1; const g = () => k * x; const a = g(); k = 5; for (let i = 0; i < 2; i++) { k += i; const h = () => g() + i; k = h(); } return a + g(); }', SAMPLES);
agrees('closures that write in loops', 'export function f(n: number) { let s = 0, i = 0; const bump = (v: number) => { s += v; if (s > 6) { s = 0; return; } i++; }; for (let k = 0; k < n; k++) { bump(k); if (k > 5) bump(1); } while (i < 4) bump(2); return s * 100 + i; }', COUNTS);
agrees('functions as arguments', 'function integrate(g: (x: number) => number, a: number, b: number, n = 4): number { let s = 0; for (let i = 0; i < n; i++) s += g(a + (b - a) * (i + 0.5) / n); return s * (b - a) / n; } function sq(x: number) { return x * x; } export function f(c: number) { return integrate((x) => c * x, 0, 1) + integrate(sq, 0, c, 2) + integrate(Math.exp, 0, 1) + integrate((x) => integrate((y) => x * y, 0, x), 0, c); }', SAMPLES);
agrees('functions as arguments of local functions', 'export function f(x: number) { const apply = (g: (v: number) => number, v: number) => g(g(v)); const inc = (v: number) => v + 1; const alias = inc; return apply(inc, x) + apply((v) => v * x, 2) + apply(Math.sin, alias(x)); }', SAMPLES);
agrees('recursion of local functions', 'export function f(x: number): number { let calls = 0; const g = (n: number): number => { calls++; return n <= 0 ? x : even(n - 1) + 1; }; function even(n: number): number { return n <= 0 ? 2 : g(n - 1) * 3; } return g(3) + even(4) * calls; }', SAMPLES);
agrees('functions in records, lists and choices', 'const OPS: Record<string, (a: number, b: number) => number> = { plus: (a: number, b: number) => a + b, times: (a: number, b: number) => a * b }; export function f(x: number) { const g = (v: number) => v + 1; const h = [g, Math.abs, (v: number) => v * x]; const m = { g, scale(v: number) { return this.by * v; }, by: 3 }; let s = 0; for (const k of h) { if (s > 100) break; s += k(s - 1); } const p = x > 1 ? g : h[2]; let q = g; for (let i = 0; i < 3; i++) { s += q(i); if (s > 4) q = p; } for (const o of ["plus", x > 2 ? "times" : "plus"]) s = OPS[o](s, x); return s + m.g(x) + m.scale(p(x)) + (x > 1 ? Math.sin : m.g)(x); }', SAMPLES);
agrees('functions from functions', 'const scaled = (k: number) => (v: number) => k * v; function twice<T>(g: (x: T) => T): (x: T) => T { return (x) => g(g(x)); } export function f(x: number) { const a = scaled(x); const b = twice(a); return a(2) + b(3) + scaled(3)(x) + twice(twice((v: number) => v + x))(1) + ((y: number) => y * x)(5); }', SAMPLES);
agrees('rest parameters', 'function sum(first: number, ...xs: number[]) { let s = first; for (const x of xs) s += x * 2; return s; } export function f(x: number) { const pair: [number, number] = [x, 2]; return sum(x, 1, 2) + sum(1) + sum(...pair); }', SAMPLES);
agrees('generic functions', 'function last<T>(xs: T[]): T { return xs[xs.length - 1]; } export function f(x: number) { return last([1, x]) + last([[x, 2], [3, x]])[1]; }', SAMPLES);
agrees('mutated parameters', 'function scale(x: number[], k: number) { for (let i = 0; i < x.length; i++) x[i] *= k; k = 0; } export function f(x: number[]) { const y = x; scale(x, 2); scale(y, 3); x = [1, 2]; scale(x, 5); return x[0]; }', LISTS);
agrees('module constants', 'const TABLE = [1, 2, 3]; const P = { a: 2, b: new Float64Array([4, 5]) }; let scale = 2; enum Kind { A, B = 5, C } const enum Mode { X = "x" } export function f(x: number) { return TABLE[1] * x + P.a + P.b[1] + Kind.C * scale + Kind.A + (Mode.X === "x" ? 1 : 0); }', SAMPLES);
agrees('effects in order', 'declare function trace(...xs: unknown[]): void; function g(x: number) { trace("g", x); return x + 1; } export function f(n: number) { for (let i = 0; i < n; i++) { trace(i); if (i === 3) { trace("out"); return g(i); } } return g(g(n)); }', COUNTS);
agrees('other modules', {
  [MAIN]: 'import { area as a, K } from "./geometry.js"; import * as g from "./geometry"; import twice from "./geometry.ts"; import type { Circle } from "./geometry.js"; export function f(r: number) { const c: Circle = { r, k: K }; return a(c) + g.area({ r: 1, k: 2 }) + twice(r) + g.Units.Km + g.TABLE[1] + g.deep(r) + g.shift(r); }',
  'geometry.ts': 'export * from "./deep.js"; export interface Circle { r: number; k: number } export const K = 3; export const TABLE = [1, 2]; const OFF = [7]; export enum Units { M = 1, Km = 1000 } export function area(c: Circle): number { return c.k * c.r ** 2 + TABLE[0]; } export default (x: number): number => 2 * x; export function shift(x: number, by = OFF[0]): number { return x + by; }',
  'deep.ts': 'export { inner as deep } from "./inner.js";',
  'inner.ts': 'export function inner(x: number): number { return x - 0.5; }',
}, SAMPLES);
agrees('static methods', 'class V { static K = 2; static norm(x: number[]): number { let s = 0; for (const v of x) s += v * v; return Math.sqrt(s); } static unit(x: number[]): number[] { const n = V.norm(x); return x.map((v) => v / n); } }', LISTS, 'V.unit');
agrees('methods', 'class Spring { constructor(readonly k: number, private rest = 1) {} get half(): number { return this.k / 2; } stretch(x: number): number { return x - this.rest; } energy(x: number): number { const d = this.stretch(x); return this.half * d * d; } } export function make() { return new Spring(3, 2); }', [() => [Object.assign(Object.create({ get half(): number { return (this as unknown as { k: number }).k / 2; }, stretch(this: { rest: number }, x: number) { return x - this.rest; }, energy(this: { stretch(x: number): number; half: number }, x: number) { const d = this.stretch(x); return this.half * d * d; } }), { k: 3, rest: 2 }), 5]], 'Spring.energy');
agrees('stopGradient', 'import { stopGradient } from "tapeless"; import * as tl from "tapeless"; export function f(x: number) { return x * stopGradient(x) + tl.stopGradient([x, 2])[1]; }', SAMPLES);
agrees('default export', 'export default function f(x: number) { return x + 1; }', SAMPLES);
agrees('overloads', 'export function f(x: number): number; export function f(x: number, y?: number): number { return x * 2; }', SAMPLES);

// What the IR looks like

const ir = (text: string, name = 'f') => dump(new Program(annotationHost({ [MAIN]: text })).function(`${MAIN}#${name}`));

test('a swap makes no array', (t) => {
  t.notRegex(ir('export function f(x: number[], i: number, j: number) { [x[i], x[j]] = [x[j], x[i]]; }'), /literal/);
});

test('an early return needs no flag', (t) => {
  t.notRegex(ir('export function f(x: number): number { if (x > 2) return 1; if (x > 0) return x; return -x; }'), /returned|done|const true/);
});

test('a loop carries only what it changes', (t) => {
  const text = ir('export function f(x: number, n: number) { let s = 0, k = 2; const g = () => k; for (let i = 0; i < n; i++) { s += g() * x; if (s > 1e9) { const k = 3; s += k; } } return s; }');
  t.regex(text, /%\d+\.s, %\d+\.i = loop for test-before/);
});

test('x[i] += e accumulates', (t) => {
  t.regex(ir('export function f(x: Float64Array) { x[0] += 2; x[1] -= x[0]; }'), /accum[\s\S]*neg[\s\S]*accum/);
});

test('a break is the exit of its loop', (t) => {
  t.regex(ir('export function f(n: number) { let i = 0; while (i < n) { if (i * i > n) break; i++; } return i; }'), /%\d+\.done, %\d+\.i = loop while test-before exit/);
});

test('a result in parts is no memory', (t) => {
  const text = ir('function g(x: number): [number, { a: number }] { return x > 0 ? [x, { a: 1 }] : [1, { a: x }]; } export function f(x: number) { const [y, { a }] = g(x); return y * a; }');
  t.notRegex(text, /literal|field/);
});

test('captured variables of a literal are free', (t) => {
  const program = new Program(annotationHost({ [MAIN]: 'import { grad } from "tapeless"; export function outer(a: number, xs: number[]) { let k = 2; const b = a * 2; const sq = (v: number) => v * v * a; k++; return grad((x: number) => x * a * k + b + sq(x) + xs[0]); }' }));
  const module = program.module(MAIN)!;
  const [call] = module.calls;
  const node = call.target.kind === 'literal' ? call.target.node : t.fail();
  const text = dump(program.literal(module, node!, `${MAIN}#literal`, 'literal'));
  t.regex(text, /free a :/);
  t.regex(text, /free k mutable/);
  t.regex(text, /free xs : number\[\]/);
});

// Refusals

function refuses(title: string, text: string, code: string, where: string, name = 'f'): void {
  test(`refuses ${title}`, (t) => {
    const program = new Program(annotationHost({ [MAIN]: text }));
    const error = t.throws(() => program.function(`${MAIN}#${name}`), { instanceOf: CompileError });
    t.is(error.diagnostic.code, code as never, error.message);
    t.is(text.slice(error.diagnostic.span.start, error.diagnostic.span.end), where, error.message);
  });
}

refuses('try', 'export function f(x: number) { try { return x; } catch { return 0; } }', 'TL2001', 'catch { return 0; }');
refuses('unknown types', 'export function f(x: any) { return x; }', 'TL2002', 'x: any');
refuses('operators on what is no number', 'export function f(x: number[]) { return x * 2; }', 'TL2004', 'x * 2');
refuses('recursion with ever new functions', 'function g(k: (x: number) => number, n: number): number { return n <= 0 ? k(1) : g((x: number) => k(x) + n, n - 1); } export function f(x: number): number { return g((y: number) => x * y, 3); }', 'TL2005', 'g((x: number) => k(x) + n, n - 1)');
refuses('recursion without a return type', 'export function f(n: number) { return n < 1 ? 1 : f(n - 1); }', 'TL2006', 'function f(n: number) { return n < 1 ? 1 : f(n - 1); }');
agrees('module variables', 'let count = 0; export function f(x: number) { count = 1; count += x; const before = count++; return before + 10 * count; }', SAMPLES);
refuses('writing module constants', 'const count = 0; export function f(x: number) { (count as number) += 1; return x; }', 'TL2007', 'count');
refuses('async', 'export async function f(x: number) { return x; }', 'TL2009', 'async function f(x: number) { return x; }');
refuses('a computed index of a tuple of different things', 'export function f(p: [number, string], i: number) { return p[i]; }', 'TL2010', 'i');
refuses('functions that leave', 'export function f(x: number) { const g = (v: number) => v; console.log(g); return x; }', 'TL2011', 'console.log(g)');
refuses('unknown fields', 'export function f(p: { a: number }) { return (p as any).b; }', 'TL2012', 'b');
refuses('eval', 'export function f(x: number) { return eval("x"); }', 'TL2001', 'eval("x")');
refuses('methods without a rule', 'export function f(x: number[]) { return x.toLocaleString().length; }', 'TL2001', 'x.toLocaleString()');
