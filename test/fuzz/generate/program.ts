/** Random programs, as an arbitrary of fast-check: they are made from its random numbers and shrink as trees. */
import fc from 'fast-check';
import { type Composition, secondOrder } from '../checks.ts';
import type { Sources } from '../compile.ts';
import { declarations } from './declarations.ts';
import { helper, topLevel } from './functions.ts';
import { WORDS } from './numbers.ts';
import { type Block, type Tree, smallerBlock, text, without } from './tree.ts';
import { BOOLEAN, F32, F64, NUMBER, STRING, type Type, arrayOf, named, typeText } from './types.ts';
import { Writer } from './writer.ts';

export interface Program {
  /** Declarations of a module that `input.ts` imports, and of `input.ts` itself. */
  util: Block;
  head: Block;
  /** `input.ts` imports through a module that exports the other's names again. */
  reexported: boolean;
  params: readonly Param[];
  result: Type;
  body: Block;
  /** How its second derivatives are made. */
  composition: Composition;
  /** Lists of arguments. */
  cases: readonly (readonly unknown[])[];
  constructs: readonly string[];
  /** Whether elements of arrays may be undefined, to the type checker. */
  unchecked: boolean;
}

export interface Param { name: string; type: Type; hasDerivative: boolean; initial?: string }

export class Programs extends fc.Arbitrary<Program> {
  constructor(private readonly unchecked: boolean) { super(); }
  generate(random: fc.Random): fc.Value<Program> { return new fc.Value(program((n) => (n > 1 ? random.nextInt(0, n - 1) : 0), this.unchecked), undefined); }
  canShrinkWithoutContext(value: unknown): value is Program { return typeof value === 'object' && value !== null && 'body' in value; }
  shrink(value: Program): fc.Stream<fc.Value<Program>> { return fc.stream(smaller(value)).map((p) => new fc.Value(p, undefined)); }
}

