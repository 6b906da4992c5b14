/** Values of every type: those that exist already, results of calls, new ones. */
import { type Parameter, arrow, digest, indexOf, parameter } from './folds.ts';
import { call, functionValue } from './functions.ts';
import { bounded, condition, integer, number, string } from './numbers.ts';
import { type Iterable, has, iterable, iterables, reference } from './places.ts';
import { type Part, type Tree, list, other, tree } from './tree.ts';
import { BOOLEAN, type Declared, F64, INTEGER, NUMBER, type Type, isSame, keyOf, typeText } from './types.ts';
import { NEVER, type Option, type Writer } from './writer.ts';

/** A value of any type; `budget` bounds its size. */
export function value(w: Writer, type: Type, budget = 2): Tree {
  switch (type.kind) {
    case 'number': return number(w, budget);
    case 'integer': return integer(w, w.length);
    case 'boolean': return condition(w, 1);
    case 'string': return string(w);
    case 'function': return functionValue(w, type);
    default: {
      const callees = w.callees(type);
      if (callees.length && budget > 0 && w.chance(20)) return call(w, w.pick(callees), budget);
      if (!has(w, type) || w.chance(45)) return fresh(w, type, budget);
      return w.wants('chosen alias', 5) ? chosen(w, type) : reference(w, type);
    }
  }
}

function chosen(w: Writer, type: Type): Tree {
  w.use('chosen alias');
  return tree(keyOf(type))`(${condition(w, 1)} ? ${reference(w, type)} : ${reference(w, type)})`;
}

/** A new object. */
export function fresh(w: Writer, type: Type, budget = 2): Tree {
  const b = Math.max(0, budget - 1);
  const make = tree(keyOf(type));
  switch (type.kind) {
    case 'floats': return w.choose(floats(w, type, b));
    case 'array': return w.choose(array(w, type, b));
    case 'list': return w.choose(lists(w, type, b));
    case 'tuple': return make`[${list(type.elements.map((e) => value(w, e, b)))}]`;
    case 'named': return ofDeclared(w, w.declared.get(type.name)!, type, b);
    default: return value(w, type, budget);
  }
}

function ofDeclared(w: Writer, declared: Declared, type: Type, b: number): Tree {
  const make = tree(keyOf(type));
  switch (declared.kind) {
    case 'record': {
      const fields = declared.fields.filter((f) => !f.optional || w.chance(50));
      if (w.chance(20)) fields.reverse();
      const [some] = declared.fields.filter((f) => !f.optional);
      return w.choose<Tree>([
        [4, () => make`{ ${list(fields.map((f) => (w.wants('computed key', 2) ? (w.use('computed key'), other`['${f.name}']: ${value(w, f.type, b)}`) : other`${f.name}: ${value(w, f.type, b)}`)))} }`],
        [has(w, type) ? 2 : NEVER, () => make`{ ...${reference(w, type)}, ${some.name}: ${value(w, some.type, b)} }`, 'object spread'],
      ]);
    }
    case 'union': {
      const variant = w.pick(declared.variants);
      // The type checker would go on with the variant that it sees.
      return make`({ ${list([`${declared.tag}: '${variant.tag}'`, ...variant.fields.map((f) => other`${f.name}: ${value(w, f.type, b)}`)])} } as ${declared.name})`;
    }
    case 'enum': return w.chance(40) ? make`(${condition(w, 1)} ? ${declared.name}.${declared.members[0]} : ${declared.name}.${w.pick(declared.members)})` : make`${declared.name}.${w.pick(declared.members)}`;
    case 'class': {
      const heirs = [...w.declared.values()].filter((d) => d.kind === 'class' && (d === declared || d.parent === declared.name)) as typeof declared[];
      const one = w.pick(heirs);
      return make`new ${one.name}(${list(one.params.map((p) => value(w, p, b)))})`;
    }
  }
}

/** An arrow of one element and perhaps its index. */
function mapper(w: Writer, from: Iterable, to: Type, b: number): Tree {
  const t = parameter(w, 't', from.element);
  const params = w.chance(40) ? [t, indexOf(w, from.kind)] : [t];
  return arrow(w, params, to, () => value(w, to, b));
}

/** `(_, i) => e`, for as many elements as the common length. */
function byIndex(w: Writer, to: Type, b: number): Tree {
  const i: Parameter = { ...parameter(w, 'i', INTEGER), below: w.length };
  return w.inFunction([i], to, () => {
    const body = value(w, to, b);
    return other`(_, ${i.name}) => ${/^\{/.test(String(body.parts[0])) ? other`(${body})` : body}`;
  });
}

/** A callback's result, told to the type checker where the literal alone would not say it. */
const typed = (type: Type): string => (type.kind === 'number' ? '' : `<${typeText(type)}>`);

function floats(w: Writer, type: Extract<Type, { kind: 'floats' }>, b: number): Option<Tree>[] {
  const make = tree(keyOf(type));
  const { name } = type;
  const n = w.length;
  const numbers = () => list(Array.from({ length: n }, () => number(w, Math.min(b, 1))));
  const options: Option<Tree>[] = [
    [1, () => make`new ${name}(${n})`],
    [2, () => make`${name}.of(${numbers()})`, 'typed of'],
    [1, () => make`new ${name}([${numbers()}])`],
    [1, () => make`new ${name}(${n}).fill(${number(w, b)})`, 'typed fill'],
    [1, () => make`${name}.from({ length: ${n} }, ${byIndex(w, NUMBER, b)})`, 'typed from'],
  ];
  const same = iterables(w, (t) => isSame(t, type));
  if (same.length) {
    options.push([2, () => make`${reference(w, type)}.slice()`, 'typed slice'], [2, () => {
      const a = iterable(w, same);
      return make`${a.read}.map(${mapper(w, a, NUMBER, b)})`;
    }, 'typed map'], [1, () => make`${reference(w, type)}.subarray(0)`, 'subarray']);
  }
  const arrays = iterables(w, (t) => t.kind === 'array' && t.element.kind === 'number');
  if (arrays.length) options.push([1, () => make`new ${name}(${iterable(w, arrays).read})`], [1, () => make`${name}.from(${iterable(w, arrays).read})`, 'typed from']);
  return options;
}

