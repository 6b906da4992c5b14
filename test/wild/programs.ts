/**
 * Programs as found in the wild: `programs/<name>.ts` is written without a thought of differentiation, apart from
 * the marks; `programs/<name>.cases.ts` has the arguments to run it with.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import ts from 'typescript';
import { copyOf, flatten, unflatten } from '../../runtime/testing/vector.ts';
import { checkerHost } from '../../transformer/host/checker.ts';
import type { Transformed } from '../../transformer/index.ts';
import { transformProgram } from '../../transformer/program.ts';
import { isHarmless } from '../../transformer/plugin/lax.ts';
import { LENIENT, programOf } from '../support/compile.ts';
import { run } from '../support/fixtures.ts';

export const FOLDER = fileURLToPath(new URL('./programs/', import.meta.url));

export interface Wild {
  name: string;
  folder: string;
  source: string;
  /** The module as it is, without derivatives. */
  original: any;
  /** Lists of arguments by function. */
  cases: Record<string, any[][]>;
  /** Arguments (by position) and fields (by name) that are whole numbers or the like: no differences with respect to them. */
  fixed: (number | string)[];
  /** Does the oracle know all that the program uses? */
  oracle: boolean;
}

export function programNames(folder = FOLDER): string[] {
  return readdirSync(folder).filter((file) => file.endsWith('.ts') && !file.endsWith('.cases.ts')).map((file) => file.slice(0, -3)).sort();
}

export async function loadProgram(name: string, folder = FOLDER): Promise<Wild> {
  const source = readFileSync(`${folder}${name}.ts`, 'utf8');
  const { exports: original } = await run({ 'input.ts': source });
  const { cases, fixed = [], oracle = true } = await import(pathToFileURL(`${folder}${name}.cases.ts`).href);
  return { name, folder, source, original, fixed, oracle, cases: typeof cases === 'function' ? cases(original) : cases };
}

/** For each number in the arguments, in the order of `flatten`: may it be moved? */
export function movable({ fixed }: Wild, args: any[]): boolean[] {
  const mark = (x: any, key: number | string): any => {
    if (fixed.includes(key)) return copyWith(x, 0);
    if (typeof x !== 'object' || x === null || ArrayBuffer.isView(x)) return copyWith(x, 1);
    if (Array.isArray(x)) return x.map((e) => mark(e, ''));
    return Object.fromEntries(Object.entries(x).map(([k, e]) => [k, mark(e, k)]));
  };
  return args.flatMap((x, i) => flatten(mark(x, i)).map((m) => m === 1));
}

function copyWith<T>(x: T, n: number): T { return unflatten(x, flatten(x).map(() => n)); }

/** The arguments whose gradient is compared: those with a number that may be moved. */
export function argumentsToMove(wild: Wild, args: any[]): number[] {
  let at = 0;
  const moves = movable(wild, args);
  return [...args.keys()].filter((i) => moves.slice(at, at += flatten(args[i]).length).some(Boolean));
}

/**
 * A module beside the program that composes derivatives of its functions as a user would: forward over reverse and
 * reverse over reverse. A result with several numbers is first combined to one, with the weights 1, 1.5, 2, ….
 */
export function secondOrder(wild: Wild): string {
  const functions = Object.keys(wild.cases);
  const lines = [`import { grad, jvp, vjp } from 'tapeless';`, `import { ${functions.join(', ')} } from './${wild.name}.ts';`];
  for (const fn of functions) wild.cases[fn].forEach((args, k) => {
    const value = wild.original[fn](...args.map(copyOf));
    const names = args.map((_, i) => `x${i}`);
    const typed = names.map((x, i) => `${x}: NonNullable<Parameters<typeof ${fn}>[${i}]>`);
    let scalar = fn;
    if (typeof value !== 'number') {
      scalar = `${fn}_${k}_combined`;
      lines.push(`function ${scalar}(${typed.join(', ')}): number {`, `  const y = ${fn}(${names.join(', ')});`, `  return ${combination(value)};`, '}');
    }
    const moved = argumentsToMove(wild, args);
    const gradient = `grad(${scalar}, { argnums: [${moved.join(', ')}] })`;
    const tangents = typed.map((x) => x.replace('x', 'v'));
    lines.push(
      `export function ${fn}_${k}_forward(${[...typed, ...tangents].join(', ')}) { return jvp(${gradient}, [${names.join(', ')}], [${names.map((x, i) => (moved.includes(i) ? x.replace('x', 'v') : 'undefined')).join(', ')}])[1]; }`,
      `export function ${fn}_${k}_reverse(${[...typed, ...tangents].join(', ')}) { return vjp(${gradient}, [${names.join(', ')}])[1]([${moved.map((i) => `v${i}`).join(', ')}]); }`,
    );
  });
  return `${lines.join('\n')}\n`;
}

