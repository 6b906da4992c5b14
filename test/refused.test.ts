/**
 * A number that comes back from where no derivative follows it must be an error, on whatever way it takes: never a zero.
 * Each thing that loses the derivative is tried on each way; and with stopGradient where it goes in, each compiles.
 */
import test from 'ava';
import ts from 'typescript';
import { checkerHost } from '../transformer/host/checker.ts';
import { transform } from '../transformer/index.ts';
import { programOf } from './support/compile.ts';

/** What loses the derivative of §, with the code of the error; `around` is declared in the module. */
interface Thing { code: string; lost: string; around?: string }

const THINGS: Record<string, Thing> = {
  'or': { code: 'TL3001', lost: '(§ | 0)' },
  'and': { code: 'TL3001', lost: '(§ & 255)' },
  'xor': { code: 'TL3001', lost: '(§ ^ 1)' },
  'not': { code: 'TL3001', lost: '(~~§)' },
  'left shift': { code: 'TL3001', lost: '(§ << 1)' },
  'right shift': { code: 'TL3001', lost: '(§ >> 1)' },
  'unsigned shift': { code: 'TL3001', lost: '(§ >>> 1)' },
  'toFixed': { code: 'TL3003', lost: 'Number(§.toFixed(2))' },
  'toPrecision': { code: 'TL3003', lost: '+§.toPrecision(3)' },
  'template': { code: 'TL3003', lost: 'parseFloat(`${§}`)' },
  'String': { code: 'TL3003', lost: 'Number(String(§))' },
  'concatenation': { code: 'TL3003', lost: `Number('1' + §)` },
  'length of text': { code: 'TL3003', lost: '`${§}`.length' },
  'JSON': { code: 'TL3003', lost: '(JSON.parse(JSON.stringify({ v: § })) as { v: number }).v' },
  'JSON of a number': { code: 'TL3003', lost: '(JSON.parse(JSON.stringify(§)) as number)' },
  'BigInt': { code: 'TL3003', lost: 'Number(BigInt(§ * 8))' },
  'Date': { code: 'TL3003', lost: 'new Date(§).getTime()' },
  'boxed': { code: 'TL3003', lost: 'new Number(§).valueOf()' },
  'without source': { code: 'TL3002', lost: 'measure(§)', around: 'declare function measure(x: number): number;' },
  'method without source': { code: 'TL3002', lost: 'lib.measure(1, §)', around: 'declare const lib: { measure(n: number, x: number): number };' },
  'Date.UTC': { code: 'TL3002', lost: 'Date.UTC(§, 1)' },
  'whole numbers': { code: 'TL3013', lost: 'Int32Array.of(§)[0]' },
  'any': { code: 'TL3014', lost: 'anyOf(§)', around: 'function anyOf(x: number): number { const bag: any[] = [x]; return bag[0] * 1; }' },
  'object without source': { code: 'TL3012', lost: 'kept(§)', around: `declare class Store { set(key: string, value: number): void; get(key: string): number }\nfunction kept(x: number): number { const s = new Store(); s.set('a', x); return s.get('a'); }` },
  'object of the module without source': { code: 'TL3012', lost: 'kept(§)', around: `declare const store: { set(key: string, value: number): void; get(key: string): number };\nfunction kept(x: number): number { store.set('a', x); return store.get('a'); }` },
  'DataView': { code: 'TL3010', lost: 'viewed(§)', around: 'function viewed(x: number): number { const v = new DataView(new ArrayBuffer(8)); v.setFloat64(0, x); return v.getFloat64(0); }' },
  'put and get': { code: 'TL3010', lost: 'kept(§)', around: 'declare function put(x: number): void;\ndeclare function get(): number;\nfunction kept(x: number): number { put(x); return get(); }' },
  'variable of the module': { code: 'TL3011', lost: 'kept(§)', around: 'let state = 0;\nfunction kept(x: number): number { state = x; return state; }' },
  'array of the module': { code: 'TL3011', lost: 'kept(§)', around: 'const state = [0];\nfunction kept(x: number): number { state[0] = x; return state[0]; }' },
  'record of the module': { code: 'TL3011', lost: 'kept(§)', around: 'const state = { v: 0 };\nfunction kept(x: number): number { state.v = x; return state.v; }' },
  'growing array of the module': { code: 'TL3011', lost: 'kept(§)', around: 'const all: number[] = [];\nfunction kept(x: number): number { all.push(x); return all[all.length - 1]; }' },
  'array in a Map': { code: 'TL3011', lost: 'kept(§)', around: `const rows = new Map<string, number[]>();\nfunction kept(x: number): number { const row = rows.get('a') ?? [0]; row[0] = x; return (rows.get('a') ?? [0])[0]; }` },
};

