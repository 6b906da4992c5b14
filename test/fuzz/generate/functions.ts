/** Functions: helpers of the module in many forms, closures, functions as values, calls. */
import { bounded, number } from './numbers.ts';
import { hasPattern, pattern } from './patterns.ts';
import { block, returnStatement, statement } from './statements.ts';
import { type Block, type Part, type Tree, list, other, stmt, tree } from './tree.ts';
import { NUMBER, type Type, VOID, arrayOf, keyOf, listOf, typeText } from './types.ts';
import { value } from './values.ts';
import type { Callee, Writer } from './writer.ts';

export function call(w: Writer, callee: Callee, budget: number): Tree {
  w.grows ||= callee.grows === true;
  w.use('call', ...(callee.constructs ?? []));
  const { params, optional = 0 } = callee;
  const given = optional && w.chance(50) ? params.length - 1 - w.int(optional) : params.length;
  if (given < params.length) w.use('optional parameter');
  const args: Part[] = params.slice(0, given).map((p) => value(w, p, budget - 1));
  if (callee.rest) for (let k = w.int(3); k > 0; k--) args.push(number(w, 1));
  if (callee.recursive) args.push(String(1 + w.int(2)));
  const receiver: Part = callee.receiver ? other`${value(w, callee.receiver, 1)}.` : '';
  return tree(keyOf(callee.result))`${receiver}${callee.name}(${list(args)})`;
}

/** A function where one is wanted: an arrow, or the name of a function of this type. */
export function functionValue(w: Writer, type: Extract<Type, { kind: 'function' }>): Tree {
  const fits = w.functions.flat().filter((c) => !c.receiver && !c.recursive && !c.optional && !c.rest && !c.grows && !c.name.includes('.')
    && keyOf({ kind: 'function', params: c.params, result: c.result }) === keyOf(type));
  if (fits.length && w.chance(40)) return other`${w.pick(fits).name}`;
  const params = type.params.map((p) => ({ name: w.name('z'), type: p, assignable: false }));
  return w.inFunction(params, type.result, () => other`(${list(params.map((p) => p.name))}) => ${bounded(w, 2)}`);
}

interface Signature { params: readonly { name: string; type: Type; head: Part }[]; optional: number; rest?: string; locals: readonly { name: string; type: Type }[] }

/** Parameters of all kinds: patterns, defaults, functions, rest. */
function signature(w: Writer, prefix: string, count: number): Signature {
  const locals: { name: string; type: Type }[] = [];
  const params = Array.from({ length: count }, () => {
    const isFunction = w.wants('function parameter', 6);
    const type: Type = isFunction ? { kind: 'function', params: w.chance(60) ? [NUMBER] : [NUMBER, NUMBER], result: NUMBER } : w.chance(35) ? NUMBER : w.pick(w.pool);
    const name = w.name(prefix);
    if (!isFunction && hasPattern(w, type) && w.wants('destructured parameter', 6)) {
      const { text, bound } = pattern(w, type);
      w.use('destructured parameter');
      locals.push(...bound);
      return { name: '', type, head: other`${text}: ${typeText(type)}` as Part };
    }
    return { name, type, head: `${name}: ${typeText(type)}` as Part };
  });
  let optional = 0;
  const last = params.at(-1);
  if (last?.name && last.type.kind === 'number' && w.wants('default parameter', 20)) {
    optional = 1;
    w.use('default parameter');
    last.head = `${last.name} = ${w.pick(['0.5', '2', '-0.3'])}`;
  }
  const rest = !optional && w.wants('rest parameter', 3) ? w.name('r') : undefined;
  return { params, optional, locals, ...(rest ? { rest } : {}) };
}

/** Makes the body with the parameters in scope. */
function inSignature<T>(w: Writer, { params, rest, locals }: Signature, run: () => T): T {
  for (const p of params) {
    if (p.type.kind === 'function') w.functions.at(-1)!.push({ name: p.name, params: p.type.params, result: p.type.result, constructs: ['function parameter'] });
    else if (p.name) w.declare({ name: p.name, type: p.type, assignable: true, argument: true });
  }
  locals.forEach((l) => w.declare({ ...l, assignable: w.chance(50) }));
  if (rest) {
    w.use('rest parameter');
    w.declare({ name: rest, type: listOf(NUMBER), assignable: false });
  }
  return run();
}

