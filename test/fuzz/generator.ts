/** Random programs, as an arbitrary of fast-check: they are generated from its random numbers and shrink as trees. */
import fc from 'fast-check';
import { number } from './expressions.ts';
import { block, statement, returnStatement } from './statements.ts';
import { type Block, type Source, type Tree, smaller } from './tree.ts';
import { type Callee, KINDS, type Kind, TYPE, Writer, stmt } from './writer.ts';

class Programs extends fc.Arbitrary<Source> {
  generate(random: fc.Random): fc.Value<Source> { return new fc.Value(program((n) => (n > 1 ? random.nextInt(0, n - 1) : 0)), undefined); }
  canShrinkWithoutContext(value: unknown): value is Source { return typeof value === 'object' && value !== null && 'body' in value; }
  shrink(source: Source): fc.Stream<fc.Value<Source>> {
    return fc.stream(smaller(source)).map((s) => new fc.Value(s, undefined));
  }
}

export const programs = (): fc.Arbitrary<Source> => new Programs();

function program(below: (n: number) => number): Source {
  const length = 2 + below(2);
  // A few kinds in each program, so that there are many values of one kind to be mixed up.
  const rare: Kind[] = ['f32', 'State', 'mat', 'fmat', 'points', 'Pair', 'Point'];
  const kinds: Kind[] = ['num', ...(below(3) ? ['arr' as const] : []), ...(below(3) ? ['f64' as const] : [])];
  for (let k = below(3) + 1; k > 0; k--) {
    const kind = rare[below(rare.length)];
    if (kind === 'f32' && below(3)) continue;
    if (!kinds.includes(kind)) kinds.push(kind);
  }
  const w = new Writer(below, length, kinds);
  kinds.forEach((k) => w.tag(TYPE[k]));
  const head: Tree[] = [];
  for (let i = below(3); i > 0; i--) head.push(helper(w));
  const params = Array.from({ length: 1 + w.int(4) }, () => ({ name: w.name('a'), kind: w.pick(kinds) }));
  const result = w.chance(60) ? 'num' : w.pick(kinds);
  const body = func(w, params, result, 2 + w.int(5));
  return {
    head: { block: head },
    params: params.map((p) => ({ name: p.name, type: TYPE[p.kind] })),
    result: TYPE[result], body,
    cases: Array.from({ length: 2 }, () => params.map((p) => argument(w, p.kind))),
    tags: w.tags,
  };
}

function func(w: Writer, params: { name: string; kind: Kind }[], result: Kind | 'void', size: number): Block {
  return w.inFrame({ result, loops: [], fixed: false, closure: false }, () => w.inScope(() => {
    params.forEach((p) => w.declare({ ...p, assignable: true }));
    return block(w, size, result !== 'void');
  }));
}

function helper(w: Writer): Tree {
  const name = w.name('h');
  const recursive = w.chance(20);
  const result = w.weighted<Kind | 'void'>([[5, () => 'num'], [3, () => (recursive ? 'num' : 'void')], [4, () => w.pick(w.kinds)]]);
  const params = Array.from({ length: 1 + w.int(3) }, () => ({ name: w.name('b'), kind: w.pick(w.kinds) }));
  const optional = !recursive && params.at(-1)!.kind === 'num' && w.chance(30) ? 1 : 0;
  const callee: Callee = { name, params: params.map((p) => p.kind), optional, result, recursive };
  const depth = w.name('n');
  const head = params.map((p, i) => (i >= params.length - optional ? `${p.name} = ${w.pick(['0.5', 'K', '2'])}` : `${p.name}: ${TYPE[p.kind]}`));
  if (recursive) head.push(`${depth}: number`);
  if (recursive) w.tag('recursion');
  let body: Block;
  if (recursive) {
    body = w.inFrame({ result, loops: [], fixed: false, closure: false }, () => w.inScope(() => {
      params.forEach((p) => w.declare({ ...p, assignable: true }));
      const stop = stmt`if (${depth} <= 0) {${{ block: [returnStatement(w)] }}}`;
      const before = w.inScope(() => [...statement(w), ...statement(w)]);
      const args = params.map((p) => (p.kind === 'num' ? number(w, 2) : p.name));
      const again: Tree = { sort: 'other', parts: [name, '(', ...args.flatMap((a) => [a, ', ']), `${depth} - 1)`] };
      const last = result === 'num' ? stmt`return ${number(w, 2)} + Math.sin(${{ sort: 'num', parts: [again] }});` : stmt`return ${again};`;
      return { block: [stop, ...before, last] };
    }));
  } else body = func(w, params, result, 1 + w.int(3));
  w.callees.push(callee);
  return stmt`function ${name}(${head.join(', ')}): ${result === 'void' ? 'void' : TYPE[result]} {${body}}`;
}

function argument(w: Writer, kind: Kind): unknown {
  const x = () => (w.int(400) - 200) / 100 + 0.003;
  const many = <T>(make: () => T) => Array.from({ length: w.length }, make);
  switch (kind) {
    case 'num': return x();
    case 'f64': return Float64Array.from(many(x));
    case 'f32': return Float32Array.from(many(x));
    case 'arr': return many(x);
    case 'mat': return many(() => many(x));
    case 'fmat': return many(() => Float64Array.from(many(x)));
    case 'Point': return { a: x(), b: x() };
    case 'State': return { p: x(), v: many(x), w: Float64Array.from(many(x)), q: { a: x(), b: x() } };
    case 'Pair': return [x(), x()];
    case 'points': return many(() => ({ a: x(), b: x() }));
  }
}

export const ALL_KINDS = KINDS;
