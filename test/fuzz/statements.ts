/** Statements. Loops end: each has a counter of its own, or a bound on its trips. */
import { bounded, call, condition, fresh, has, index, integer, number, numberPlace, reference, value, leaf } from './expressions.ts';
import type { Block, Part, Tree } from './tree.ts';
import { type Kind, ROWS, TYPE, type Variable, type Writer, num, other, stmt } from './writer.ts';

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
  if (result === 'void') return stmt`return;`;
  return stmt`return ${result === 'num' ? digest(w) : value(w, result, 2)};`;
}

/** A number that depends on much of what is in reach. */
export function digest(w: Writer): Tree {
  const terms: Tree[] = [];
  for (const v of w.scopes.flat()) {
    if (v.kind === 'int' || v.kind === 'bool' || !w.chance(60)) continue;
    terms.push(num`${digestOf(w, v)}`);
  }
  if (!terms.length || w.chance(30)) terms.push(number(w, 2));
  return { sort: 'num', parts: terms.flatMap((t, i): Part[] => (i ? [w.pick([' + ', ' - ', ' + 0.5 * ']), t] : [t])) };
}

function digestOf(w: Writer, { name, kind }: Variable): Tree {
  const i = w.int(w.length);
  switch (kind) {
    case 'Point': return num`${name}.a * ${name}.b`;
    case 'State': return num`${name}.p * ${name}.v[${i}] * ${name}.w[${i}] + ${name}.q.${w.pick(['a', 'b'])}`;
    case 'Pair': return num`${name}[0] * ${name}[1]`;
    case 'points': return num`${name}[${i}].a * ${name}[${i}].b`;
    case 'mat': case 'fmat': return num`${name}[${i}][${w.int(w.length)}] * ${name}[${w.int(w.length)}][${i}]`;
    case 'arr': case 'f64': case 'f32': return w.pick([num`${name}[${i}] * ${name}[${w.int(w.length)}]`, num`${name}.reduce((s, t, i) => s + t * t * (i + 1), 0)`]);
    default: return num`${name}`;
  }
}

/** One statement, or a few that belong together. */
export function statement(w: Writer): Tree[] {
  const deep = w.depth >= 4;
  const one = (make: () => Tree) => () => [make()];
  const options: [number, () => Tree[]][] = [
    [8, one(() => declaration(w))],
    [9, one(() => assignment(w))],
    [4, one(() => swap(w))],
    [3, one(() => rebind(w))],
    [2, one(() => destructuring(w))],
    [2, one(() => objectWrite(w))],
    [2, one(() => pushOrPop(w))],
  ];
  if (!deep) {
    options.push([6, one(() => branch(w))], [1, one(() => switchStatement(w))], [w.depth > 3 ? 3 : 8, () => loop(w)], [2, one(() => forEach(w))]);
    if (!w.frame.closure) options.push([3, one(() => closure(w))]);
  }
  const effects = w.reachable('void');
  if (effects.length) options.push([8, one(() => stmt`${call(w, w.pick(effects), 'other', 2)};`)]);
  if (w.depth > 1) options.push([w.frame.loops.length ? 2 : 1, one(() => guardedReturn(w))]);
  if (w.frame.loops.length) options.push([4, one(() => jump(w))]);
  return w.weighted(options);
}

function declaration(w: Writer): Tree {
  if (w.chance(8)) {
    const name = w.name('c');
    const result = stmt`const ${name} = ${condition(w)};`;
    w.declare({ name, kind: 'bool', assignable: false });
    return result;
  }
  const kind = w.chance(45) ? 'num' : w.pick(w.kinds);
  const assignable = w.chance(60);
  const isNew = kind === 'num' || w.chance(65) || !has(w, kind);
  const what = kind === 'num' ? number(w, 2) : isNew ? fresh(w, kind, 2) : reference(w, kind);
  if (!isNew) w.tag('alias');
  const name = w.name({ num: 'x', f64: 'u', arr: 'v', f32: 'g', mat: 'm', fmat: 'n', Point: 'p', State: 's', Pair: 'r', points: 'ps' }[kind]);
  const annotate = kind !== 'num' && kind !== 'arr' ? true : w.chance(30);
  w.declare({ name, kind, assignable, own: isNew && kind === 'arr' });
  return stmt`${assignable ? 'let' : 'const'} ${name}${annotate ? `: ${TYPE[kind]}` : ''} = ${what};`;
}