/** How the number gets there and back: `lost` gives the expression. */
const WAYS: Record<string, (lost: (x: string) => string) => string> = {
  'straight': (lost) => `export function f(x: number): number {\n  return ${lost('x')} * 3 + x;\n}`,
  'a helper': (lost) => `function helper(v: number): number {\n  const w = v * 2;\n  return ${lost('w')};\n}\n// @differentiate\nexport function f(x: number): number {\n  return helper(x) * x;\n}`,
  'a long helper': (lost) => `function helper(v: number, n: number): number {\n  let s = 0;\n  for (let i = 0; i < n; i++) {\n    if (i % 2 === 0) s += ${lost('v')} * i;\n    else s -= Math.sin(v * i);\n  }\n  return n > 2 ? helper(s, n - 2) : s;\n}\n// @differentiate\nexport function f(x: number): number {\n  return helper(x, 5) + x;\n}`,
  'a loop': (lost) => `export function f(x: number): number {\n  let s = x;\n  for (let i = 0; i < 3; i++) s = ${lost('s')} + x;\n  return s;\n}`,
  'an array': (lost) => `export function f(x: number): number {\n  const a = [x, 2 * x, 1];\n  a[2] = ${lost('a[1]')};\n  return a[2] * a[0];\n}`,
  'a record': (lost) => `export function f(x: number): number {\n  const p = { x, y: { z: 0 } };\n  p.y.z = ${lost('p.x')};\n  return p.y.z + p.x;\n}`,
  'a callback': (lost) => `export function f(x: number): number {\n  return [1, 2].map((k) => k * ${lost('x')}).reduce((a, b) => a + b, x);\n}`,
  'a closure': (lost) => `export function f(x: number): number {\n  let y = 0;\n  const step = (v: number): void => {\n    y += ${lost('v')};\n  };\n  step(x);\n  step(x * x);\n  return y + x;\n}`,
  'a branch': (lost) => `export function f(x: number): number {\n  let y = x;\n  if (x > 0) y = ${lost('x')};\n  return y * x;\n}`,
  'an argument': (lost) => `export function f(v: Float64Array): number {\n  let s = 0;\n  for (const x of v) s += x * ${lost('x')};\n  return s;\n}`,
  'written in place': (lost) => `function round(v: Float64Array): void {\n  for (let i = 0; i < v.length; i++) v[i] = ${lost('v[i]')};\n}\n// @differentiate\nexport function f(v: Float64Array): number {\n  const w = v.slice();\n  round(w);\n  return w[0] * v[1];\n}`,
  'a method': (lost) => `export class Scale {\n  factor = 2;\n  // @differentiate\n  f(x: number): number {\n    return ${lost('x')} * this.factor + x;\n  }\n}`,
};

const marked = (text: string) => (text.includes('@differentiate') ? text : `// @differentiate\n${text}`);
const texts = new Map<string, string>();
const cases: { title: string; code: string; file: string; stopped: string }[] = [];
for (const [thing, { code, lost, around = '' }] of Object.entries(THINGS)) {
  for (const [way, program] of Object.entries(WAYS)) {
    const write = (argument: (x: string) => string, file: string) => {
      const body = marked(program((x) => lost.replaceAll('§', argument(x))));
      texts.set(file, `import { stopGradient } from 'tapeless';\n${around}\n${body}\n`);
      return file;
    };
    const k = cases.length;
    cases.push({ title: `${thing}, ${way}`, code, file: write((x) => x, `/refused/${k}/input.ts`), stopped: write((x) => `stopGradient(${x})`, `/refused/${k}/stopped.ts`) });
  }
}

const program = programOf([...texts.keys()], texts);
const host = { ...checkerHost(ts, program), demands: () => [] };
const describe = (file: string) => transform(file, host).diagnostics.map((d) => `${d.code} ${texts.get(file)!.slice(d.span.start, d.span.end)}: ${d.message}`);

for (const { title, code, file, stopped } of cases) {
  test(title, (t) => {
    t.deepEqual(describe(file).map((d) => d.slice(0, 6)), [code], texts.get(file));
    t.deepEqual(describe(stopped), [], texts.get(stopped));
  });
}
