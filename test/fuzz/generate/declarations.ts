/** What a program declares: interfaces, unions, enums, classes, functions with hidden state. */
import { topLevel } from './functions.ts';
import { type Part, type Tree, list, other, stmt } from './tree.ts';
import { type Declared, F64, type Field, NUMBER, type Type, VOID, arrayOf, named, typeText } from './types.ts';
import type { Callee, Writer } from './writer.ts';

/** Types of the program, by chance; their values make up its pool. */
export function declarations(w: Writer): Tree[] {
  const found: Tree[] = [];
  if (w.chance(60) || ['interface', 'optional property', '??', '?.', '??='].some((c) => w.wants(c, 0))) found.push(record(w, 'Point'));
  if (w.declared.has('Point') && w.chance(45)) found.push(record(w, 'State'));
  if (w.wants('discriminated union', 20)) found.push(union(w));
  if (w.wants('enum', 8) || w.wants('switch on enum', 3)) found.push(enumeration(w, 'Mode', false));
  else if (w.wants('const enum', 4)) found.push(enumeration(w, 'Mode', true));
  if (['class', 'parameter property', 'method', 'getter', 'static member', 'inheritance', 'overriding', 'super call', 'instance argument', 'instance result'].some((c) => w.wants(c, 2))) {
    found.push(classOf(w, 'Vec'));
    if (w.wants('inheritance', 20) || w.wants('overriding', 10) || w.wants('super call', 10)) found.push(classOf(w, 'Sub', 'Vec'));
  }
  if (w.wants('counter', 4)) found.push(...counter(w));
  if (w.wants('random generator', 4)) found.push(...generator(w));
  return found;
}

const FIELDS = ['a', 'b', 'c', 'd'];

function fields(w: Writer, names: readonly string[], rich: boolean): Field[] {
  return names.map((name, i) => {
    const type: Type = i === 0 || !rich ? NUMBER : w.choose<Type>([
      [4, () => NUMBER], [2, () => arrayOf(NUMBER)], [2, () => F64], [1, () => ({ kind: 'tuple', elements: [NUMBER, NUMBER] })],
      ...(w.declared.has('Point') ? [[3, () => named('Point')], [1, () => arrayOf(named('Point'))]] as const : []),
    ]);
    const readonly = w.wants('readonly', 8);
    if (readonly) w.use('readonly');
    return { name, type, readonly };
  });
}

function record(w: Writer, name: string): Tree {
  const own = fields(w, name === 'Point' ? ['a', 'b', 'c'].slice(0, 2 + w.int(2)) : ['p', 'v', 'q', 'u'].slice(0, 2 + w.int(3)), name === 'State');
  if (['optional property', '??', '?.', '??='].some((c) => w.wants(c, 5))) {
    own.push({ name: `${FIELDS.at(-1)}${name === 'Point' ? '' : 's'}`, type: NUMBER, optional: true });
    w.use('optional property');
  }
  w.declared.set(name, { kind: 'record', name, fields: own });
  const members = own.map(fieldText);
  if (w.wants('alias', 30)) return stmt`export type ${name} = { ${members.join('; ')} };`;
  w.use('interface');
  return stmt`export interface ${name} { ${members.join('; ')} }`;
}

const fieldText = (f: Field): string => `${f.readonly ? 'readonly ' : ''}${f.name}${f.optional ? '?' : ''}: ${typeText(f.type)}`;

function union(w: Writer): Tree {
  const tag = w.pick(['kind', 'type']);
  const variants = ['disc', 'box', 'line'].slice(0, 2 + w.int(2)).map((name, i) => ({
    tag: name, fields: fields(w, [['r', 's'], ['w', 'h'], ['l', 'm']][i].slice(0, 1 + w.int(2)), w.chance(40)),
  }));
  w.declared.set('Shape', { kind: 'union', name: 'Shape', tag, variants });
  return stmt`export type Shape = ${variants.map((v) => `{ ${[`${tag}: '${v.tag}'`, ...v.fields.map(fieldText)].join('; ')} }`).join(' | ')};`;
}

function enumeration(w: Writer, name: string, isConst: boolean): Tree {
  w.use(isConst ? 'const enum' : 'enum');
  const members = ['Low', 'Mid', 'High'];
  w.declared.set(name, { kind: 'enum', name, members });
  const strings = w.chance(30);
  return stmt`export ${isConst ? 'const ' : ''}enum ${name} { ${members.map((m, i) => (strings ? `${m} = '${m}'` : i === 0 && w.chance(30) ? `${m} = 2` : m)).join(', ')} }`;
}