function assignment(w: Writer): Tree {
  const place = numberPlace(w);
  if (!place) return declaration(w);
  w.tag(place.parts.length > 1 ? 'element write' : 'assignment');
  return w.weighted([
    [5, () => stmt`${place} = ${number(w, 2)};`],
    [4, () => stmt`${place} ${w.pick(['+=', '-='])} ${number(w, 2)};`],
    [2, () => stmt`${place} *= ${bounded(w, 2)};`],
    [1, () => stmt`${place} = Math.tanh(${place}) + ${number(w, 2)};`],
    [1, () => stmt`${place}${w.pick(['++', '--'])};`],
    [1, () => stmt`${place} /= 1.5 + Math.abs(${number(w, 1)});`],
  ]);
}

function swap(w: Writer): Tree {
  const [a, b] = [numberPlace(w), numberPlace(w)];
  if (!a || !b) return declaration(w);
  w.tag('swap');
  return w.weighted([
    [3, () => stmt`[${a}, ${b}] = [${b}, ${a}];`],
    [2, () => stmt`[${a}, ${b}] = [${b}, ${number(w, 2)}];`],
    [1, () => {
      const name = w.name('x');
      w.declare({ name, kind: 'num', assignable: false });
      return stmt`const ${name} = ${a}; ${a} = ${b}; ${b} = ${name};`;
    }],
  ]);
}

/** A variable, row or field that holds an object gets another one. */
function rebind(w: Writer): Tree {
  const kinds = w.kinds.filter((k) => k !== 'num');
  const options: [number, () => Tree][] = [];
  for (const kind of kinds) {
    const targets = w.variables(kind, (v) => v.assignable && !v.own);
    if (targets.length) {
      const target = w.pick(targets);
      options.push([3, () => {
        w.tag('rebound variable');
        return stmt`${target.name} = ${value(w, kind, 2)};`;
      }]);
      const second = w.pick(targets);
      if (second !== target) {
        options.push([6, () => {
          w.tag('swapped objects');
          return stmt`[${target.name}, ${second.name}] = [${second.name}, ${target.name}];`;
        }]);
      }
    }
  }
  for (const [outer, row] of [['mat', 'arr'], ['fmat', 'f64'], ['points', 'Point']] as const) {
    if (!w.variables(outer).length) continue;
    options.push([3, () => {
      w.tag('rebound row');
      return stmt`${reference(w, outer)}[${integer(w, w.length)}] = ${value(w, row, 2)};`;
    }]);
  }
  if (has(w, 'State')) {
    options.push([2, () => {
      w.tag('rebound field');
      const [field, kind] = w.pick([['v', 'arr'], ['w', 'f64'], ['q', 'Point']] as const);
      return stmt`${reference(w, 'State')}.${field} = ${value(w, kind, 2)};`;
    }]);
  }
  return options.length ? w.weighted(options) : assignment(w);
}

function destructuring(w: Writer): Tree {
  const options: (() => Tree)[] = [];
  const bind = (kind: Kind, assignable: boolean) => {
    const name = w.name(kind === 'num' ? 'x' : 'd');
    w.declare({ name, kind, assignable });
    return name;
  };
  const assignable = w.chance(50);
  const word = assignable ? 'let' : 'const';
  w.tag('destructuring');
  if (has(w, 'Pair') || w.reachable('Pair').length) {
    options.push(() => {
      const from = value(w, 'Pair', 1);
      return stmt`${word} [${bind('num', assignable)}, ${bind('num', assignable)}] = ${from.parts[0] === '[' ? reference(w, 'Pair') : from};`;
    });
  }
  if (has(w, 'Point')) {
    options.push(() => {
      const from = reference(w, 'Point');
      return stmt`${word} { a: ${bind('num', assignable)}, b: ${bind('num', assignable)} } = ${from};`;
    });
  }
  if (has(w, 'State')) {
    options.push(() => {
      const from = reference(w, 'State');
      return stmt`${word} { v: ${bind('arr', assignable)}, p: ${bind('num', assignable)}, q: { a: ${bind('num', assignable)} } } = ${from};`;
    });
  }
  for (const kind of ROWS) {
    if (has(w, kind)) {
      options.push(() => {
        const from = reference(w, kind);
        return stmt`${word} [${bind('num', assignable)}, ${bind('num', assignable)}] = ${from};`;
      });
    }
  }
  return options.length ? w.pick(options)() : declaration(w);
}

