/** Statements. */
import { call, closure } from './functions.ts';
import { comparator, fresh, value } from './values.ts';
import { digest, parameter } from './folds.ts';
import { loop } from './loops.ts';
import { WORDS, bounded, condition, integer, leaf, number } from './numbers.ts';
import { destructuredAssignment, destructuredDeclaration, shorthand } from './patterns.ts';
import { type Place, has, iterable, iterables, pickPlace, places, reference, target } from './places.ts';
import { type Block, type Part, type Tree, other, stmt } from './tree.ts';
import { BOOLEAN, NUMBER, STRING, type Type, VOID, isSame, listOf, named, typeText } from './types.ts';
import type { Option, Writer } from './writer.ts';

export function block(w: Writer, size: number, returns = false): Block {
  return w.inScope(() => {
    const statements: Tree[] = [];
    for (let i = 0; i < size; i++) statements.push(...statement(w));
    if (returns) statements.push(returnStatement(w));
    return { block: statements };
  });
}

export function returnStatement(w: Writer): Tree {
  const { result } = w.frame;
  if (result.kind === 'void') return stmt`return;`;
  if (result.kind === 'number') return stmt`return ${summary(w)};`;
  const found = places(w, (t) => isSame(t, result));
  if (found.length && w.chance(60)) {
    const place = pickPlace(w, found);
    if (place.root.argument) w.use('result aliases argument');
    return stmt`return ${place.read()};`;
  }
  return stmt`return ${value(w, result, 2)};`;
}

/** A number that depends on much of what is in reach. */
function summary(w: Writer): Tree {
  const terms = w.scopes.flat().filter((v) => v.type.kind !== 'integer' && v.level > 0 && w.chance(60)).map((v) => digest(w, v.type, v.name));
  if (!terms.length || w.chance(30)) terms.push(number(w, 2));
  return { sort: 'number', parts: terms.flatMap((t, i): Part[] => (i ? [w.pick([' + ', ' - ', ' + 0.5 * ']), t] : [t])) };
}

/** One statement, or a few that belong together. */
export function statement(w: Writer): Tree[] {
  const deep = w.depth >= 5 || w.statements++ > 30;
  const or = (make: (w: Writer) => Tree | undefined) => () => [make(w) ?? assignment(w)];
  const options: Option<Tree[]>[] = [
    [8, or(declaration)],
    [8, or(assignment)],
    [3, or(destructuredAssignment), 'swap'],
    [2, or(rebind)],
    [2, or(destructuredDeclaration), 'destructured declaration'],
    [3, or(bulk)],
    [1, or(shorthand), 'shorthand'],
    [0, () => [effect(w)], 'console.log'],
    [0, () => [guard(w)], 'throw'],
    ...whereAbsent(w),
    ...lists(w),
  ];
  if (!deep) {
    options.push([5, () => [branch(w)], 'if'], [w.depth > 3 ? 3 : 7, () => loop(w)], [2, () => [closure(w)], 'closure'], ...switches(w), ...onUnions(w));
    const some = iterables(w);
    if (some.length) options.push([1, () => [forEach(w, some)], 'forEach']);
  }
  const effects = w.callees(VOID);
  if (effects.length) options.push([6, () => [stmt`${call(w, w.pick(effects), 2)};`]]);
  if (w.depth > 1 && w.frame.level > 0) options.push([w.frame.loops.length ? 2 : 1, () => [guardedReturn(w)], w.frame.loops.length ? 'return in loop' : 'early return']);
  if (w.frame.loops.length) options.push(...jumps(w));
  return w.choose(options);
}

function declaration(w: Writer): Tree {
  const type: Type = w.chance(8) ? w.pick([BOOLEAN, STRING]) : w.chance(40) ? NUMBER : w.pick(w.pool);
  const assignable = w.chance(55);
  const alias = !['number', 'boolean', 'string'].includes(type.kind) && has(w, type) && w.wants('alias', 30);
  if (alias) w.use('alias');
  const what = alias ? reference(w, type) : value(w, type, 2);
  const name = w.name(PREFIXES[type.kind] ?? 'v');
  const annotate = type.kind !== 'number' || w.chance(30);
  w.declare({ name, type, assignable });
  return stmt`${assignable ? 'let' : 'const'} ${name}${annotate ? `: ${typeText(type)}` : ''} = ${what};`;
}