function array(w: Writer, type: Extract<Type, { kind: 'array' }>, b: number): Option<Tree>[] {
  const make = tree(keyOf(type));
  const { element } = type;
  const n = w.length;
  const elements = () => list(Array.from({ length: n }, () => value(w, element, Math.min(b, 1))));
  const options: Option<Tree>[] = [
    [4, () => make`[${elements()}]`],
    [1, () => {
      if (element.kind !== 'number') w.use('shared rows');
      return make`new Array<${typeText(element)}>(${n}).fill(${value(w, element, b)})`;
    }, 'new Array'],
    [2, () => make`Array.from({ length: ${n} }, ${byIndex(w, element, b)})`, 'Array.from'],
    [0, () => make`Array.of<${typeText(element)}>(${elements()})`, 'Array.of'],
  ];
  const fixed = iterables(w, (t) => t.kind === 'array');
  if (fixed.length) {
    options.push([2, () => {
      const a = iterable(w, fixed);
      return make`${a.read}.map${typed(element)}(${mapper(w, a, element, b)})`;
    }, 'map'], [0, () => {
      const a = iterable(w, fixed);
      const [i, t] = [indexOf(w, 'array'), parameter(w, 't', a.element)];
      return w.inFunction([i, t], element, () => make`[...${a.read}.entries()].map${typed(element)}(([${i.name}, ${t.name}]) => ${wrapped(value(w, element, b))})`);
    }, 'entries'], [0, () => {
      const i = { ...indexOf(w, 'array') };
      const { read } = iterable(w, fixed);
      return w.inFunction([i], element, () => make`[...${read}.keys()].map${typed(element)}((${i.name}) => ${wrapped(value(w, element, b))})`);
    }, 'keys']);
  }
  const same = iterables(w, (t) => isSame(t, type));
  if (same.length) {
    const one = () => reference(w, type);
    options.push(
      [2, () => make`[...${one()}]`, 'spread in literal'],
      [1, () => make`${one()}.slice()`, 'slice'],
      [0, () => make`[...${one()}].reverse()`, 'reverse'],
      [0, () => make`${one()}.concat()`, 'concat'],
      [0, () => make`Array.from(${one()}.values())`, 'values'],
      [0, () => {
        const from = one();
        return make`[...${from}].sort(${comparator(w, element)})`;
      }, 'sort'],
    );
  }
  if (element.kind === 'number') {
    const typedArrays = iterables(w, (t) => isSame(t, F64));
    if (typedArrays.length) options.push([1, () => make`Array.from(${iterable(w, typedArrays).read})`, 'Array.from'], [1, () => make`[...${iterable(w, typedArrays).read}]`, 'spread in literal']);
  }
  return options;
}

const wrapped = (x: Tree): Part => (/^\{/.test(String(x.parts[0])) ? other`(${x})` : x);

/** An order of elements by a number of each. */
export function comparator(w: Writer, element: Type): Tree {
  const [p, q] = [w.name('p'), w.name('q')];
  const [first, second] = [digest(w, element, p), digest(w, element, q)];
  return w.chance(60) ? other`(${p}, ${q}) => ${first} - ${second}` : other`(${p}, ${q}) => ${second} - ${first}`;
}

function lists(w: Writer, type: Extract<Type, { kind: 'list' }>, b: number): Option<Tree>[] {
  const make = tree(keyOf(type));
  const { element } = type;
  const some = () => list(Array.from({ length: 1 + w.int(4) }, () => value(w, element, Math.min(b, 1))));
  const options: Option<Tree>[] = [[4, () => make`[${some()}]`]];
  const same = iterables(w, (t) => (t.kind === 'array' || t.kind === 'list') && isSame(t.element, element));
  if (!same.length) return options;
  const one = () => iterable(w, same).read;
  const test = () => {
    const t = parameter(w, 't', element);
    return arrow(w, [t], BOOLEAN, () => other`${digest(w, element, t.name)} > ${bounded(w, 1)}`);
  };
  options.push(
    [2, () => make`${one()}.filter(${test()})`, 'filter'],
    [1, () => make`${one()}.slice(${w.pick(['1', '0, 1', '-1', '0, -1', '1, 2'])})`, 'slice'],
    [1, () => make`${one()}.concat(${w.chance(50) ? one() : other`[${some()}]`})`, 'concat'],
    [1, () => make`[...${one()}, ${some()}]`, 'spread in literal'],
    [1, () => make`[${value(w, element, b)}, ...${one()}]`, 'spread in literal'],
    [0, () => {
      const a = iterable(w, same);
      const t = parameter(w, 't', a.element);
      return w.inFunction([t], type, () => make`${a.read}.flatMap${typed(element)}((${t.name}) => [${list([value(w, element, b), ...(w.chance(50) ? [t.name] : [])])}])`);
    }, 'flatMap'],
  );
  return options;
}
