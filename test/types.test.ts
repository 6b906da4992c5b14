/** The types of the transforms: what type-checks, what doesn't, and what exactly comes out. */
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import test from 'ava';

const runtime = fileURLToPath(new URL('../runtime/index.ts', import.meta.url));
const PRELUDE = `import { grad, hessian, jacobian, linearize, valueAndGrad, vjp, jvp, vmap, type Cotangent, type Tangent } from ${JSON.stringify(runtime)};
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false;
declare function is<A>(): <B>(b: B, ...same: Same<A, B> extends true ? [] : [never]) => void;
interface Body { readonly name: string; p: readonly [number, number]; m: number; tag?: 1 | 2; at?: Float64Array; move(): void }
declare function loss(x: Float64Array, k: number, body: Body, scale?: number): number;
declare function path(t: number): readonly number[];
declare function title(x: number): string;
declare const bodies: Body;
declare const some: number;
declare const list: number[];
`;

/** Messages of the type checker, one line each, for all snippets in one program. */
function check(snippets: string[]): string[][] {
  const options: ts.CompilerOptions = {
    strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, noEmit: true, skipLibCheck: true, allowImportingTsExtensions: true,
    target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext, lib: ['lib.es2023.d.ts'], types: [],
  };
  const directory = fileURLToPath(new URL('.', import.meta.url));
  const texts = new Map(snippets.map((s, i) => [`${directory}snippet-${i}.mts`, `${PRELUDE}\n${s}`]));
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  host.fileExists = (file) => texts.has(file) || fileExists(file);
  host.readFile = (file) => texts.get(file) ?? readFile(file);
  host.getSourceFile = (file, ...rest) => {
    const text = texts.get(file);
    return text === undefined ? getSourceFile(file, ...rest) : ts.createSourceFile(file, text, options.target!);
  };
  const program = ts.createProgram([...texts.keys()], options, host);
  return [...texts.keys()].map((file) => ts.getPreEmitDiagnostics(program, program.getSourceFile(file)).map((d) => ts.flattenDiagnosticMessageText(d.messageText, '\n')));
}

