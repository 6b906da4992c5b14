/** Numbers and conditions from arrays: what their methods say about the elements. */
import { bounded, condition, leaf, number } from './numbers.ts';
import { type Iterable, iterable, iterables } from './places.ts';
import { block } from './statements.ts';
import { type Part, type Tree, bool, num, other } from './tree.ts';
import { INTEGER, NUMBER, type Type, typeText } from './types.ts';
import type { Option, Writer } from './writer.ts';

export interface Parameter { name: string; type: Type; assignable: boolean; below?: number }
export const parameter = (w: Writer, prefix: string, type: Type): Parameter => ({
  name: w.name(prefix), type, assignable: false, ...(type.kind === 'integer' ? { below: w.length + 20 } : {}),
});

/** The index of an element. */
export const indexOf = (w: Writer, kind: Iterable['kind']): Parameter => ({ ...parameter(w, 'i', INTEGER), below: kind === 'list' ? 100 : w.length });

/** An arrow function, with an expression or statements. */
export function arrow(w: Writer, params: readonly Parameter[], result: Type, make: () => Part): Tree {
  const head = params.length === 1 && w.chance(20) ? params[0].name : `(${params.map((p) => p.name).join(', ')})`;
  if (result.kind === 'number' && w.depth < 4 && w.chance(15)) {
    return w.inFunction(params, result, () => other`${head.startsWith('(') ? head : `(${head})`} => {${block(w, 1 + w.int(2), true)}}`);
  }
  return w.inFunction(params, result, () => {
    const body = make();
    return typeof body !== 'string' && /^\{/.test(firstText(body)) ? other`${head} => (${body})` : other`${head} => ${body}`;
  });
}

function firstText(part: Part): string {
  if (typeof part === 'string') return part;
  if ('block' in part) return '';
  return part.parts.length ? firstText(part.parts[0]) : '';
}

/** A number of an element of any type. */
export function digest(w: Writer, type: Type, name: string): Tree {
  switch (type.kind) {
    case 'number': case 'integer': return num`${name}`;
    case 'boolean': return num`(${name} ? 1 : 0.5)`;
    case 'string': return num`${name}.length`;
    case 'floats': case 'array': case 'list': {
      const element = type.kind === 'floats' ? NUMBER : type.element;
      const t = w.name('t');
      return num`${name}.reduce((s, ${t}, i) => s + (i + 1) * ${digest(w, element, t)}, 0)`;
    }
    case 'tuple': return num`${sum(type.elements.map((e, i) => digest(w, e, `${name}[${i}]`)))}`;
    case 'named': {
      const declared = w.declared.get(type.name)!;
      switch (declared.kind) {
        case 'record': case 'class': return num`${sum(declared.fields.map((f) => (f.optional ? num`(${name}.${f.name} ?? 0.5)` : digest(w, f.type, `${name}.${f.name}`))))}`;
        case 'union': {
          const [first, ...rest] = declared.variants;
          const of = (v: typeof first) => sum(v.fields.map((f) => digest(w, f.type, `${name}.${f.name}`)));
          return rest.reduceRight<Tree>((otherwise, v) => num`(${name}.${declared.tag} === '${v.tag}' ? ${of(v)} : ${otherwise})`, num`${of(first)}`);
        }
        case 'enum': return num`((${name} as ${type.name}) === ${type.name}.${declared.members[0]} ? 1 : 2)`;
      }
    }
    default: throw new Error(`no digest of ${typeText(type)}`);
  }
}

const sum = (terms: readonly Tree[]): Tree => (terms.length ? { sort: 'number', parts: ['(', ...terms.flatMap((t, i) => (i ? [' + ', t] : [t])), ')'] } : num`1`);

export function numberFromArray(w: Writer, budget: number): Option<Tree>[] {
  const all = iterables(w);
  if (!all.length) return [];
  const ofNumbers = iterables(w, (t) => t.kind === 'floats' || ((t.kind === 'array' || t.kind === 'list') && t.element.kind === 'number'));
  const plain = ofNumbers.filter((p) => p.type.kind !== 'floats');
  const objects = all.filter((p) => p.type.kind !== 'floats' && !plain.includes(p));
  const some = (from = all) => iterable(w, from);
  const element = (a: Iterable) => parameter(w, 't', a.element);
  const fold = (a: Iterable, method: string) => {
    const [s, t, i] = [parameter(w, 's', NUMBER), element(a), indexOf(w, a.kind)];
    const params = w.chance(40) ? [s, t, i] : [s, t];
    return num`${a.read}.${method}(${w.chance(60) ? arrow(w, params, NUMBER, () => num`${s.name} + ${number(w, budget)} * ${digest(w, t.type, t.name)}`) : arrow(w, params, NUMBER, () => bounded(w, budget))}, ${leaf(w)})`;
  };
  const test = (a: Iterable) => {
    const t = element(a);
    return arrow(w, w.chance(25) ? [t, indexOf(w, a.kind)] : [t], { kind: 'boolean' }, () => bool`${digest(w, t.type, t.name)} ${w.pick(['<', '>'])} ${number(w, 1)}`);
  };
  const options: Option<Tree>[] = [
    [2, () => {
      const a = some();
      if (a.kind === 'floats') w.use('typed reduce');
      return fold(a, 'reduce');
    }, 'reduce'],
    [0, () => fold(some(), 'reduceRight'), 'reduceRight'],
    [0, () => {
      const a = some();
      return num`${a.read}.findIndex(${test(a)})`;
    }, 'findIndex'],
    [0, () => {
      const a = some();
      const t = element(a);
      const f = w.inFunction([t], NUMBER, () => digest(w, t.type, t.name));
      return num`${a.read}.filter(${test(a)}).reduce((s, ${t.name}) => s + ${f}, 0)`;
    }, 'filter'],
    [0, () => {
      const a = some();
      const t = element(a);
      return num`[...${a.read}.values()].reduce((s, ${t.name}) => s + ${digest(w, t.type, t.name)}, 0)`;
    }, 'values'],
    [0, () => {
      const a = some();
      const i = w.name('i');
      return num`[...${a.read}.keys()].reduce((s, ${i}) => s + ${number(w, 1)} * ${i}, 0)`;
    }, 'keys'],
    [0, () => {
      const a = some();
      const [t, i] = [element(a), indexOf(w, a.kind)];
      return num`[...${a.read}.entries()].reduce((s, [${i.name}, ${t.name}]) => s + ${i.name} * ${digest(w, t.type, t.name)}, 0)`;
    }, 'entries'],
  ];
  if (plain.length) {
    options.push([0, () => {
      const a = some(plain);
      const [t, i] = [element(a), indexOf(w, a.kind)];
      return num`${a.read}.map(${arrow(w, [t, i], NUMBER, () => number(w, budget))}).reduce((s, t) => s + t, 0)`;
    }, 'map'], [0, () => num`${some(plain).read}.map((t) => (t > ${leaf(w)} ? 'a' : 'bc')).join('-').length`, 'join']);
  }
  if (ofNumbers.length) {
    options.push(
      [1, () => {
        const a = some(ofNumbers);
        return num`Math.${w.pick(['max', 'min'])}(0.25, ...${a.read})`;
      }, 'spread in call'],
      [0, () => num`(${some(ofNumbers).read}.at(${w.pick(['0', '-1', '1'])}) ?? ${leaf(w)})`, 'at'],
      [0, () => {
        const a = some(ofNumbers);
        return num`(${a.read}.find(${test(a)}) ?? ${leaf(w)})`;
      }, 'find'],
      [0, () => num`${some(ofNumbers).read}.indexOf(${leaf(w)})`, 'indexOf'],
    );
  }
  if (objects.length) {
    options.push([0, () => {
      const a = some(objects);
      const t = w.name('t');
      const found = w.name('o');
      if (a.element.kind === 'named' && w.declared.get(a.element.name)?.kind === 'record') {
        const field = w.record(a.element.name)!.fields.find((f) => f.type.kind === 'number' && !f.optional);
        if (field) {
          w.use('?.', '??');
          return num`(${a.read}.find(${test(a)})?.${field.name} ?? ${leaf(w)})`;
        }
      }
      return num`(${a.read}.map((${t}) => ${digest(w, a.element, t)}).find((${found}) => ${found} > 0.3) ?? ${leaf(w)})`;
    }, 'find'], [0, () => {
      const a = some(objects);
      const t = w.name('t');
      return num`${a.read}.flatMap((${t}) => [${digest(w, a.element, t)}, ${number(w, 1)}]).reduce((s, t) => s * 0.5 + t, 0)`;
    }, 'flatMap']);
  }
  return options;
}

export function conditionOnArray(w: Writer): Option<Tree>[] {
  const all = iterables(w);
  if (!all.length) return [];
  const ofNumbers = all.filter((p) => p.type.kind === 'floats' || ((p.type.kind === 'array' || p.type.kind === 'list') && p.type.element.kind === 'number'));
  const quantifier = (method: string) => {
    const a = iterable(w, all);
    const t = parameter(w, 't', a.element);
    return bool`${a.read}.${method}(${arrow(w, [t], { kind: 'boolean' }, () => (w.chance(50) ? condition(w, 0) : bool`${digest(w, t.type, t.name)} > ${leaf(w)}`))})`;
  };
  return [
    [1, () => quantifier('some'), 'some'],
    [1, () => quantifier('every'), 'every'],
    ...(ofNumbers.length ? [[0, () => bool`${iterable(w, ofNumbers).read}.includes(${leaf(w)})`, 'includes'] as const] : []),
  ];
}
