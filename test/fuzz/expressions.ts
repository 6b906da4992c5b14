/** Expressions of every kind. Numbers stay moderate: what grows goes through `sin` or `tanh` now and then. */
import type { Part, Tree } from './tree.ts';
import { type Callee, type Kind, ROWS, type Row, TYPE, type Variable, type Writer, bool, list, num, other } from './writer.ts';
import { block } from './statements.ts';

export function literal(w: Writer): Tree { return { sort: 'num', parts: [w.pick(['0.5', '1.5', '2', '0.3', '1', '-0.7', '3', '0.1', '0', 'K'])] }; }

/** An integer that is not negative and does not depend on an active value; less than `below` where that is given. */
export function integer(w: Writer, below?: number): string {
  const fits = w.variables('int', (v) => below === undefined || (v.below ?? Infinity) <= below);
  if (fits.length && w.chance(75)) return w.pick(fits).name;
  const any = w.variables('int');
  if (below !== undefined && any.length && w.chance(40)) return `(${w.pick(any).name} + ${w.int(3)}) % ${below}`;
  return String(w.int(below ?? 4));
}

/** An index into something of at least the common length. */
export function index(w: Writer, of?: string): Part {
  return w.weighted<Part>([
    [8, () => integer(w, w.length)],
    [1, () => (of ? `${of}.length - 1` : '0')],
    [1, () => (of && w.variables('int').length ? `(${w.pick(w.variables('int')).name} + 1) % ${of}.length` : '1')],
    [1, () => {
      w.tag('active index');
      return other`Math.floor(Math.abs(${number(w, 1)})) % ${w.length}`;
    }],
  ]);
}

/** A place that holds a number and may be written. */
export function numberPlace(w: Writer): Tree | undefined {
  const places: [number, () => Tree][] = [];
  const variables = w.variables('num', (v) => v.assignable);
  if (variables.length) places.push([4, () => num`${w.pick(variables).name}`]);
  for (const kind of ROWS) if (has(w, kind)) places.push([3, () => element(w, kind)]);
  if (has(w, 'Point')) places.push([3, () => num`${reference(w, 'Point')}.${w.pick(['a', 'b'])}`]);
  if (has(w, 'State')) places.push([2, () => num`${reference(w, 'State')}.p`]);
  if (has(w, 'Pair')) places.push([2, () => num`${reference(w, 'Pair')}[${w.int(2)}]`]);
  return places.length ? w.weighted(places) : undefined;
}

function element(w: Writer, kind: Row): Tree {
  const array = reference(w, kind);
  const [name] = array.parts;
  return num`${array}[${index(w, array.parts.length === 1 && typeof name === 'string' ? name : undefined)}]`;
}

/** Is there something of this kind in reach? */
export function has(w: Writer, kind: Kind): boolean { return paths(w, kind).length > 0; }

function paths(w: Writer, kind: Kind): [number, () => Tree][] {
  const found: [number, () => Tree][] = [];
  const variables = w.variables(kind);
  if (variables.length) found.push([6, () => other`${w.pick(variables).name}`]);
  const through = (from: Kind, make: (object: Tree) => Tree) => {
    const objects = w.variables(from);
    if (objects.length) found.push([2, () => make(other`${w.pick(objects).name}`)]);
  };
  const row = (o: Tree) => other`${o}[${integer(w, w.length)}]`;
  if (kind === 'arr') {
    through('mat', row);
    through('State', (o) => other`${o}.v`);
  }
  if (kind === 'f64') {
    through('fmat', row);
    through('State', (o) => other`${o}.w`);
  }
  if (kind === 'Point') {
    through('points', row);
    through('State', (o) => other`${o}.q`);
  }
  return found;
}

/** Something that exists already: the result shares its memory. */
export function reference(w: Writer, kind: Kind): Tree {
  const found = paths(w, kind);
  if (!found.length) return fresh(w, kind, 1);
  if (w.chance(6)) {
    w.tag('chosen alias');
    return other`(${condition(w, 1)} ? ${w.weighted(found)} : ${w.weighted(found)})`;
  }
  return w.weighted(found);
}

/** A value of any kind; `budget` bounds its size. */
export function value(w: Writer, kind: Kind, budget = 3): Tree {
  if (kind === 'num') return number(w, budget);
  const callees = w.reachable(kind);
  if (callees.length && w.chance(20)) return call(w, w.pick(callees), 'other', budget);
  return w.chance(55) && has(w, kind) ? reference(w, kind) : fresh(w, kind, budget);
}

