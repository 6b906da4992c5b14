/** The printer on IR made by hand: the goldens of the design, variables, branches, loops and jumps. */
import { BOOLEAN, F64, NUMBER, STRING } from '../transformer/ir/types.ts';
import type { Builder } from '../transformer/ir/build.ts';
import type { Value } from '../transformer/ir/ir.ts';
import { array, counted, make, named } from './support/handmade.ts';
import { prints, typeChecks } from './support/prints.ts';

// The two goldens of the design

const rosenbrock = make('rosenbrock_grad', [['x', F64], ['s_bar', NUMBER, { default: '1' }]], [NUMBER, F64], (b, x, s_bar) => {
  const x_bar = b.zeros(x, { shadow: true }, named('x_bar'));
  const loop = b.loop({ test: 'before', form: 'for', head: [1] }, [b.const(0), b.const(0)],
    (t, [, i]) => t.prim('lt', [t.prim('add', [i, t.const(1)]), t.length(x)]),
    (t, [s, i]) => {
      const x_i = t.load(x, i);
      const a = t.prim('sub', [t.const(1), x_i], named('a'));
      const next = t.prim('add', [i, t.const(1)]);
      const c = t.prim('sub', [t.load(x, next), t.prim('mul', [x_i, x_i])], named('b'));
      const e = t.prim('add', [t.prim('mul', [a, a]), t.prim('mul', [t.prim('mul', [t.const(100), c]), c])]);
      const sum = t.prim('add', [s, e], named('s', 1));
      t.loose = true;
      const a_bar = t.prim('mul', [t.prim('mul', [t.const(2), a]), s_bar], named('a_bar'));
      const b_bar = t.prim('mul', [t.prim('mul', [t.const(200), c]), s_bar], named('b_bar'));
      t.accum(x_bar, next, b_bar);
      t.accum(x_bar, i, t.prim('sub', [t.prim('mul', [t.prim('mul', [t.const(-2), x_i]), b_bar]), a_bar]));
      return [sum, next];
    }, [named('s', 1), named('i', 2)]);
  return [loop.results[0], x_bar];
});
rosenbrock.doc = 'Value and gradient of `rosenbrock` (rosenbrock.ts:4).';

prints('rosenbrock', rosenbrock, `
/** Value and gradient of \`rosenbrock\` (rosenbrock.ts:4). */
function rosenbrock_grad(x: Float64Array, s_bar = 1): [number, Float64Array] {
  const x_bar = new Float64Array(x.length);
  let s = 0;
  for (let i = 0; i + 1 < x.length; i++) {
    const a = 1 - x[i];
    const b = x[i + 1] - x[i] * x[i];
    s += a * a + 100 * b * b;
    const a_bar = 2 * a * s_bar;
    const b_bar = 200 * b * s_bar;
    x_bar[i + 1] += b_bar;
    x_bar[i] -= 2 * x[i] * b_bar + a_bar;
  }
  return [s, x_bar];
}`, [[Float64Array.of(2, 3)], [101, Float64Array.of(802, -200)]]);

prints('power loop', make('power_grad', [['x', NUMBER], ['n', NUMBER, { default: '10' }]], [NUMBER, NUMBER], (b, x, n) => {
  const y_saved = b.new(F64, n, {}, named('y_saved'));
  const [y] = counted(b, n, [b.op('const', [], [NUMBER], { value: 1 }, named('y', 1)).result], ['y'], (t, i, v) => {
    t.store(y_saved, i, v);
    return [t.prim('mul', [v, t.prim('sin', [t.prim('mul', [x, v])])], named('y', 1))];
  });
  b.loose = true;
  const loop = b.loop({ test: 'before', form: 'for', head: [2] }, [b.const(0), b.const(1), b.prim('sub', [n, b.const(1)])],
    (t, [, , i]) => t.prim('ge', [i, t.const(0)]),
    (t, [x_bar, y_bar, i]) => {
      const v = t.load(y_saved, i, named('y', 1));
      const s = t.prim('sin', [t.prim('mul', [x, v])], named('s'));
      const p_bar = t.prim('mul', [t.prim('mul', [y_bar, v]), t.prim('cos', [t.prim('mul', [x, v])])], named('p_bar'));
      const next = t.prim('add', [x_bar, t.prim('mul', [p_bar, v])], named('x_bar'));
      return [next, t.prim('add', [t.prim('mul', [y_bar, s]), t.prim('mul', [p_bar, x])], named('y_bar')), t.prim('sub', [i, t.const(1)])];
    }, [named('x_bar'), named('y_bar'), named('i', 4)]);
  return [y, loop.results[0]];
}), `
function power_grad(x: number, n = 10): [number, number] {
  const y_saved = new Float64Array(n);
  let y = 1;
  for (let i = 0; i < n; i++) {
    y_saved[i] = y;
    y = y * Math.sin(x * y);
  }
  let x_bar = 0;
  let y_bar = 1;
  for (let i = n - 1; i >= 0; i--) {
    const y = y_saved[i];
    const s = Math.sin(x * y);
    const p_bar = y_bar * y * Math.cos(x * y);
    x_bar += p_bar * y;
    y_bar = y_bar * s + p_bar * x;
  }
  return [y, x_bar];
}`, [[1, 1], [Math.sin(1), Math.cos(1)]]);