/** Bulk writes. */
function objectWrite(w: Writer): Tree {
  const options: (() => Tree)[] = [];
  for (const kind of ROWS) {
    if (!has(w, kind)) continue;
    options.push(() => {
      w.tag('fill, set, reverse');
      const target = reference(w, kind);
      return w.weighted([
        [1, () => stmt`${target}.fill(${number(w, 2)});`],
        [1, () => stmt`${target}.reverse();`],
        [1, () => (kind === 'arr' ? stmt`${target}.fill(${leaf(w)}, 1);` : stmt`${target}.set(${value(w, kind, 1)}.slice(0, 1)${w.chance(50) ? ', 1' : ''});`)],
      ]);
    });
  }
  return options.length ? w.pick(options)() : assignment(w);
}

function pushOrPop(w: Writer): Tree {
  const targets = w.frame.fixed ? [] : w.variables('arr', (v) => v.own === true && !v.assignable);
  if (!targets.length) return assignment(w);
  const { name } = w.pick(targets);
  w.tag('push, pop');
  return w.weighted([
    [3, () => stmt`${name}.push(${number(w, 2)});`],
    [1, () => stmt`if (${name}.length > ${w.length}) {
  ${name}.pop();
}`],
    [1, () => {
      const x = w.name('x');
      const pushed = number(w, 2);
      w.declare({ name: x, kind: 'num', assignable: false });
      return stmt`${name}.push(${pushed}); const ${x} = ${name}.pop()!;`;
    }],
  ]);
}

function branch(w: Writer): Tree {
  w.tag('if');
  const then = () => block(w, 1 + w.int(2));
  return w.weighted([
    [4, () => stmt`if (${condition(w)}) {${then()}}`],
    [3, () => stmt`if (${condition(w)}) {${then()}} else {${then()}}`],
    [1, () => stmt`if (${condition(w)}) {${then()}} else if (${condition(w)}) {${then()}} else {${then()}}`],
  ]);
}

function switchStatement(w: Writer): Tree {
  w.tag('switch');
  return w.inFrame({ loops: [...w.frame.loops, { isSwitch: true }] }, () => {
    const cases = () => block(w, 1 + w.int(2));
    return stmt`switch (${integer(w)}) {
  case 0: {${cases()}}${w.chance(60) ? ' break;' : ''}
  case 1: {${cases()}} break;
  ${w.chance(60) ? other`default: {${cases()}}` : ''}
}`;
  });
}

function guardedReturn(w: Writer): Tree {
  w.tag(w.frame.loops.length ? 'return in loop' : 'early return');
  return stmt`if (${condition(w)}) {${{ block: [returnStatement(w)] }}}`;
}

function jump(w: Writer): Tree {
  const loops = w.frame.loops.filter((l) => !l.isSwitch);
  const inside = !w.frame.loops.at(-1)!.isSwitch;
  const labels = loops.flatMap((l) => l.label ?? []);
  const words: string[] = [];
  if (inside) words.push('break');
  if (loops.length) words.push('continue');
  if (labels.length) words.push(`break ${w.pick(labels)}`, `continue ${w.pick(labels)}`);
  if (!words.length) words.push('break');
  const word = w.pick(words);
  w.tag(...word.split(' ').slice(0, 1), ...(word.includes(' ') ? ['labelled jump'] : []));
  return stmt`if (${condition(w)}) {${{ block: [...(w.chance(40) ? [assignment(w)] : []), stmt`${word};`] }}}`;
}

