/** The printer on IR made by hand: memory, calls, names and forms of functions. */
import test from 'ava';
import { BOOLEAN, F64, NUMBER, VOID } from '../transformer/ir/types.ts';
import { Names, printFunction, printSavedType } from '../transformer/print/index.ts';
import { POINT, SAVED, array, make, named, value } from './support/handmade.ts';
import { prints, typeChecks } from './support/prints.ts';

// Memory

prints('loads stay before stores', make('loads', [['x', F64], ['i', NUMBER]], [NUMBER], (b, x, i) => {
  const old = b.load(x, i);
  b.store(x, i, b.prim('mul', [b.load(x, i), b.const(2)]));
  return [b.prim('add', [old, b.load(x, i)])];
}), `
function loads(x: Float64Array, i: number): number {
  const x_i = x[i];
  x[i] *= 2;
  return x_i + x[i];
}`, [[Float64Array.of(3), 0], 9]);

prints('loads of one array pass stores to another that is fresh', make('fresh', [['x', F64]], [NUMBER], (b, x) => {
  const y = b.copy(x, F64, {}, named('y'));
  const x_0 = b.load(x, b.const(0));
  b.store(y, b.const(0), b.const(5));
  return [b.prim('add', [x_0, b.load(y, b.const(0))])];
}), `
function fresh(x: Float64Array): number {
  const y = x.slice();
  y[0] = 5;
  return x[0] + y[0];
}`, [[Float64Array.of(3)], 8]);

prints('calls stay in order', make('order', [['x', F64]], [NUMBER, NUMBER], (b, x) => {
  const first = b.call({ id: 'bump', name: 'bump' }, [x], [NUMBER])[0];
  const between = b.load(x, b.const(0));
  const second = b.call({ id: 'bump', name: 'bump' }, [x], [NUMBER])[0];
  return [b.prim('sub', [second, first]), between];
}), `
function order(x: Float64Array): [number, number] {
  const t = bump(x);
  const x_0 = x[0];
  return [bump(x) - t, x_0];
}`, [[Float64Array.of(3)], [1, 4]]);

prints('a call is not moved behind the load of +=', make('compound', [['x', F64]], [NUMBER], (b, x) => {
  b.accum(x, b.const(0), b.call({ id: 'bump', name: 'bump' }, [x], [NUMBER])[0]);
  return [b.load(x, b.const(0))];
}), `
function compound(x: Float64Array): number {
  const t = bump(x);
  x[0] += t;
  return x[0];
}`, [[Float64Array.of(3)], 8]);

prints('zeros, clones, sums', make('objects', [['A', array(array(NUMBER))], ['p', POINT]], [array(array(NUMBER)), F64], (b, A, p) => {
  const A_bar = b.zeros(A, {}, named('A_bar'));
  const p_bar = b.zeros(p, {}, named('p_bar'));
  b.accumfield(p_bar, 'a', b.prim('neg', [b.field(p, 'a')]));
  b.addinto(A_bar, b.clone(A, named('B')));
  b.addinto(p_bar, b.zeros(p, {}, named('q_bar')));
  b.clear(b.clone(A_bar, named('C')));
  return [A_bar, b.field(p_bar, 'w')];
}), `
function objects(A: number[][], p: P): [number[][], Float64Array] {
  const A_bar = A.map((row) => new Array<number>(row.length).fill(0));
  const p_bar = { a: 0, w: new Float64Array(p.w.length), label: undefined };
  p_bar.a -= p.a;
  const B = A.map((row) => row.slice());
  for (let i = 0; i < A_bar.length; i++) {
    for (let j = 0; j < A_bar[i].length; j++) {
      A_bar[i][j] += B[i][j];
    }
  }
  const q_bar = { a: 0, w: new Float64Array(p.w.length), label: undefined };
  p_bar.a += q_bar.a;
  for (let i = 0; i < p_bar.w.length; i++) {
    p_bar.w[i] += q_bar.w[i];
  }
  const C = A_bar.map((row) => row.slice());
  for (let i = 0; i < C.length; i++) {
    C[i].fill(0);
  }
  return [A_bar, p_bar.w];
}`, [[[[1, 2], [3]], { a: 1, w: Float64Array.of(1), label: '' }], [[[1, 2], [3]], Float64Array.of(0)]]);

prints('arrays', make('arrays', [['n', NUMBER], ['flag', BOOLEAN]], [NUMBER], (b, n, flag) => {
  const list = b.new(array(NUMBER), b.const(0), {}, named('list'));
  b.push(list, n);
  const flags = b.new(array(BOOLEAN), n, {}, named('flags'));
  b.store(flags, b.const(0), flag);
  const typed = b.copy(list, F64, {}, named('typed'));
  b.fill(typed, b.const(-1e-12));
  const of = b.literal(F64, [b.const(1), b.const(Infinity)], {}, named('of'));
  const pair = b.literal({ kind: 'tuple', elements: [NUMBER, NUMBER] }, [n, b.pop(list)], {}, named('pair'));
  b.setfield(pair, '1', b.prim('mul', [b.field(pair, '1'), b.const(2)]));
  return [b.prim('add', [b.prim('add', [b.field(pair, '1'), b.load(of, b.const(0))]), b.length(typed)])];
}), `
function arrays(n: number, flag: boolean): number {
  const list: number[] = [];
  list.push(n);
  const flags = new Array<boolean>(n).fill(false);
  flags[0] = flag;
  const typed = Float64Array.from(list);
  typed.fill(-1e-12);
  const of = Float64Array.of(1, Infinity);
  const pair: [number, number] = [n, list.pop()!];
  pair[1] *= 2;
  return pair[1] + of[0] + typed.length;
}`, [[3, true], 8]);