// Variables and copies

prints('swap', make('swap', [['n', NUMBER]], [NUMBER, NUMBER], (b, n) =>
  counted(b, n, [b.const(1), b.const(2)], ['x', 'y'], (_, __, x, y) => [y, x]).slice(0, 2)), `
function swap(n: number): [number, number] {
  let x = 1;
  let y = 2;
  for (let i = 0; i < n; i++) {
    [x, y] = [y, x];
  }
  return [x, y];
}`, [[0], [1, 2]], [[3], [2, 1]]);

prints('shift, all at once', make('fib', [['n', NUMBER]], [NUMBER], (b, n) =>
  counted(b, n, [b.const(0), b.const(1)], ['x', 'y'], (t, _, x, y) => [y, t.prim('add', [x, y], named('y', 2))]).slice(0, 1)), `
function fib(n: number): number {
  let x = 0;
  let y = 1;
  for (let i = 0; i < n; i++) {
    [x, y] = [y, x + y];
  }
  return x;
}`, [[10], 55]);

prints('shift, in the user\'s variable', make('fib', [['n', NUMBER]], [NUMBER], (b, n) =>
  counted(b, n, [b.const(0), b.const(1)], ['x', 'y'], (t, _, x, y) => [y, t.prim('add', [x, y], named('next', 9))]).slice(0, 1)), `
function fib(n: number): number {
  let x = 0;
  let y = 1;
  for (let i = 0; i < n; i++) {
    const next = x + y;
    x = y;
    y = next;
  }
  return x;
}`, [[10], 55]);

prints('the old value is used after the new one is computed', make('late', [['x', F64], ['y', F64]], [NUMBER], (b, x, y) => {
  const loop = b.loop({ test: 'before', form: 'while' }, [b.const(0), b.const(0)], (t, [i]) => t.prim('lt', [i, t.length(x)]), (t, [i, k]) => {
    const next = t.prim('add', [i, t.const(1)], named('i', 1));
    const more = t.prim('add', [k, t.const(2)], named('k', 2));
    t.store(y, k, t.load(x, i));
    return [next, more];
  }, [named('i', 1), named('k', 2)]);
  return [loop.results[1]];
}), `
function late(x: Float64Array, y: Float64Array): number {
  let i = 0;
  let k = 0;
  while (i < x.length) {
    y[k] = x[i];
    i++;
    k += 2;
  }
  return k;
}`, [[Float64Array.of(1, 2), new Float64Array(4)], 4]);

prints('both the old and the new value are used', make('both', [['n', NUMBER]], [NUMBER], (b, n) =>
  counted(b, n, [b.const(1), b.const(0)], ['s', 'd'], (t, _, s, d) => {
    const next = t.prim('mul', [s, t.const(3)], named('s', 1));
    return [next, t.prim('add', [d, t.prim('sub', [next, s])], named('d', 2))];
  }).slice(1, 2)), `
function both(n: number): number {
  let s = 1;
  let d = 0;
  for (let i = 0; i < n; i++) {
    const s_2 = s * 3;
    d += s_2 - s;
    s = s_2;
  }
  return d;
}`, [[3], 26]);