const heads = ({ params, rest }: Signature): Part[] => [...params.map((p) => p.head), ...(rest ? [`...${rest}: number[]`] : [])];

function resultType(w: Writer, isVoid = true): Type {
  return w.choose<Type>([[5, () => NUMBER], [isVoid ? 2 : 0, () => VOID], [4, () => w.pick(w.pool)]]);
}

/** A function at the top level of a module. */
export function topLevel(w: Writer, size: number, result: Type, declare: () => void): Block {
  return w.inFrame({ result, loops: [], fixed: false, level: 1 }, () => w.inScope(() => {
    declare();
    return block(w, size, result.kind !== 'void');
  }));
}

export function helper(w: Writer): Tree[] {
  return w.choose<Tree[]>([
    [8, () => [plainHelper(w)]],
    [2, () => [recursive(w)], 'recursion'],
    [1, () => mutual(w), 'mutual recursion'],
    [1, () => [generic(w)], 'generic'],
    [1, () => [overloaded(w)], 'overload'],
    [1, () => [methods(w)], 'object method'],
  ]);
}

function plainHelper(w: Writer): Tree {
  const name = w.name('h');
  const result = resultType(w);
  const shape = signature(w, 'b', 1 + w.int(3));
  const grew = w.grows;
  w.grows = false;
  const body = topLevel(w, 1 + w.int(3), result, () => inSignature(w, shape, () => undefined));
  w.functions[0].push({ name, params: shape.params.map((p) => p.type), optional: shape.optional, result, rest: shape.rest !== undefined, grows: w.grows });
  w.grows = grew;
  const head = list(heads(shape));
  return w.chance(75) ? stmt`export function ${name}(${head}): ${typeText(result)} {${body}}` : stmt`export const ${name} = (${head}): ${typeText(result)} => {${body}};`;
}

function recursiveBody(w: Writer, result: Type, params: readonly { name: string; type: Type }[], depth: string, again: (args: Part) => Part): Block {
  return w.inFrame({ result, loops: [], fixed: true, level: 1 }, () => w.inScope(() => {
    params.forEach((p) => w.declare({ ...p, assignable: true, argument: true }));
    const stop = stmt`if (${depth} <= 0) {${{ block: [returnStatement(w)] }}}`;
    const before = w.inScope(() => [...statement(w), ...statement(w)]);
    const args = list([...params.map((p) => (p.type.kind === 'number' ? number(w, 2) : p.name)), `${depth} - 1`]);
    return { block: [stop, ...before, result.kind === 'number' ? stmt`return ${number(w, 2)} + Math.sin(${again(args)});` : stmt`return ${again(args)};`] };
  }));
}

function recursive(w: Writer): Tree {
  const [name, depth] = [w.name('h'), w.name('n')];
  const result = resultType(w, false);
  const params = Array.from({ length: 1 + w.int(2) }, () => ({ name: w.name('b'), type: w.pick(w.pool) }));
  const body = recursiveBody(w, result, params, depth, (args) => other`${name}(${args})`);
  w.functions[0].push({ name, params: params.map((p) => p.type), result, recursive: true });
  return stmt`export function ${name}(${list([...params.map((p) => `${p.name}: ${typeText(p.type)}`), `${depth}: number`])}): ${typeText(result)} {${body}}`;
}

function mutual(w: Writer): Tree[] {
  const names = [w.name('h'), w.name('h')];
  const params = Array.from({ length: 1 + w.int(2) }, () => ({ name: w.name('b'), type: w.pick(w.pool) }));
  const result = resultType(w, false);
  return names.map((name, i) => {
    const depth = w.name('n');
    const body = recursiveBody(w, result, params, depth, (args) => other`${names[1 - i]}(${args})`);
    if (i === 1) w.functions[0].push({ name: names[0], params: params.map((p) => p.type), result, recursive: true });
    return stmt`export function ${name}(${list([...params.map((p) => `${p.name}: ${typeText(p.type)}`), `${depth}: number`])}): ${typeText(result)} {${body}}`;
  });
}