const ACCEPTED: Record<string, string> = {
  'the gradient of one argument': 'is<Float64Array>()(grad(loss)(new Float64Array(2), 3, bodies));',
  'of a number': 'is<number>()(grad(loss, { argnums: 1 })(new Float64Array(2), 3, bodies));',
  'of a record': 'is<Cotangent<Body>>()(grad(loss, { argnums: 2 })(new Float64Array(2), 3, bodies));',
  'of a list of one': 'is<[Float64Array]>()(grad(loss, { argnums: [0] })(new Float64Array(2), 3, bodies));',
  'of several': 'is<[number, Float64Array]>()(grad(loss, { argnums: [1, 0] })(new Float64Array(2), 3, bodies));',
  'of an argument known at run time': `is<number | Float64Array | Cotangent<Body> | undefined>()(grad(loss, { argnums: some })(new Float64Array(2), 3, bodies));
    is<(number | Float64Array | Cotangent<Body> | undefined)[]>()(grad(loss, { argnums: list })(new Float64Array(2), 3, bodies));`,
  'the record that the compiler inserts': 'is<Float64Array>()(grad(loss, undefined, { wrt: [0], params: 4, grad: loss })(new Float64Array(2), 3, bodies));',
  'optional parameters': 'const g = grad(loss); g(new Float64Array(2), 3, bodies); g(new Float64Array(2), 3, bodies, 1);',
  'value and gradient': 'is<[value: number, gradient: Float64Array]>()(valueAndGrad(loss)(new Float64Array(2), 3, bodies));',
  'where a function is expected': 'const of = (d: (x: number) => number) => d(1); of(grad((x: number) => x * x));',
  'linear maps': 'const [y, push] = linearize(loss, [new Float64Array(2), 3, bodies]); is<number>()(y); is<number>()(push(new Float64Array(2))); is<number>()(push(undefined, 1));',
  'Jacobians': `is<Float64Array>()(jacobian(loss)(new Float64Array(2), 3, bodies)); is<[number, Float64Array]>()(jacobian(loss, { argnums: [1, 0] })(new Float64Array(2), 3, bodies));
    is<number[]>()(jacobian(path)(1)); declare function rows(x: Float64Array): Float64Array; is<Float64Array[]>()(jacobian(rows)(new Float64Array(2)));
    declare function record(x: number[]): { a: number; b: [number, Float64Array]; c: string }; is<{ a: number[]; b: [number[], number[][]]; c: undefined }>()(jacobian(record)([1]));`,
  'Hessians': 'is<Float64Array[]>()(hessian(loss)(new Float64Array(2), 3, bodies)); is<[[number]]>()(hessian((x: number) => x * x, { argnums: [0] })(1));',
  'batches': `declare function f(x: number, w: Float64Array): number; const floats: Float64Array = vmap(f, [0, null])(new Float64Array(2), new Float64Array(3)); is<number[]>()(vmap(f, [0, null])([1, 2], new Float64Array(3)));
    is<number[]>()(vmap(f)([1, 2], [new Float64Array(3)])); is<number[]>()(vmap(f, [null, 0])(1, [new Float64Array(3)]));
    declare function g(p: { x: number; k: number }): { e: number; q: readonly [number, string]; row: number[] };
    is<{ e: number[]; q: [number[], string[]]; row: number[][] }>()(vmap(g)([{ x: 1, k: 2 }])); vmap(g, [{ x: 0, k: null }])({ x: [1, 2], k: 2 });
    is<Float64Array[]>()(vmap(grad(loss), [0, null, null])([new Float64Array(2)], 3, bodies));`,
  'the gradient of a gradient': 'is<number>()(grad(grad((x: number) => x * x))(1));',
  'structures': `is<{ name: undefined; p: [number, number]; m: number; tag?: number; at?: Float64Array; move: undefined }>()(null! as Cotangent<Body>);
    is<[number, undefined, { a: number[][] }]>()(null! as Cotangent<readonly [1, string, { readonly a: readonly (readonly number[])[] }]>);
    is<undefined>()(null! as Cotangent<boolean>); is<number>()(null! as Cotangent<1 | 2>); is<undefined>()(null! as Cotangent<Int32Array>);
    is<undefined>()(null! as Cotangent<() => void>); is<number | undefined>()(null! as Cotangent<number | null>);
    is<Float32Array>()(null! as Cotangent<Float32Array>); is<Record<string, number>>()(null! as Cotangent<Record<string, 1>>);`,
  'cotangents are tangents, and values too': `jvp(loss, [new Float64Array(2), 3, bodies], [undefined, 1, bodies]);
    const t: Tangent<Body> = null! as Cotangent<Body>; const least: Tangent<Body> = { p: [1, 2], m: 1 };`,
  'vjp': `const [y, pull] = vjp(loss, [new Float64Array(2), 3, bodies]); is<number>()(y);
    is<[x: Float64Array, k: number, body: Cotangent<Body>, scale?: number | undefined]>()(pull(1));
    const [ps, back] = vjp(path, [1]); is<readonly number[]>()(ps); is<[t: number]>()(back([1]));`,
  'jvp': `is<[value: readonly number[], tangent: number[]]>()(jvp(path, [1], [1])); jvp(path, [1], [undefined]);`,
  'methods': `class Spring { k = 1; energy(x: number): number { return this.k * x * x; } slope = grad(this.energy); }
    function of(this: Spring, x: number): number { return this.k * x; }
    class Other extends Spring { force = grad(of); } is<number>()(new Other().force(1));`,
  'generics': `function descend<P>(f: (p: P) => number, p: P): Cotangent<P> { return grad(f)(p); }
    is<number>()(descend((x: number) => x, 1));`,
};

const REFUSED: Record<string, [code: string, message: RegExp]> = {
  'grad of a string': ['grad(title);', /string/],
  'grad of a vector': ['grad(path);', /number\[\]/],
  'valueAndGrad of a string': ['valueAndGrad(title);', /string/],
  'grad of no function': ['grad(1);', /number/],
  'an argument of another type': ['grad(loss)("x", 3, bodies);', /string/],
  'a missing argument': ['grad(loss)(new Float64Array(2), 3);', /[Ee]xpected|arguments/],
  'an argument that is not there': ['grad(loss, { argnums: 7 })(new Float64Array(2), 3, bodies).length;', /./],
  'a misspelt option': ['grad(loss, { argnum: 1 });', /argnum/],
  'a tangent of another structure': ['jvp(path, [1], [[1]]);', /number/],
  'too many tangents': ['jvp(path, [1], [1, 1]);', /2/],
  'a cotangent of another structure': ['vjp(path, [1])[1](1);', /number/],
  'a method without its object': ['function of(this: { k: number }, x: number): number { return this.k * x; } grad(of)(1);', /this/],
};

test('types', (t) => {
  const names = [...Object.keys(ACCEPTED), ...Object.keys(REFUSED)];
  const messages = check([...Object.values(ACCEPTED), ...Object.values(REFUSED).map(([code]) => code)]);
  names.forEach((name, i) => {
    if (name in ACCEPTED) t.deepEqual(messages[i], [], name);
    else t.regex(messages[i].join('\n'), REFUSED[name][1], name);
  });
});