function loop(w: Writer): Tree[] {
  const label = w.chance(15) ? w.name('L') : undefined;
  const prefix = label ? `${label}: ` : '';
  const n = w.length;
  const body = (fixed: boolean, ...own: Variable[]): Block => w.inFrame({ loops: [...w.frame.loops, { label }], fixed: w.frame.fixed || fixed }, () => w.inScope(() => {
    own.forEach((v) => w.declare(v));
    return block(w, 1 + w.int(3));
  }));
  const counter = (below: number): Variable => ({ name: w.name('i'), kind: 'int', assignable: false, below });
  const options: [number, () => Tree[]][] = [
    [6, () => {
      const trips = 1 + w.int(4);
      const i = counter(trips);
      w.tag('for');
      return [stmt`${prefix}for (let ${i.name} = 0; ${i.name} < ${trips}; ${i.name}++) {${body(false, i)}}`];
    }],
    [2, () => {
      const i = counter(n);
      w.tag('for downwards');
      return [stmt`${prefix}for (let ${i.name} = ${n} - 1; ${i.name} >= 0; ${i.name}--) {${body(false, i)}}`];
    }],
    [1, () => {
      const i = counter(n);
      w.tag('for by 2');
      return [stmt`${prefix}for (let ${i.name} = 0; ${i.name} < ${n}; ${i.name} += 2) {${body(false, i)}}`];
    }],
    [2, () => {
      const i = counter(4);
      w.tag('while');
      const b = body(false, i);
      const step = stmt`${i.name}++;`;
      return [stmt`let ${i.name} = 0;\n${prefix}while (${i.name} < 3 && ${condition(w, 1)}) {${{ block: [step, ...b.block] }}}`];
    }],
    [2, () => {
      const i = counter(4);
      w.tag('do');
      const b = body(false, i);
      return [stmt`let ${i.name} = 0;\n${prefix}do {${{ block: [stmt`${i.name}++;`, ...b.block] }}} while (${i.name} < 3${w.chance(50) ? other` && ${condition(w, 1)}` : ''});`];
    }],
    [2, () => {
      const i = counter(5);
      w.tag('endless loop');
      const b = body(false, i);
      const steps = [stmt`if (${i.name}++ >= ${1 + w.int(3)}) break;`, ...(w.chance(50) ? [stmt`if (${condition(w, 1)}) break;`] : [])];
      return [stmt`let ${i.name} = 0;\n${prefix}while (true) {${{ block: [...steps, ...b.block] }}}`];
    }],
  ];
  for (const kind of ROWS) {
    if (!has(w, kind)) continue;
    options.push([2, () => {
      w.tag('for of');
      const array = reference(w, kind);
      const t: Variable = { name: w.name('t'), kind: 'num', assignable: w.chance(20) };
      if (kind === 'arr' && w.chance(25)) {
        const i = counter(100);
        return [stmt`${prefix}for (const [${i.name}, ${t.name}] of ${array}.entries()) {${body(true, i, { ...t, assignable: false })}}`];
      }
      return [stmt`${prefix}for (${t.assignable ? 'let' : 'const'} ${t.name} of ${array}) {${body(true, t)}}`];
    }], [2, () => {
      const array = reference(w, kind);
      const i = counter(100);
      w.tag('for to length');
      return [stmt`${prefix}for (let ${i.name} = 0; ${i.name} < ${array}.length; ${i.name}++) {${body(true, i)}}`];
    }]);
  }
  for (const [outer, row] of [['mat', 'arr'], ['fmat', 'f64'], ['points', 'Point']] as const) {
    if (!has(w, outer)) continue;
    options.push([3, () => {
      w.tag('for of');
      const array = reference(w, outer);
      const t: Variable = { name: w.name('t'), kind: row, assignable: false };
      return [stmt`${prefix}for (const ${t.name} of ${array}) {${body(true, t)}}`];
    }]);
  }
  return w.weighted(options);
}

function forEach(w: Writer): Tree {
  const kinds = (['arr', 'f64', 'mat', 'points'] as const).filter((k) => has(w, k));
  if (!kinds.length) return assignment(w);
  const kind = w.pick(kinds);
  const array = reference(w, kind);
  w.tag('forEach');
  const t: Variable = { name: w.name('t'), kind: kind === 'mat' ? 'arr' : kind === 'points' ? 'Point' : 'num', assignable: false };
  const i: Variable = { name: w.name('i'), kind: 'int', assignable: false, below: 100 };
  return w.inFrame({ loops: [], closure: true, fixed: true, result: 'void' }, () => w.inScope(() => {
    w.declare(t);
    w.declare(i);
    return stmt`${array}.forEach((${t.name}, ${i.name}) => {${block(w, 1 + w.int(2))}});`;
  }));
}

function closure(w: Writer): Tree {
  const kinds = w.kinds.filter((k) => k !== 'State');
  const result = w.weighted<Kind | 'void'>([[4, () => 'num'], [3, () => 'void'], [1, () => w.pick(kinds)]]);
  const name = w.name('g');
  const params: Variable[] = Array.from({ length: w.int(3) }, () => ({ name: w.name('q'), kind: w.chance(50) ? 'num' : w.pick(kinds), assignable: w.chance(30) }));
  w.tag('closure');
  const text = w.inFrame({ loops: [], closure: true, fixed: true, result }, () => w.inScope(() => {
    params.forEach((p) => w.declare(p));
    const body = block(w, 1 + w.int(3), result !== 'void');
    const head = `(${params.map((p) => `${p.name}: ${TYPE[p.kind as Kind]}`).join(', ')}): ${result === 'void' ? 'void' : TYPE[result]}`;
    return stmt`const ${name} = ${head} => {${body}};`;
  }));
  w.closures.at(-1)!.push({ name, params: params.map((p) => p.kind as Kind), optional: 0, result });
  return text;
}