/** A class: fields from parameters and initialisers, a getter, methods, a static one. */
function classOf(w: Writer, name: string, parentName?: string): Tree {
  const parent = parentName ? w.declared.get(parentName) as Extract<Declared, { kind: 'class' }> : undefined;
  w.use('class', ...(parent ? ['inheritance'] : []));
  const mark = name === 'Vec' ? '' : '2';
  const own = fields(w, ['x', 'y'].slice(0, 1 + w.int(2)).map((f) => f + mark), w.chance(40)).map((f) => ({ ...f, isProperty: w.wants('parameter property', 50) }));
  const extra: Field[] = w.chance(40) ? [{ name: `z${mark}`, type: NUMBER }] : [];
  const params = [...(parent?.params ?? []), ...own.map((f) => f.type)];
  const getters: string[] = [];
  const methods: Callee[] = [];
  const declared: Extract<Declared, { kind: 'class' }> = {
    kind: 'class', name, fields: [...(parent?.fields ?? []), ...own, ...extra], params, methods, getters, ...(parent ? { parent: parent.name } : {}),
  };
  w.declared.set(name, declared);

  const members: Part[] = extra.map((f) => `${f.name} = ${w.pick(['0.5', '1', '-0.25'])};`);
  for (const f of own) if (!f.isProperty) members.push(`${f.readonly ? 'readonly ' : ''}${f.name}: ${typeText(f.type)};`);
  if (own.some((f) => f.isProperty)) w.use('parameter property');
  const parentParams = (parent?.params ?? []).map((type, i) => ({ name: `q${i}`, type }));
  const head = list([
    ...parentParams.map((p) => `${p.name}: ${typeText(p.type)}`),
    ...own.map((f) => `${f.isProperty ? `${f.readonly ? '' : w.pick(['public ', 'public ', 'readonly '])}${f.readonly ? 'readonly ' : ''}` : ''}${f.name}: ${typeText(f.type)}`),
  ]);
  // A parameter property that is readonly by chance is not assigned either.
  const text = head.parts.map(String).join('');
  declared.fields.forEach((f) => { if (text.includes(`readonly ${f.name}:`)) (f as { readonly?: boolean }).readonly = true; });
  const assigns: Tree[] = [
    ...(parent ? [stmt`super(${parentParams.map((p) => p.name).join(', ')});`] : []),
    ...own.filter((f) => !f.isProperty).map((f) => stmt`this.${f.name} = ${f.name};`),
  ];
  members.push(other`constructor(${head}) {${{ block: assigns }}}`);

  const self: Type = named(name);
  const inside = (result: Type, given: readonly { name: string; type: Type }[], size: number, locals: readonly { name: string; type: Type }[] = []) => topLevel(w, size, result, () => {
    w.declare({ name: 'this', type: self, assignable: false, argument: true });
    given.forEach((p) => w.declare({ ...p, assignable: true }));
    locals.forEach((l) => w.declare({ ...l, assignable: false }));
  });
  if (w.wants('getter', 40)) {
    const getter = `size${mark}`;
    members.push(other`get ${getter}(): number {${inside(NUMBER, [], 0)}}`);
    getters.push(getter);
  }
  getters.push(...(parent?.getters ?? []));
  const inherited = parent?.methods.filter(() => w.wants('overriding', 40)) ?? [];
  for (const m of inherited) {
    w.use('overriding');
    const given = m.params.map((type) => ({ name: w.name('b'), type }));
    const above = w.wants('super call', 50) && m.result.kind === 'number';
    if (above) w.use('super call');
    const call = stmt`const above = super.${m.name}(${given.map((g) => g.name).join(', ')});`;
    // What may be called calls what it overrides: it calls nothing, so that there is no recursion without end.
    const callable = w.functions;
    w.functions = [[]];
    const body = inside(m.result, given, 1, above ? [{ name: 'above', type: NUMBER }] : []);
    w.functions = callable;
    const block = above ? { block: [call, ...body.block] } : body;
    members.push(other`${w.chance(60) ? 'override ' : ''}${m.name}(${given.map((g) => `${g.name}: ${typeText(g.type)}`).join(', ')}): ${typeText(m.result)} {${block}}`);
  }
  for (let k = 1 + w.int(2); k > 0; k--) {
    const method = w.name('m');
    const given = Array.from({ length: w.int(3) }, () => ({ name: w.name('b'), type: w.chance(60) ? NUMBER : w.chance(40) ? self : w.pick(w.pool) }));
    const result = w.choose<Type>([[4, () => NUMBER], [2, () => VOID], [2, () => self]]);
    members.push(other`${method}(${given.map((g) => `${g.name}: ${typeText(g.type)}`).join(', ')}): ${typeText(result)} {${inside(result, given, 1 + w.int(2))}}`);
    methods.push({ name: method, receiver: self, params: given.map((g) => g.type), result, constructs: ['method'] });
  }
  if (w.wants('static member', 30)) {
    const method = w.name('m');
    members.push(other`static ${method}(k: number): ${name} {${topLevel(w, w.int(2), self, () => w.declare({ name: 'k', type: NUMBER, assignable: true }))}}`);
    w.functions[0].push({ name: `${name}.${method}`, params: [NUMBER], result: self, constructs: ['static member'] });
  }
  w.functions[0].push(...methods);
  return stmt`export class ${name}${parent ? ` extends ${parent.name}` : ''} {
  ${{ sort: '', parts: members.flatMap((m, i): Part[] => (i ? ['\n  ', m] : [m])) }}
}`;
}

/** A function that counts its calls. */
function counter(w: Writer): Tree[] {
  w.functions[0].push({ name: 'tick', params: [], result: NUMBER, constructs: ['counter'] });
  return [stmt`let calls = 0;`, stmt`export function tick(): number {
  calls++;
  console.log('tick', calls);
  return Math.sin(calls);
}`];
}

function generator(w: Writer): Tree[] {
  w.functions[0].push({ name: 'random', params: [], result: NUMBER, constructs: ['random generator'] });
  return [stmt`let seed = ${1 + w.int(1000)};`, stmt`export function random(): number {
  seed = (seed * 16807) % 2147483647;
  return seed / 2147483647;
}`];
}