/** The numbers of a result, each with its weight. */
function combination(value: any): string {
  const numbers: string[] = [];
  const visit = (x: any, path: string): void => {
    if (typeof x === 'number') numbers.push(path);
    else if (Array.isArray(x) || ArrayBuffer.isView(x)) (x as number[]).forEach((e, i) => visit(e, `${path}[${i}]`));
    else if (x && typeof x === 'object') for (const key of Object.keys(x).sort()) visit(x[key], `${path}.${key}`);
  };
  visit(value, 'y');
  return numbers.map((path, i) => `${1 + i / 2} * ${path}`).join(' + ');
}

export interface Compiled {
  program: Transformed;
  second?: Transformed;
  diagnostics: string[];
  typeErrors: string[];
  load(): ReturnType<typeof run>;
}

/** Compiles programs, with or without the module of second derivatives, and type-checks what comes out. */
export function compileAll(programs: readonly Wild[], { second = true, optimise = true }: { second?: boolean; optimise?: boolean }): Map<string, Compiled | Error> {
  const pathOf = (w: Wild) => `${w.folder}${w.name}.ts`;
  const secondOf = (w: Wild) => `${w.folder}${w.name}.second.ts`;
  const texts = new Map(programs.flatMap((w) => (second ? [[secondOf(w), secondOrder(w)] as const] : [])));
  const host = checkerHost(ts, programOf([...programs.map(pathOf), ...texts.keys()], texts));
  const output = new Map<string, string>();
  const result = new Map<string, Compiled | Error>();
  for (const w of programs) {
    try {
      const results = transformProgram(second ? [pathOf(w), secondOf(w)] : [pathOf(w)], host, { optimise });
      const [program, more] = [results.get(pathOf(w))!, results.get(secondOf(w))];
      output.set(pathOf(w), program.text);
      if (more) output.set(secondOf(w), more.text);
      const at = (text: string, start: number) => text.slice(0, start).split('\n').length;
      const diagnostics = [...results].flatMap(([file, r]) => r.diagnostics.map((d) => {
        const text = texts.get(file) ?? w.source;
        return `${d.code} line ${at(text, d.span.start)} \`${text.slice(d.span.start, d.span.end).replace(/\s+/g, ' ').slice(0, 60)}\`: ${d.message}`;
      }));
      const sources = { [`${w.name}.ts`]: program.text, ...(more && { [`${w.name}.second.ts`]: more.text }) };
      const entry = Object.keys(sources).map((file) => `export * from './${file}';`).join('\n');
      result.set(w.name, { program, second: more, diagnostics, typeErrors: [], load: () => run({ ...sources, 'input.ts': entry }) });
    } catch (error) {
      result.set(w.name, error as Error);
    }
  }
  const checked = programOf([...output.keys()], output, LENIENT);
  for (const w of programs) for (const file of [pathOf(w), secondOf(w)]) {
    const [compiled, source] = [result.get(w.name), output.has(file) && checked.getSourceFile(file)];
    if (!source || !compiled || compiled instanceof Error) continue;
    for (const d of ts.getPreEmitDiagnostics(checked, source)) {
      const { generated } = file === pathOf(w) ? compiled.program : compiled.second!;
      if (isHarmless(ts, d) || !generated.some(({ start, end }) => start <= d.start! && d.start! < end)) continue;
      const { line } = ts.getLineAndCharacterOfPosition(source, d.start ?? 0);
      compiled.typeErrors.push(`${ts.flattenDiagnosticMessageText(d.messageText, ' ')}: ${source.text.split('\n')[line].trim()}`);
    }
  }
  return result;
}