export function call(w: Writer, callee: Callee, sort: 'num' | 'other', budget: number): Tree {
  w.tag(w.closures.flat().includes(callee) ? 'closure call' : 'call');
  const given = callee.optional && w.chance(50) ? callee.params.length - callee.optional : callee.params.length;
  if (given < callee.params.length) w.tag('default parameter');
  const args: Part[] = callee.params.slice(0, given).map((k) => value(w, k, budget - 1));
  if (callee.recursive) args.push(String(1 + w.int(2)));
  return { sort, parts: [callee.name, '(', list(args), ')'] };
}

/** A parameter and an expression in an arrow. */
function arrow<T>(w: Writer, params: Variable[], make: () => T): T {
  return w.inFrame({ loops: [], closure: true, fixed: true }, () => w.inScope(() => {
    params.forEach((p) => w.declare(p));
    return make();
  }));
}

const parameter = (w: Writer, prefix: string, kind: Variable['kind'], assignable = false): Variable => ({ name: w.name(prefix), kind, assignable, ...(kind === 'int' ? { below: w.length + 2 } : {}) });

/** `(t, i) => number`, as an expression or a block. */
function mapper(w: Writer, kind: Kind | 'int', withIndex: boolean, budget: number): Tree {
  const [t, i] = [parameter(w, 't', kind), parameter(w, 'i', 'int')];
  return arrow(w, withIndex ? [t, i] : [t], () => {
    const params = `(${t.name}${withIndex ? `, ${i.name}` : ''})`;
    if (w.depth < 4 && w.chance(20)) {
      w.tag('callback with statements');
      return w.inFrame({ result: 'num' }, () => {
        const body = block(w, 1 + w.int(2), true);
        return other`${params} => {${body}}`;
      });
    }
    return other`${params} => ${number(w, budget)}`;
  });
}

/** A new object. */
export function fresh(w: Writer, kind: Exclude<Kind, 'num'> | Kind, budget = 3): Tree {
  const n = w.length;
  const b = Math.max(0, budget - 1);
  const numbers = () => list(Array.from({ length: n }, () => number(w, Math.min(b, 1))));
  w.tag(`new ${kind}`);
  switch (kind) {
    case 'num': return number(w, budget);
    case 'f64': case 'f32': {
      const type = TYPE[kind];
      return w.weighted([
        [3, () => other`new ${type}(${n})`],
        [2, () => other`${type}.of(${numbers()})`],
        [1, () => other`new ${type}([${numbers()}])`],
        [2, () => (has(w, kind) ? other`${reference(w, kind)}.slice()` : other`new ${type}(${n})`)],
        [2, () => (has(w, kind) ? other`${reference(w, kind)}.map(${mapper(w, 'num', w.chance(40), b)})` : other`new ${type}(${n}).fill(${number(w, b)})`)],
        [1, () => (has(w, 'arr') ? other`new ${type}(${reference(w, 'arr')})` : other`new ${type}(${n})`)],
        [1, () => other`new ${type}(${n}).fill(${number(w, b)})`],
        [1, () => (has(w, 'arr') ? other`${type}.from(${reference(w, 'arr')})` : other`${type}.from([${numbers()}])`)],
      ]);
    }
    case 'arr': return w.weighted([
      [4, () => other`[${numbers()}]`],
      [1, () => other`new Array<number>(${n}).fill(${number(w, b)})`],
      [2, () => {
        const i = parameter(w, 'i', 'int');
        return arrow(w, [{ ...i, below: n }], () => other`Array.from({ length: ${n} }, (_, ${i.name}) => ${number(w, b)})`);
      }],
      [2, () => (has(w, 'arr') ? other`${reference(w, 'arr')}.map(${mapper(w, 'num', w.chance(40), b)})` : other`[${numbers()}]`)],
      [2, () => (has(w, 'arr') ? other`[...${reference(w, 'arr')}${w.chance(40) ? other`, ${number(w, b)}` : ''}]` : other`[${numbers()}]`)],
      [1, () => (has(w, 'arr') ? other`${reference(w, 'arr')}.${w.pick(['slice()', 'concat([0.5, 2])', 'toReversed()'])}` : other`[${numbers()}]`)],
      [1, () => (has(w, 'arr') ? other`${reference(w, 'arr')}.with(${integer(w, n)}, ${number(w, b)})` : other`[${numbers()}]`)],
      [1, () => (has(w, 'f64') ? other`Array.from(${reference(w, 'f64')})` : other`[${numbers()}]`)],
      [1, () => (has(w, 'points') ? other`${reference(w, 'points')}.map(${mapper(w, 'Point', w.chance(40), b)})` : other`[${numbers()}]`)],
      [1, () => (has(w, 'mat') ? other`${reference(w, 'mat')}.map(${mapper(w, 'arr', w.chance(40), b)})` : other`[${numbers()}]`)],
    ]);
    case 'mat': case 'fmat': {
      const row: Kind = kind === 'mat' ? 'arr' : 'f64';
      return w.weighted([
        [4, () => {
          w.tag('rows');
          return other`[${list(Array.from({ length: n }, () => value(w, row, 1)))}]`;
        }],
        [2, () => {
          const i = parameter(w, 'i', 'int');
          return arrow(w, [{ ...i, below: n }], () => other`Array.from({ length: ${n} }, (_, ${i.name}) => ${value(w, row, b)})`);
        }],
        [1, () => (has(w, kind) ? other`${reference(w, kind)}.slice()` : other`[${list(Array.from({ length: n }, () => fresh(w, row, 1)))}]`)],
        [1, () => {
          w.tag('shared rows');
          return other`new Array<${TYPE[row]}>(${n}).fill(${value(w, row, 1)})`;
        }],
        [1, () => {
          if (!has(w, kind)) return other`[${list(Array.from({ length: n }, () => fresh(w, row, 1)))}]`;
          const t = parameter(w, 't', row);
          const rows = reference(w, kind);
          return arrow(w, [t], () => other`${rows}.map((${t.name}) => ${value(w, row, b)})`);
        }],
      ]);
    }
    case 'Point': return w.weighted([
      [4, () => other`{ a: ${number(w, b)}, b: ${number(w, b)} }`],
      [2, () => (has(w, 'Point') ? other`{ ...${reference(w, 'Point')}, ${w.pick(['a', 'b'])}: ${number(w, b)} }` : other`{ b: ${number(w, b)}, a: ${number(w, b)} }`)],
    ]);
    case 'State': return w.weighted([
      [4, () => other`{ p: ${number(w, b)}, v: ${value(w, 'arr', 1)}, w: ${value(w, 'f64', 1)}, q: ${value(w, 'Point', 1)} }`],
      [2, () => (has(w, 'State') ? other`{ ...${reference(w, 'State')}, ${w.pick<() => Tree>([
        () => other`p: ${number(w, b)}`, () => other`v: ${value(w, 'arr', 1)}`, () => other`q: ${value(w, 'Point', 1)}`])()} }`
        : other`{ p: ${number(w, b)}, v: ${value(w, 'arr', 1)}, w: ${value(w, 'f64', 1)}, q: ${value(w, 'Point', 1)} }`)],
    ]);
    case 'Pair': return other`[${number(w, b)}, ${number(w, b)}]`;
    case 'points': return w.weighted([
      [3, () => other`[${list(Array.from({ length: n }, () => value(w, 'Point', 1)))}]`],
      [1, () => (has(w, 'points') ? other`${reference(w, 'points')}.slice()` : other`[${list(Array.from({ length: n }, () => fresh(w, 'Point', 1)))}]`)],
      [2, () => {
        if (!has(w, 'arr')) return other`[${list(Array.from({ length: n }, () => fresh(w, 'Point', 1)))}]`;
        const t = parameter(w, 't', 'num');
        const from = reference(w, 'arr');
        return arrow(w, [t], () => other`${from}.map((${t.name}): Point => (${fresh(w, 'Point', b)}))`);
      }],
    ]);
  }
}