const PREFIXES: Partial<Record<Type['kind'], string>> = { number: 'x', boolean: 'c', string: 'word', floats: 'u', list: 'l', tuple: 'r', named: 'p' };

export function assignment(w: Writer): Tree {
  const place = target(w, NUMBER);
  if (!place) return declaration(w);
  const { read, write } = place;
  return w.choose<Tree>([
    [5, () => stmt`${write} = ${number(w, 2)};`],
    [4, () => stmt`${read} ${w.pick(['+=', '-='])} ${number(w, 2)};`],
    [2, () => stmt`${read} *= ${bounded(w, 2)};`],
    [1, () => stmt`${write} = Math.tanh(${read}) + ${number(w, 2)};`],
    [1, () => stmt`${read}${w.pick(['++', '--'])};`],
    [1, () => stmt`${read} /= 1.5 + Math.abs(${number(w, 1)});`],
  ]);
}

/** A variable, row or field that holds an object gets another one. */
function rebind(w: Writer): Tree | undefined {
  const isObject = (t: Type) => t.kind === 'floats' || t.kind === 'array' || t.kind === 'tuple' || t.kind === 'named';
  const found = places(w, isObject).filter((p) => p.write);
  if (!found.length) return undefined;
  const first = pickPlace(w, found);
  const kindred = found.filter((p) => isSame(p.type, first.type) && p !== first);
  if (kindred.length && w.wants('swapped buffers', 30)) {
    const second = pickPlace(w, kindred);
    w.use('swapped buffers');
    return stmt`[${first.write!()}, ${second.write!()}] = [${second.read()}, ${first.read()}];`;
  }
  w.use(first.steps === 0 ? 'alias' : first.isElement ? 'rebound row' : 'rebound field');
  return stmt`${first.write!()} = ${value(w, first.type, 2)};`;
}

/** Methods that write many elements. */
function bulk(w: Writer): Tree | undefined {
  const found = iterables(w, (t) => (t.kind !== 'list' || !w.frame.fixed) && (t.kind === 'floats' || (t as { element: Type }).element.kind === 'number'));
  const objects = iterables(w, (t) => t.kind === 'array' && t.element.kind !== 'number');
  const options: Option<Tree>[] = [];
  if (found.length) {
    const a = iterable(w, found);
    if (a.place.root.argument) w.use('argument mutated');
    options.push(
      [1, () => stmt`${a.read}.fill(${number(w, 2)}${w.pick(['', '', ', 1', ', 0, 1'])});`, a.kind === 'floats' ? 'typed fill' : 'fill'],
      [1, () => stmt`${a.read}.reverse();`, 'reverse'],
      [1, () => stmt`${a.read}.sort(${comparator(w, NUMBER)});`, 'sort'],
    );
    if (a.kind === 'floats') {
      options.push(
        [2, () => stmt`${a.read}.set(${value(w, a.type, 1)}.slice(0, 1)${w.pick(['', ', 1'])});`, 'typed set'],
        [2, () => {
          const name = w.name('u');
          const result = stmt`const ${name} = ${a.read}.subarray(${w.pick(['1', '0, 1', '-1'])});`;
          const inner = w.pick([stmt`${name}[0] = ${number(w, 2)};`, stmt`${name}.fill(${leaf(w)});`, stmt`for (let i = 0; i < ${name}.length; i++) ${name}[i]${w.unchecked ? '!' : ''} += ${number(w, 1)};`]);
          return stmt`${result} ${inner}`;
        }, 'subarray'],
        [1, () => stmt`${a.read}.subarray(0, 1).set(${value(w, a.type, 1)}.subarray(1, 2));`, 'subarray'],
      );
    }
  }
  if (objects.length) {
    options.push([1, () => {
      const a = iterable(w, objects);
      return stmt`${a.read}.${w.choose<Part>([[1, () => 'reverse()', 'reverse'], [1, () => other`sort(${comparator(w, a.element)})`, 'sort']])};`;
    }]);
  }
  return options.length ? w.choose(options) : undefined;
}