function program(below: (n: number) => number, unchecked: boolean): Program {
  const w = new Writer(below, 2 + below(2), unchecked);
  if (unchecked) w.use('noUncheckedIndexedAccess');
  w.declare({ name: 'K', type: NUMBER, assignable: false });
  w.pool = pool(w);
  const modules = ['named import', 'namespace import', 'default export', 're-export'].some((c) => w.wants(c, 6));
  const util: Tree[] = [];
  const head: Tree[] = [];
  (modules ? util : head).push(...declarations(w));
  w.pool = pool(w);
  for (let i = (modules ? 1 : 0) + w.int(3); i > 0; i--) (modules ? util : head).push(...helper(w));
  const reexported = modules && w.wants('re-export', 15);
  if (modules) {
    w.use('named import', ...(reexported ? ['re-export'] : []));
    if (w.wants('namespace import', 25)) {
      for (const c of w.functions[0]) if (!c.receiver && !/^Vec|^Sub/.test(c.name)) c.name = `util.${c.name}`;
      if (w.functions[0].length) w.use('namespace import');
    } else if (w.wants('default export', 25)) {
      const at = util.findLastIndex((d) => /^export function h\d+\([^]*?\{/.test(text(d)) && text(d).indexOf('export function', 1) < 0);
      if (at >= 0) {
        util[at] = { sort: 'stmt', parts: ['export default ', ...util[at].parts.map((p, i) => (i === 0 && typeof p === 'string' ? p.replace('export ', '') : p))] };
        w.use('default export');
      }
    }
    for (let i = w.int(2); i > 0; i--) head.push(...helper(w));
  }
  const params = parameters(w);
  const result = w.chance(65) ? NUMBER : w.pick(w.pool);
  const body = topLevel(w, 2 + w.int(5), result, () => params.forEach((p) => w.declare({ name: p.name, type: p.type, assignable: true, argument: true })));
  for (const type of [...params.map((p) => p.type), result]) if (type.kind === 'tuple') w.use('tuple');
  if (isInstance(w, result)) w.use('instance result');
  const omitted = params.findIndex((p) => p.initial);
  return {
    util: { block: util }, head: { block: head }, reexported, params, result, body, unchecked, composition: w.chance(60) ? 'forwardOverReverse' : 'reverseOverReverse',
    cases: Array.from({ length: 2 }, (_, i) => (i && omitted >= 0 ? params.slice(0, omitted) : params).map((p) => argument(w, p.type))),
    constructs: [...w.constructs],
  };
}

/** A few types, so that there are many values of one type to be mixed up. */
function pool(w: Writer): Type[] {
  const types: Type[] = [NUMBER];
  if (w.chance(65)) types.push(arrayOf(NUMBER));
  if (w.chance(60)) types.push(F64);
  const rare: Type[] = [arrayOf(arrayOf(NUMBER)), arrayOf(F64), { kind: 'tuple', elements: [NUMBER, NUMBER] }, ...(w.chance(30) ? [F32] : [])];
  for (const d of w.declared.values()) {
    if (d.kind === 'enum') continue;
    types.push(named(d.name));
    if (w.chance(40)) types.push(arrayOf(named(d.name)));
  }
  for (let k = w.int(3); k > 0; k--) types.push(w.pick(rare));
  return types;
}

function isInstance(w: Writer, type: Type): boolean {
  return type.kind === 'named' ? w.declared.get(type.name)?.kind === 'class' : (type.kind === 'array' || type.kind === 'list') && isInstance(w, type.element);
}

function parameters(w: Writer): Param[] {
  const instances = w.pool.filter((t) => isInstance(w, t));
  const others = w.pool.filter((t) => !isInstance(w, t));
  const params: Param[] = Array.from({ length: 1 + w.int(4) }, () => {
    const instance = instances.length > 0 && w.wants('instance argument', 25);
    if (instance) w.use('instance argument');
    return { name: w.name('a'), type: w.pick(instance ? instances : others), hasDerivative: true };
  });
  if (w.chance(10)) params.push({ name: w.name('a'), type: w.pick([STRING, BOOLEAN]), hasDerivative: false });
  for (const d of w.declared.values()) if (d.kind === 'enum' && w.chance(60)) params.push({ name: w.name('a'), type: named(d.name), hasDerivative: false });
  if (w.wants('default parameter', 5)) {
    params.push({ name: w.name('a'), type: NUMBER, hasDerivative: true, initial: w.pick(['0.5', 'K']) });
    w.use('default parameter');
  }
  return params;
}

function argument(w: Writer, type: Type): unknown {
  const x = () => (w.int(400) - 200) / 100 + 0.003;
  const many = <T>(make: () => T) => Array.from({ length: w.length }, make);
  switch (type.kind) {
    case 'number': return x();
    case 'boolean': return w.chance(50);
    case 'string': return w.pick(WORDS);
    case 'floats': return type.name === 'Float64Array' ? Float64Array.from(many(x)) : Float32Array.from(many(x));
    case 'array': return many(() => argument(w, type.element));
    case 'tuple': return type.elements.map((e) => argument(w, e));
    case 'named': {
      const d = w.declared.get(type.name)!;
      if (d.kind === 'enum') return new EnumMember(d.name, w.pick(d.members));
      if (d.kind === 'class') return new Instance(d.name, d.params.map((p) => argument(w, p)));
      const variant = d.kind === 'union' ? w.pick(d.variants) : undefined;
      const fields = d.kind === 'record' ? d.fields : variant!.fields;
      return Object.fromEntries([...(d.kind === 'union' ? [[d.tag, variant!.tag]] : []), ...fields.filter((f) => !f.optional || w.chance(60)).map((f) => [f.name, argument(w, f.type)])]);
    }
    default: throw new Error(`no argument of type ${typeText(type)}`);
  }
}

/** A member of an enum, whose value its declaration says. */
export class EnumMember {
  constructor(readonly type: string, readonly member: string) {}
}

/** An instance, made by the program's class. */
export class Instance {
  constructor(readonly type: string, readonly args: readonly unknown[]) {}
}

/** An argument as the program has it that exports these. */
export function revive(x: unknown, exports: Record<string, any>): unknown {
  if (x instanceof EnumMember) return exports[x.type][x.member];
  if (x instanceof Instance) return new exports[x.type](...x.args.map((a) => revive(a, exports)));
  if (Array.isArray(x)) return x.map((e) => revive(e, exports));
  if (typeof x !== 'object' || x === null || ArrayBuffer.isView(x)) return x;
  return Object.fromEntries(Object.entries(x).map(([key, part]) => [key, revive(part, exports)]));
}

const BEFORE = 'export const K = 0.75;\n\n';

/** The modules of the program; with parameters, it exports its second derivatives with respect to these, too. */
export function sourcesOf(p: Program, second: readonly number[] = []): Sources {
  const util = p.util.block.map((d) => `${text(d)}\n\n`).join('');
  const params = p.params.map((a) => ({ name: a.name, type: typeText(a.type) }));
  const head = p.params.map((a) => (a.initial ? `${a.name} = ${a.initial}` : `${a.name}: ${typeText(a.type)}`)).join(', ');
  const own = `${p.head.block.map((d) => `${text(d)}\n\n`).join('')}// @differentiate\nexport function f(${head}): ${typeText(p.result)} {${text(p.body)}}\n`;
  const transforms = second.length ? secondOrder(p.composition, params, second) : '';
  const imports = transforms ? `import { grad, ${p.composition === 'forwardOverReverse' ? 'jvp' : 'vjp'} } from 'tapeless';\n` : '';
  if (!util) return { 'input.ts': `${imports}${imports && '\n'}${/\bK\b/.test(own) ? BEFORE : ''}${own}${transforms}` };
  const from = p.reexported ? './index.ts' : './util.ts';
  const whole = BEFORE + util;
  const names = [...whole.matchAll(/^export (?:function|const enum|const|enum|class|interface|type) (\w+)/gm)].map((m) => m[1]);
  const fallback = /^export default function (\w+)/m.exec(whole)?.[1];
  const used = [...new Set(names)].filter((name) => name !== fallback && new RegExp(`(?<!util\\.)\\b${name}\\b`).test(own));
  const importLines = [
    fallback && new RegExp(`\\b${fallback}\\(`).test(own) ? `import ${fallback} from '${from}';\n` : '',
    /\butil\./.test(own) ? `import * as util from '${from}';\n` : '',
    used.length ? `import { ${used.map((name) => (new RegExp(`^export (interface|type) ${name}\\b`, 'm').test(whole) ? `type ${name}` : name)).join(', ')} } from '${from}';\n` : '',
  ].join('');
  // The harness makes arguments with what `input.ts` exports.
  const needed = [...new Set(JSON.stringify(p.cases, (_, x) => (x instanceof EnumMember || x instanceof Instance ? { made: x.type, ...x } : x)).match(/(?<="made":")\w+/g) ?? [])];
  const handed = needed.length ? `export { ${needed.join(', ')} } from '${from}';\n` : '';
  return {
    'util.ts': whole,
    ...(p.reexported ? { 'index.ts': `export * from './util.ts';\n${fallback ? `export { default } from './util.ts';\n` : ''}` } : {}),
    'input.ts': `${imports}${importLines}${handed}\n${own}${transforms}`,
  };
}

/** Positions of the parameters with a derivative. */
export const wrtOf = (p: Program): number[] => p.params.flatMap((a, i) => (a.hasDerivative ? [i] : []));

function* smaller(p: Program): Generator<Program> {
  if (p.cases.length > 1) for (const c of p.cases) yield { ...p, cases: [c] };
  for (const head of smallerBlock(p.head)) yield { ...p, head };
  for (const util of smallerBlock(p.util)) yield { ...p, util };
  if (p.util.block.length && !text(p.body).includes('util.')) yield { ...p, util: { block: [] }, head: { block: [...p.util.block, ...p.head.block] } };
  if (p.reexported) yield { ...p, reexported: false };
  if (p.unchecked) yield { ...p, unchecked: false };
  for (const i of p.params.keys()) yield { ...p, params: without(p.params, i), cases: p.cases.map((c) => without(c, i)) };
  for (const body of smallerBlock(p.body)) yield { ...p, body };
}