prints('one variable, reassigned', make('again', [['x', NUMBER]], [NUMBER], (b, x) => {
  const a = b.prim('add', [x, b.const(2)], named('a', 1));
  const c = b.prim('mul', [a, a], named('a', 1));
  return [b.prim('sub', [b.const(1), c], named('a', 1))];
}), `
function again(x: number): number {
  let a = x + 2;
  a = a * a;
  a = 1 - a;
  return a;
}`, [[1], -8]);

prints('a parameter, reassigned', make('param', [['x', NUMBER], ['n', NUMBER]], [NUMBER], (b, x, n) =>
  counted(b, n, [x], ['x'], (t, _, v) => [t.prim('mul', [v, t.const(2)], named('x', 1))]).slice(0, 1)), `
function param(x: number, n: number): number {
  for (let i = 0; i < n; i++) {
    x *= 2;
  }
  return x;
}`, [[3, 2], 12]);

prints('a value that no run reads', make('undef', [['n', NUMBER]], [NUMBER], (b, n) =>
  counted(b, n, [b.undef(NUMBER)], ['best'], (t, i, best) => [t.if(t.prim('gt', [i, t.const(1)]), [NUMBER], () => [best], (u) => [u.prim('mul', [i, i], named('best', 1))], [named('best', 1)]).result]).slice(0, 1)), `
function undef(n: number): number {
  let best = 0;
  for (let i = 0; i < n; i++) {
    if (i > 1) continue;
    best = i * i;
  }
  return best;
}`, [[5], 1]);

// Branches

prints('several results', make('several', [['x', NUMBER], ['c', BOOLEAN]], [NUMBER], (b, x, c) => {
  const op = b.if(c, [NUMBER, NUMBER], (u) => [u.prim('sqrt', [x], named('p', 1)), u.prim('abs', [x], named('q', 2))],
    (u) => [u.op('const', [], [NUMBER], { value: 1 }, named('p', 1)).result, u.prim('neg', [x], named('q', 2))], [named('p', 1), named('q', 2)]);
  return [b.prim('add', op.results)];
}), `
function several(x: number, c: boolean): number {
  let p: number;
  let q: number;
  if (c) {
    p = Math.sqrt(x);
    q = Math.abs(x);
  } else {
    p = 1;
    q = -x;
  }
  return p + q;
}`, [[4, true], 6], [[4, false], -3]);

prints('conditional expressions', make('ternary', [['x', NUMBER], ['y', NUMBER]], [NUMBER], (b, x, y) => {
  const and = b.if(b.prim('lt', [x, y]), [BOOLEAN], (u) => [u.prim('lt', [y, u.const(1)])], (u) => [u.const(false)]).result;
  const or = b.if(b.prim('not', [and]), [BOOLEAN], (u) => [u.const(true)], (u) => [u.prim('gt', [x, u.const(5)])]).result;
  const z = b.if(or, [NUMBER], (u) => [u.prim('mul', [x, y])], (u) => [u.const(0)], [named('z')]).result;
  return [b.prim('pow', [b.prim('neg', [z]), b.const(2)])];
}), `
function ternary(x: number, y: number): number {
  const z = !(x < y && y < 1) || x > 5 ? x * y : 0;
  return (-z) ** 2;
}`, [[2, 3], 36], [[0, 0.5], 0]);

prints('early returns', make('guards', [['x', NUMBER]], [NUMBER, NUMBER], (b, x) =>
  b.if(b.prim('lt', [x, b.const(0)]), [NUMBER, NUMBER], (u) => [u.prim('neg', [x]), u.const(-1)], (u) =>
    u.if(u.prim('gt', [x, u.const(1)]), [NUMBER, NUMBER], (w) => [w.prim('mul', [x, x]), w.prim('mul', [w.const(2), x])], (w) => [x, w.const(1)]).results).results), `
function guards(x: number): [number, number] {
  if (x < 0) return [-x, -1];
  if (x > 1) return [x * x, 2 * x];
  return [x, 1];
}`, [[-2], [2, -1]], [[3], [9, 6]], [[0.5], [0.5, 1]]);