const UNARY: ((x: Tree) => Tree)[] = [
  (x) => num`Math.sin(${x})`, (x) => num`Math.cos(${x})`, (x) => num`Math.tanh(${x})`, (x) => num`Math.atan(${x})`,
  (x) => num`Math.sqrt(1 + (${x}) ** 2)`, (x) => num`Math.exp(Math.sin(${x}))`, (x) => num`Math.log(2 + Math.cos(${x}))`,
  (x) => num`Math.abs(${x})`, (x) => num`Math.sin(${x}) ** 3`, (x) => num`-(${x})`, (x) => num`Math.sign(${x})`, (x) => num`Math.floor(${x})`,
];

/** A number. */
export function number(w: Writer, budget = 3): Tree {
  if (budget <= 0) return leaf(w);
  const b = budget - 1;
  const options: [number, () => Tree][] = [
    [8, () => leaf(w)],
    [10, () => num`(${number(w, b)} ${w.pick(['+', '-', '*', '*', '+'])} ${number(w, b)})`],
    [1, () => num`(${number(w, b)} / (1.5 + Math.abs(${number(w, b)})))`],
    [6, () => w.pick(UNARY)(number(w, b))],
    [1, () => num`Math.${w.pick(['max', 'min', 'hypot'])}(${number(w, b)}, ${number(w, b)})`],
    [1, () => num`Math.atan2(${number(w, b)}, 2 + Math.cos(${number(w, b)}))`],
    [1, () => num`((${number(w, b)}) % 1.7)`],
    [3, () => {
      w.tag('?:');
      return num`(${condition(w, b)} ? ${number(w, b)} : ${number(w, b)})`;
    }],
  ];
  const callees = w.reachable('num');
  if (callees.length) options.push([6, () => call(w, w.pick(callees), 'num', b)]);
  for (const kind of ['Pair', 'Point', 'arr', 'f64'] as const) {
    const some = w.reachable(kind);
    if (some.length) options.push([1, () => num`${call(w, w.pick(some), 'other', b)}${kind === 'Point' ? '.a' : '[1]'}`]);
  }
  for (const kind of ROWS) if (has(w, kind)) options.push([1, () => folded(w, kind, b)]);
  if (has(w, 'points')) options.push([2, () => folded(w, 'points', b)]);
  const place = w.chance(10) ? numberPlace(w) : undefined;
  if (place) {
    options.push([3, () => {
      w.tag('assignment in expression');
      return w.pick<() => Tree>([
        () => num`(${place} = ${number(w, b)})`, () => num`(${place} ${w.pick(['+=', '-=', '*='])} ${bounded(w, b)})`,
        () => num`${place}++`, () => num`--${place}`,
      ])();
    }]);
  }
  return w.weighted(options);
}