/** Lists that grow and shrink. */
function lists(w: Writer): Option<Tree[]>[] {
  if (w.frame.fixed) return [];
  const found = places(w, (t) => t.kind === 'list');
  const element = () => (found.length ? (found[0].type as { element: Type }).element : w.chance(60) ? NUMBER : w.pick(w.pool));
  const make = (): Tree => {
    const type = listOf(element());
    const name = w.name('l');
    const what = fresh(w, type, 2);
    w.declare({ name, type, assignable: false });
    return stmt`const ${name}: ${typeText(type)} = ${what};`;
  };
  const on = (change: (read: Tree, element: Type) => Tree) => (): Tree[] => {
    if (!found.length) {
      const declared = make();
      const { name, type } = w.scopes.at(-1)!.at(-1)!;
      return [declared, change({ sort: '', parts: [name] }, (type as { element: Type }).element)];
    }
    const place = pickPlace(w, found);
    w.grows ||= place.root.argument === true;
    return [change(place.read(), (place.type as { element: Type }).element)];
  };
  /** What was taken out counts. */
  const taken = (method: string) => on((read, element) => {
    const name = w.name('x');
    if (element.kind === 'number') {
      const what = stmt`const ${name} = ${read}.${method} ?? ${leaf(w)};`;
      w.declare({ name, type: NUMBER, assignable: false });
      return what;
    }
    return stmt`${read}.${method};`;
  });
  return [
    [2, () => [make()]],
    [1, on((read, e) => stmt`${read}.push(${value(w, e, 2)}${w.chance(20) ? other`, ${value(w, e, 1)}` : ''});`), 'push'],
    [0, on((read, e) => stmt`${read}.unshift(${value(w, e, 2)});`), 'unshift'],
    [0, taken('pop()'), 'pop'],
    [0, taken('shift()'), 'shift'],
    [0, on((read, e) => w.pick([stmt`${read}.splice(${w.pick(['0, 1', '1, 1', '1'])});`, stmt`${read}.splice(${w.pick(['1, 0', '0, 1', '-1, 1'])}, ${value(w, e, 1)});`])), 'splice'],
  ];
}

function branch(w: Writer): Tree {
  const then = () => block(w, 1 + w.int(2));
  return w.choose<Tree>([
    [4, () => stmt`if (${condition(w)}) {${then()}}`],
    [3, () => stmt`if (${condition(w)}) {${then()}} else {${then()}}`],
    [1, () => stmt`if (${condition(w)}) {${then()}} else if (${condition(w)}) {${then()}} else {${then()}}`],
  ]);
}

function switches(w: Writer): Option<Tree[]>[] {
  const cases = (labels: readonly string[]) => w.inFrame({ loops: [...w.frame.loops, { isSwitch: true }] }, () => ({
    sort: '', parts: labels.flatMap((label, i): Part[] => {
      const falls = i + 1 < labels.length && w.wants('fall-through', 25);
      if (falls) w.use('fall-through');
      return ['\n  ', label === 'default' ? 'default: {' : `case ${label}: {`, block(w, 1 + w.int(2)), falls ? '}' : '} break;'];
    }),
  }));
  const strings = places(w, (t) => isSame(t, STRING));
  const enums = [...w.declared.values()].filter((d) => d.kind === 'enum' && has(w, named(d.name)));
  return [
    [1, () => [stmt`switch (${integer(w)} % 3) {${cases(['0', '1', ...(w.chance(60) ? ['default'] : [])])}
}`], 'switch on number'],
    ...(strings.length ? [[2, () => [stmt`switch (${pickPlace(w, strings).read()} as string) {${cases([...WORDS.slice(0, 2).map((x) => `'${x}'`), ...(w.chance(60) ? ['default'] : [])])}
}`], 'switch on string'] as const] : []),
    ...(enums.length ? [[2, () => {
      const chosen = w.pick(enums) as Extract<typeof enums[number], { kind: 'enum' }>;
      return [stmt`switch (${reference(w, named(chosen.name))} as ${chosen.name}) {${cases(chosen.members.slice(0, 2 + w.int(2)).map((m) => `${chosen.name}.${m}`))}
}`];
    }, 'switch on enum'] as const] : []),
  ];
}