prints('throw', make('check', [['x', NUMBER]], [NUMBER], (b, x) => {
  b.if(b.prim('lt', [x, b.const(0)]), [], (u) => {
    u.throw(u.extern('new RangeError', [u.prim('concat', [u.op('const', [], [STRING], { value: 'negative: ' }).result, x])], { kind: 'opaque', text: 'RangeError' }, { pure: true })!);
    return [];
  }, () => []);
  return [b.prim('sqrt', [x])];
}), `
function check(x: number): number {
  if (x < 0) throw new RangeError('negative: ' + x);
  return Math.sqrt(x);
}`, [[4], 2]);

// Loops and jumps

const search = (b: Builder, x: Value, found: (t: Builder, i: Value) => Value) => b.loop({ test: 'before', form: 'for', head: [1], exit: true }, [b.const(false), b.const(0), b.undef(NUMBER)],
  (t, [, i]) => t.prim('lt', [i, t.length(x)]),
  (t, [, i, r]) => {
    const op = t.if(t.prim('gt', [t.load(x, i), t.const(2)]), [BOOLEAN, NUMBER], (u) => [u.const(true), found(u, i)], (u) => [u.const(false), r]);
    return [op.results[0], t.prim('add', [i, t.const(1)]), op.results[1]];
  }, [{}, named('i', 3), {}]);

prints('return in a loop', make('find', [['x', F64]], [NUMBER], (b, x) => {
  const loop = search(b, x, (u, i) => u.load(x, i));
  return b.if(loop.results[0], [NUMBER], () => [loop.results[2]], (u) => [u.const(-1)]).results;
}), `
function find(x: Float64Array): number {
  for (let i = 0; i < x.length; i++) {
    if (x[i] > 2) return x[i];
  }
  return -1;
}`, [[Float64Array.of(1, 3)], 3], [[Float64Array.of(1)], -1]);

prints('break, and whether there was one', make('found', [['x', F64]], [NUMBER, BOOLEAN], (b, x) => {
  const loop = b.loop({ test: 'before', form: 'while', exit: true }, [b.const(false), b.const(0), b.const(0)], (t, [, i]) => t.prim('lt', [i, t.length(x)]), (t, [, i, s]) => {
    const x_i = t.load(x, i);
    const next = t.prim('add', [i, t.const(1)], named('i', 3));
    const op = t.if(t.prim('lt', [x_i, t.const(0)]), [BOOLEAN, NUMBER], (u) => [u.const(true), s], (u) => [u.const(false), u.prim('add', [s, x_i], named('s', 7))]);
    return [op.results[0], next, op.results[1]];
  }, [named('done'), named('i', 3), named('s', 7)]);
  return [loop.results[2], loop.results[0]];
}), `
function found(x: Float64Array): [number, boolean] {
  let done = false;
  let i = 0;
  let s = 0;
  while (i < x.length) {
    if (x[i] < 0) {
      done = true;
      break;
    }
    s += x[i];
    i++;
  }
  return [s, done];
}`, [[Float64Array.of(1, 2, -1, 5)], [3, true]], [[Float64Array.of(1)], [1, false]]);

prints('break in nested branches', make('nested', [['x', F64]], [NUMBER], (b, x) => {
  const loop = b.loop({ test: 'before', form: 'for', head: [1], exit: true }, [b.const(false), b.const(0), b.const(0)], (t, [, i]) => t.prim('lt', [i, t.length(x)]), (t, [, i, s]) => {
    const x_i = t.load(x, i);
    const inner = t.if(t.prim('lt', [x_i, t.const(0)]), [BOOLEAN, NUMBER],
      (u) => u.if(u.prim('lt', [x_i, u.const(-1)]), [BOOLEAN, NUMBER], (w) => [w.const(true), s], (w) => [w.const(false), w.prim('sub', [s, x_i], named('s', 7))]).results,
      (u) => [u.const(false), s], [{}, named('s', 7)]);
    const op = t.if(inner.results[0], [BOOLEAN, NUMBER], (u) => [u.const(true), inner.results[1]], (u) => [u.const(false), u.prim('add', [inner.results[1], x_i], named('s', 7))]);
    return [op.results[0], t.prim('add', [i, t.const(1)]), op.results[1]];
  }, [{}, named('i', 3), named('s', 7)]);
  return [loop.results[2]];
}), `
function nested(x: Float64Array): number {
  let s = 0;
  for (let i = 0; i < x.length; i++) {
    if (x[i] < 0) {
      if (x[i] < -1) break;
      s -= x[i];
    }
    s += x[i];
  }
  return s;
}`, [[Float64Array.of(1, -0.5, 2, -3, 8)], 3]);