function generic(w: Writer): Tree {
  const name = w.name('h');
  const register = (make: (t: Type) => Omit<Callee, 'name'>) => w.pool.forEach((t) => w.functions[0].push({ name, ...make(t) }));
  return w.choose<Tree>([
    [1, () => {
      register((t) => ({ params: [NUMBER, t, t], result: t }));
      return stmt`export function ${name}<T>(c: number, a: T, b: T): T {
  return c > ${w.pick(['0', '0.5', '-0.2'])} ? a : b;
}`;
    }],
    [1, () => {
      register((t) => ({ params: [arrayOf(t)], result: t }));
      return stmt`export const ${name} = <T>(items: readonly T[]): T => items[${w.int(w.length)}]!;`;
    }],
    [1, () => {
      register((t) => ({ params: [arrayOf(t), t], result: VOID }));
      return stmt`export function ${name}<T>(items: T[], x: T): void {
  items[${w.int(w.length)}] = x;
}`;
    }],
    [1, () => {
      w.functions[0].push({ name, params: [arrayOf(NUMBER), { kind: 'function', params: [NUMBER, NUMBER], result: NUMBER }], result: NUMBER });
      return stmt`export function ${name}<T>(items: readonly T[], f: (s: number, t: T) => number): number {
  let s = 0.5;
  for (const t of items) s = f(s, t);
  return s;
}`;
    }],
  ]);
}

function overloaded(w: Writer): Tree {
  const name = w.name('h');
  const [a, b] = [w.name('b'), w.name('b')];
  const type = w.pick(w.pool);
  const body = topLevel(w, 1 + w.int(2), NUMBER, () => {
    w.declare({ name: a, type, assignable: true, argument: true });
    w.declare({ name: b, type: NUMBER, assignable: true });
  });
  w.functions[0].push({ name, params: [type, NUMBER], optional: 1, result: NUMBER });
  return stmt`export function ${name}(${a}: ${typeText(type)}): number;
export function ${name}(${a}: ${typeText(type)}, ${b}: number): number;
export function ${name}(${a}: ${typeText(type)}, ${b} = 0.25): number {${body}}`;
}

function methods(w: Writer): Tree {
  const name = w.name('ops');
  const members = Array.from({ length: 1 + w.int(2) }, () => {
    const method = w.name('m');
    const params = Array.from({ length: 1 + w.int(2) }, () => ({ name: w.name('b'), type: w.pick(w.pool) }));
    const body = topLevel(w, w.int(2), NUMBER, () => params.forEach((p) => w.declare({ ...p, assignable: true, argument: true })));
    const head = list(params.map((p) => `${p.name}: ${typeText(p.type)}`));
    return { callee: { name: `${name}.${method}`, params: params.map((p) => p.type), result: NUMBER, constructs: ['object method'] }, text: w.chance(70) ? other`${method}(${head}): number {${body}}` : other`${method}: (${head}): number => {${body}}` };
  });
  members.forEach((m) => w.functions[0].push(m.callee));
  return stmt`export const ${name} = {
  ${{ sort: '', parts: members.flatMap((m, i) => (i ? [',\n  ', m.text] : [m.text])) }},
};`;
}

/** A function inside of a function, which may read and write what is around it. */
export function closure(w: Writer): Tree {
  const result = resultType(w);
  const name = w.name('g');
  const shape = signature(w, 'q', w.int(3));
  const body = w.inFunction([], result, () => {
    inSignature(w, shape, () => undefined);
    return block(w, 1 + w.int(3), result.kind !== 'void');
  });
  w.functions.at(-1)!.push({ name, params: shape.params.map((p) => p.type), optional: shape.optional, result, rest: shape.rest !== undefined });
  const head = list(heads(shape));
  // A function declared so has a `this` of its own.
  if (!w.scopes.flat().some((v) => v.name === 'this') && w.wants('nested declaration', 30)) {
    w.use('nested declaration');
    return stmt`function ${name}(${head}): ${typeText(result)} {${body}}`;
  }
  return stmt`const ${name} = (${head}): ${typeText(result)} => {${body}};`;
}