/** `switch (shape.kind)`, where each case sees its own fields. */
function onUnions(w: Writer): Option<Tree[]>[] {
  const found = places(w, (t) => t.kind === 'named' && w.declared.get(t.name)?.kind === 'union');
  if (!found.length) return [];
  return [[3, () => {
    const place = pickPlace(w, found);
    const union = w.declared.get((place.type as { name: string }).name) as Extract<ReturnType<typeof w.declared.get>, { kind: 'union' }>;
    const name = w.name('s');
    const cases = w.inFrame({ loops: [...w.frame.loops, { isSwitch: true }] }, () => union.variants.flatMap((v): Part[] => ['\n  ', `case '${v.tag}': {`, w.inScope(() => {
      const local = v.fields.map((f) => ({ name: w.name('x'), field: f }));
      const reads = local.map((l) => stmt`const ${l.name} = ${name}.${l.field.name};`);
      local.forEach((l) => w.declare({ name: l.name, type: l.field.type, assignable: false }));
      const writes = v.fields.filter((f) => f.type.kind === 'number' && !f.readonly && w.chance(30)).map((f) => stmt`${name}.${f.name} = ${number(w, 2)};`);
      return { block: [...reads, ...writes, ...block(w, 1 + w.int(2)).block] };
    }), '} break;']));
    return [stmt`const ${name}: ${union.name} = ${place.read()};`, stmt`switch (${name}.${union.tag}) {${{ sort: '', parts: cases }}
}`];
  }, 'discriminated union']];
}

function guard(w: Writer): Tree {
  return w.pick([
    stmt`if (!(Math.abs(${leaf(w)}) < 1e9)) throw new RangeError('out of range');`,
    stmt`if (${integer(w)} > 1000) {${{ block: [stmt`throw new Error(\`too many: \${${integer(w)}}\`);`] }}}`,
  ]);
}

function effect(w: Writer): Tree {
  return w.pick([() => stmt`console.log(${number(w, 1)});`, () => stmt`console.log('at', ${integer(w)}, ${leaf(w)});`, () => stmt`console.log(${'`'}x = ${'${'}${leaf(w)}}${'`'});`])();
}

/** `point.d ??= 0.5;` */
function whereAbsent(w: Writer): Option<Tree[]>[] {
  const records = [...w.declared.values()].filter((d) => d.kind === 'record' && d.fields.some((f) => f.optional) && has(w, named(d.name)));
  if (!records.length) return [];
  const absent = () => {
    const record = w.pick(records) as Extract<typeof records[number], { kind: 'record' }>;
    return other`${reference(w, named(record.name))}.${record.fields.find((f) => f.optional)!.name}`;
  };
  return [
    [1, () => [stmt`${absent()} ??= ${number(w, 2)};`], '??='],
    [1, () => [stmt`${absent()} = ${w.pick(['undefined', '0.5', '1.5'])};`]],
  ];
}

function guardedReturn(w: Writer): Tree { return stmt`if (${condition(w)}) {${{ block: [returnStatement(w)] }}}`; }

function jumps(w: Writer): Option<Tree[]>[] {
  const loops = w.frame.loops.filter((l) => !l.isSwitch);
  const labels = loops.flatMap((l) => l.label ?? []);
  const jump = (words: () => string) => (): Tree[] => [stmt`if (${condition(w)}) {${w.inScope(() => ({ block: [...(w.chance(40) ? [assignment(w)] : []), stmt`${words()};`] }))}}`];
  return [
    ...(w.frame.loops.at(-1)!.isSwitch ? [] : [[2, jump(() => 'break'), 'break'] as const]),
    ...(loops.length ? [[2, jump(() => 'continue'), 'continue'] as const] : []),
    ...(labels.length ? [[3, jump(() => `break ${w.pick(labels)}`), 'labelled break'] as const, [3, jump(() => `continue ${w.pick(labels)}`), 'labelled continue'] as const] : []),
  ];
}

function forEach(w: Writer, some: readonly Place[]): Tree {
  const a = iterable(w, some);
  const params = [parameter(w, 't', a.element), { ...parameter(w, 'i', { kind: 'integer' }), below: a.kind === 'list' ? 100 : w.length }];
  return w.inFunction(params, VOID, () => stmt`${a.read}.forEach((${params.map((p) => p.name).join(', ')}) => {${block(w, 1 + w.int(2))}});`);
}