// Calls

const pair = make('calls', [['x', NUMBER]], [NUMBER], (b, x) => {
  const [y, tape] = b.call({ id: 'g_fwd', name: 'g_fwd' }, [x], [NUMBER, SAVED]);
  y.name = 'y';
  tape.name = 'saved';
  const p = b.field(tape, '0', named('p'));
  const q = b.field(tape, '2', named('q'));
  const r = b.call({ id: 'h', name: 'h' }, [b.call({ id: 'h', name: 'h' }, [p], [NUMBER])[0]], [NUMBER])[0];
  return [b.prim('add', [b.prim('mul', [r, q]), y])];
});

prints('calls with several results, saved values', pair, `
function calls(x: number): number {
  const [y, saved] = g_fwd(x);
  const [p, , q] = saved;
  return h(h(p)) * q + y;
}`, [[1], 11]);

test('results in parts', (t) => {
  const func = make('f', [['x', NUMBER]], [NUMBER], (b, x) => {
    const [, tape] = b.call({ id: 'g_fwd', name: 'g_fwd' }, [x], [NUMBER, SAVED]);
    const [x_bar] = b.call({ id: 'g_bwd', name: 'g_bwd' }, [tape, b.const(1)], [NUMBER]);
    const [u, v] = b.call({ id: 'k', name: 'k' }, [x], [NUMBER, NUMBER]);
    return [b.prim('add', [b.prim('mul', [u, v]), x_bar])];
  });
  t.is(printFunction(func, {
    names: new Names(['t']),
    resultOf: ({ name }) => name === 'g_bwd' ? { kind: 'tuple', parts: [value(NUMBER)] }
      : name === 'k' ? { kind: 'record', names: ['u', 'v'], parts: [value(NUMBER), { kind: 'tuple', parts: [value(NUMBER)] }] } : undefined,
  }), `
function f(x: number): number {
  const [, t] = g_fwd(x);
  const t_2 = g_bwd(t, 1)[0];
  const { u: t_3, v: [t_4] } = k(x);
  return t_3 * t_4 + t_2;
}`.trim());
});

// Names

test('names do not clash with what the function uses', (t) => {
  const func = make('f', [['h', NUMBER]], [NUMBER], (b, x) => {
    const scale = b.free('scale', NUMBER);
    const own = b.prim('mul', [x, scale], named('scale', 1));
    return [b.prim('add', [b.call({ id: 'h', name: 'h' }, [own], [NUMBER])[0], own])];
  });
  t.is(printFunction(func, { names: new Names(['f', 'h']) }), `
function f_2(h: number): number {
  const scale_2 = h * scale;
  return h_2(scale_2) + scale_2;
}`.trim());
  const names = new Names(['f_grad', 'f_grad_2']);
  t.deepEqual([names.fresh('f_grad'), names.of({ id: 'a', name: 'f_grad' }), names.of({ id: 'a', name: 'f_grad' }), names.fresh('x')], ['f_grad_3', 'f_grad_4', 'f_grad_4', 'x']);
});

test('forms of functions', (t) => {
  const square = make('square', [['x', NUMBER]], [NUMBER], (b, x) => [b.prim('mul', [x, x])]);
  t.is(printFunction(square, { names: new Names(), form: 'arrow' }), '(x: number): number => x * x');
  t.is(printFunction(square, { names: new Names(), exported: true }), 'export function square(x: number): number {\n  return x * x;\n}');
  const method = make('energy', [['x', NUMBER, { optional: true }], ['v', F64, { default: 'new Float64Array(2)' }]], [], (b, x) => {
    const self = b.free('this', { kind: 'record', name: 'Spring', fields: [{ name: 'k', type: NUMBER }] });
    b.setfield(self, 'k', x);
    b.extern('console.log', [self], VOID);
    return [];
  });
  t.is(printFunction(method, { names: new Names() }), `
function energy(this: Spring, x?: number, v: Float64Array = new Float64Array(2)): void {
  this.k = x;
  console.log(this);
}`.trim());
  const shaped = make('shaped', [['x', NUMBER]], [NUMBER, NUMBER], (b, x) => [x, b.prim('neg', [x])]);
  shaped.result = { kind: 'record', names: ['x', 'y'], parts: [value(NUMBER), { kind: 'tuple', parts: [value(NUMBER)] }] };
  t.is(printFunction(shaped, { names: new Names(), form: 'arrow' }), '(x: number): { x: number; y: [number] } => ({ x, y: [-x] })');
});

test('constants of the module keep their names there, and only there', (t) => {
  const func = make('f', [['x', NUMBER]], [NUMBER], (b, x) => [b.prim('mul', [b.op('const', [], [NUMBER], { value: 9.81, name: 'G' }).result, x])]);
  t.regex(printFunction(func, { names: new Names(), file: 'input.ts' }), /return G \* x;/);
  t.regex(printFunction(func, { names: new Names(), file: 'other.ts' }), /return 9\.81 \* x;/);
});

test('a type for saved values', (t) => {
  t.is(printSavedType(SAVED), 'type g_saved = [number, Float64Array, number];');
});

typeChecks();
