/** Numbers, integers, conditions, strings. Numbers stay moderate: what grows goes through `sin` or `tanh` now and then. */
import { numberFromArray, conditionOnArray } from './folds.ts';
import { call } from './functions.ts';
import { has, pickPlace, places, reference, target } from './places.ts';
import { type Tree, bool, num, tree } from './tree.ts';
import { BOOLEAN, NUMBER, STRING, isSame, named } from './types.ts';
import type { Option, Writer } from './writer.ts';

const integerTree = tree('integer');
const text = tree('string');

export function literal(w: Writer): Tree { return { sort: 'number', parts: [w.pick(['0.5', '1.5', '2', '0.3', '1', '-0.7', '3', '0.1', '-1.1'])] }; }

/** An integer that is not negative and does not depend on an active value; less than `below` where that is given. */
export function integer(w: Writer, below?: number): Tree {
  const fits = w.variables({ kind: 'integer' }, (v) => below === undefined || (v.below ?? Infinity) <= below);
  if (fits.length && w.chance(75)) return integerTree`${w.pick(fits).name}`;
  const any = w.variables({ kind: 'integer' });
  if (below !== undefined && any.length && w.chance(40)) return integerTree`(${w.pick(any).name} + ${w.int(3)}) % ${below}`;
  return integerTree`${w.int(below ?? 4)}`;
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
  const options: Option<Tree>[] = [
    [9, () => leaf(w)],
    [10, () => num`(${number(w, b)} ${w.pick(['+', '-', '*', '*', '+'])} ${number(w, b)})`],
    [1, () => num`(${number(w, b)} / (1.5 + Math.abs(${number(w, b)})))`],
    [5, () => w.pick(UNARY)(number(w, b))],
    [1, () => num`Math.${w.pick(['max', 'min', 'hypot'])}(${number(w, b)}, ${number(w, b)})`],
    [1, () => num`Math.atan2(${number(w, b)}, 2 + Math.cos(${number(w, b)}))`],
    [1, () => num`((${number(w, b)}) % 1.7)`],
    [2, () => num`(${condition(w, b)} ? ${number(w, b)} : ${number(w, b)})`],
    [0, () => num`(${number(w, b)} as number)`, 'as'],
    [0, () => num`(${number(w, b)} satisfies number)`, 'satisfies'],
    [0, () => num`${leaf(w)}!`, 'non-null'],
    [0, () => num`(performance.now() * 0.125)`, 'performance.now'],
    ...optional(w, b),
  ];
  const callees = w.callees(NUMBER);
  if (callees.length) options.push([6, () => call(w, w.pick(callees), b)]);
  if (w.depth < 6) options.push(...numberFromArray(w, b));
  if (w.chance(10)) {
    const place = target(w, NUMBER);
    if (place) {
      options.push([2, () => w.pick<() => Tree>([
        () => num`(${place.write} = ${number(w, b)})`, () => num`(${place.read} ${w.pick(['+=', '-=', '*='])} ${bounded(w, b)})`,
        () => num`${place.read}++`, () => num`--${place.read}`,
      ])()]);
    }
  }
  return w.choose(options);
}

/** Reads of what may be absent. */
function optional(w: Writer, b: number): Option<Tree>[] {
  const options: Option<Tree>[] = [];
  for (const declared of w.declared.values()) {
    if (declared.kind !== 'record' || !has(w, named(declared.name))) continue;
    const absent = declared.fields.find((f) => f.optional && f.type.kind === 'number');
    if (!absent) continue;
    const record = () => reference(w, named(declared.name));
    options.push(
      [2, () => num`(${record()}.${absent.name} ?? ${number(w, b)})`, '??'],
      [0, () => (w.use('??'), num`(${record()}?.${absent.name} ?? ${number(w, b)})`), '?.'],
      [0, () => {
        const place = record();
        return num`(${place}.${absent.name} ??= ${number(w, b)})`;
      }, '??='],
    );
  }
  return options;
}

export function bounded(w: Writer, budget: number): Tree { return w.pick([(x: Tree) => num`Math.sin(${x})`, (x: Tree) => num`Math.tanh(${x})`, (x: Tree) => num`(${x})`])(number(w, budget)); }

export function leaf(w: Writer): Tree {
  const found = places(w, (t) => isSame(t, NUMBER));
  const integers = w.variables({ kind: 'integer' });
  if (integers.length && w.chance(8)) return num`${w.pick(integers).name}`;
  // Variables rather than constants of the module.
  const own = found.filter((p) => p.root.level > 0);
  return found.length && w.chance(85) ? pickPlace(w, own.length && w.chance(92) ? own : found).read() : literal(w);
}

export function condition(w: Writer, budget = 2): Tree {
  const b = Math.max(0, budget - 1);
  const options: Option<Tree>[] = [
    [6, () => bool`${number(w, b)} ${w.pick(['<', '>', '<=', '>='])} ${number(w, b)}`],
    [2, () => bool`${integer(w)} % 2 === ${w.int(2)}`],
  ];
  if (budget > 0) {
    options.push([2, () => bool`(${condition(w, b)} ${w.pick(['&&', '||'])} ${condition(w, b)})`], [1, () => bool`!(${condition(w, b)})`], ...conditionOnArray(w));
    const strings = w.variables(STRING);
    // What the type checker has learnt from an earlier comparison is of no use here.
    if (strings.length) options.push([2, () => bool`(${w.pick(strings).name} as string) === '${w.pick(WORDS)}'`]);
  }
  const flags = places(w, (t) => isSame(t, BOOLEAN));
  if (flags.length) options.push([3, () => pickPlace(w, flags).read()]);
  return w.choose(options);
}

export const WORDS = ['low', 'mid', 'high'] as const;

export function string(w: Writer): Tree {
  const found = places(w, (t) => isSame(t, STRING));
  return w.choose<Tree>([
    [found.length ? 6 : 0, () => pickPlace(w, found).read()],
    [3, () => text`'${w.pick(WORDS)}'`],
    [2, () => text`(${condition(w, 1)} ? '${w.pick(WORDS)}' : '${w.pick(WORDS)}')`],
    [1, () => text`${'`'}${w.pick(['l', 'h'])}${w.pick(['ow', 'igh'])}${'`'}`],
  ]);
}