export function bounded(w: Writer, budget: number): Tree { return w.pick([(x: Tree) => num`Math.sin(${x})`, (x: Tree) => num`Math.tanh(${x})`, (x: Tree) => num`${x}`])(number(w, budget)); }

function folded(w: Writer, kind: Row | 'points', budget: number): Tree {
  const array = reference(w, kind);
  const element: Kind = kind === 'points' ? 'Point' : 'num';
  const first = leaf(w);
  const [s, t, i] = [parameter(w, 's', 'num'), parameter(w, 't', element), parameter(w, 'i', 'int')];
  w.tag('reduce');
  return w.weighted<Tree>([
    [4, () => arrow(w, [s, t], () => num`${array}.reduce((${s.name}, ${t.name}) => ${s.name} + ${number(w, budget)}, ${first})`)],
    [2, () => arrow(w, [s, t, i], () => num`${array}.reduce((${s.name}, ${t.name}, ${i.name}) => ${bounded(w, budget)}, 0)`)],
    [1, () => (kind === 'points' ? num`${array}.length` : num`Math.${w.pick(['max', 'min'])}(...${array})`)],
    [1, () => {
      if (kind !== 'arr') return num`${array}.length`;
      w.tag('filter');
      return arrow(w, [t], () => num`${array}.filter((${t.name}) => ${condition(w, 1)}).reduce((s, t) => s + t * t, 0)`);
    }],
    [1, () => {
      if (kind === 'points') return num`${array}.map((t) => t.a * t.b).reduce((s, t) => s + t)`;
      w.tag('map');
      return num`${array}.map(${mapper(w, 'num', true, budget)}).reduce((s, t) => s + t, 0)`;
    }],
  ]);
}

export function leaf(w: Writer): Tree {
  const options: [number, () => Tree][] = [[2, () => literal(w)]];
  if (w.variables('num').length) options.push([8, () => num`${w.pick(w.variables('num')).name}`]);
  if (w.variables('int').length) options.push([1, () => num`${w.pick(w.variables('int')).name}`]);
  for (const kind of ROWS) if (has(w, kind)) options.push([4, () => element(w, kind)]);
  if (has(w, 'Point')) options.push([4, () => num`${reference(w, 'Point')}.${w.pick(['a', 'b'])}`]);
  if (has(w, 'State')) options.push([2, () => num`${reference(w, 'State')}.p`]);
  if (has(w, 'Pair')) options.push([3, () => num`${reference(w, 'Pair')}[${w.int(2)}]`]);
  return w.weighted(options);
}

export function condition(w: Writer, budget = 2): Tree {
  const b = Math.max(0, budget - 1);
  const options: [number, () => Tree][] = [
    [6, () => bool`${number(w, b)} ${w.pick(['<', '>', '<=', '>='])} ${number(w, b)}`],
    [2, () => bool`${integer(w)} % 2 === ${w.int(2)}`],
  ];
  if (budget > 0) {
    options.push([2, () => bool`(${condition(w, b)} ${w.pick(['&&', '||'])} ${condition(w, b)})`], [1, () => bool`!(${condition(w, b)})`]);
    for (const kind of ROWS) {
      if (has(w, kind)) {
        options.push([1, () => {
          w.tag('some, every');
          const t = parameter(w, 't', 'num');
          const array = reference(w, kind);
          return arrow(w, [t], () => bool`${array}.${w.pick(['some', 'every'])}((${t.name}) => ${condition(w, 0)})`);
        }]);
      }
    }
  }
  const flags = w.variables('bool');
  if (flags.length) options.push([3, () => bool`${w.pick(flags).name}`]);
  return w.weighted(options);
}