prints('return from nested loops', make('deep', [['A', array(F64)]], [NUMBER], (b, A) => {
  const loop = b.loop({ test: 'before', form: 'for', head: [1], exit: true }, [b.const(false), b.const(0), b.undef(NUMBER), b.const(0)], (t, [, i]) => t.prim('lt', [i, t.length(A)]), (t, [, i, r, s]) => {
    const inner = t.loop({ test: 'before', form: 'for', head: [1], exit: true }, [t.const(false), t.const(0), r, s], (u, [, j]) => u.prim('lt', [j, u.length(u.load(A, i))]), (u, [, j, r2, s2]) => {
      const e = u.load(u.load(A, i), j);
      const op = u.if(u.prim('lt', [e, u.const(0)]), [BOOLEAN, NUMBER, NUMBER], (w) => [w.const(true), w.prim('mul', [s2, e]), s2], (w) => [w.const(false), r2, w.prim('add', [s2, e], named('s', 9))]);
      return [op.results[0], u.prim('add', [j, u.const(1)]), op.results[1], op.results[2]];
    }, [{}, named('j'), {}, named('s', 9)]);
    const [exit, , r3, s3] = inner.results;
    const op = t.if(exit, [BOOLEAN, NUMBER, NUMBER], (w) => [w.const(true), r3, s3], (w) => [w.const(false), r3, w.prim('mul', [s3, w.const(0.5)], named('s', 9))]);
    return [op.results[0], t.prim('add', [i, t.const(1)]), op.results[1], op.results[2]];
  }, [{}, named('i', 3), {}, named('s', 9)]);
  return b.if(loop.results[0], [NUMBER], () => [loop.results[2]], () => [loop.results[3]]).results;
}), `
function deep(A: Float64Array[]): number {
  let s = 0;
  for (let i = 0; i < A.length; i++) {
    for (let j = 0; j < A[i].length; j++) {
      if (A[i][j] < 0) return s * A[i][j];
      s += A[i][j];
    }
    s *= 0.5;
  }
  return s;
}`, [[[Float64Array.of(1, 3), Float64Array.of(2)]], 2], [[[Float64Array.of(1, 3), Float64Array.of(-1)]], -2]);

prints('do', make('halve', [['x', NUMBER]], [NUMBER], (b, x) =>
  b.loop({ test: 'after', form: 'do' }, [x], (t, [y]) => t.prim('gt', [y, t.const(1)]), (t, [y]) => [t.prim('mul', [y, t.const(0.5)], named('y', 3))], [named('y', 3)]).results), `
function halve(x: number): number {
  let y = x;
  do {
    y *= 0.5;
  } while (y > 1);
  return y;
}`, [[8], 1], [[0.5], 0.25]);

prints('a test that is no expression', make('long', [['x', NUMBER]], [NUMBER], (b, x) =>
  b.loop({ test: 'before', form: 'while' }, [x], (t, [y]) => {
    const r = t.prim('sqrt', [y]);
    return t.prim('gt', [t.prim('add', [r, r]), t.const(2)]);
  }, (t, [y]) => [t.prim('mul', [y, t.const(0.5)], named('y', 3))], [named('y', 3)]).results), `
function long(x: number): number {
  let y = x;
  while (true) {
    const sqrt_y = Math.sqrt(y);
    if (!(sqrt_y + sqrt_y > 2)) break;
    y *= 0.5;
  }
  return y;
}`, [[8], 1]);

prints('a counter that is used after the loop', make('after', [['n', NUMBER]], [NUMBER], (b, n) =>
  counted(b, n, [], [], () => [])), `
function after(n: number): number {
  let i = 0;
  for (; i < n; i++) {}
  return i;
}`, [[3], 3]);

typeChecks();
