/**
 * Mutants: one small change each to the text of the compiler, of the kinds that people make. Rules are mutated as
 * expressions, each partial and each condition; the code of both modes statement by statement. Left out are changes that
 * only the type checker sees (`x instanceof Op && …`), and those of names in the generated code.
 */
import { parse, parseExpression } from '@babel/parser';
import * as t from '@babel/types';
import { children } from '../../transformer/parse/walk.ts';

export interface Mutant {
  id: number;
  /** Remains the same when the file changes elsewhere. */
  key: string;
  file: string;
  line: number;
  /** The function it is in, or the rule. */
  where: string;
  /** What stands there, and what is put there instead. */
  from: string;
  to: string;
  changes: Replacement[];
}

/** Another text for a part of the file: an expression, a statement that is left out, the key of a property. */
interface Replacement { start: number; end: number; to: string; what: 'expression' | 'pure' | 'test' | 'statement' | 'key' }

type Place = { start?: number | null; end?: number | null };
type Change = [place: Place, to: string, what?: Replacement['what']] | [place: Place, to: string, second: [place: Place, to: string]];

export const FILES = [
  'rules/scalar', 'rules/special', 'rules/arithmetic', 'analyse/trips',
  ...[
    'reverse', 'adjoints', 'sweep', 'cotangents', 'reduction', 'saves', 'split', 'simple', 'entry', 'variant', 'forward', 'tangents', 'linearize',
    'lanes', 'jacobian/jacobian', 'jacobian/columns', 'jacobian/rows', 'vmap', 'custom', 'implicit', 'systems', 'outline', 'checkpoint', 'schedule', 'truncate',
  ].map((name) => `differentiate/${name}`),
].map((name) => `transformer/${name}.ts`);

/** The mutants of all files; number n is at n - 1. */
export function allMutants(read: (file: string) => string): Mutant[] {
  return FILES.reduce<Mutant[]>((mutants, file) => [...mutants, ...mutantsOf(file, read(file), mutants.length + 1)], []);
}

/** Code about names: what derivatives compute does not depend on it. */
const NAMES = /\bnaming\b|\.(name|variable)\b|nameFor|^`/;

/** Mutants of a file; their numbers begin with `first`. */
export function mutantsOf(file: string, text: string, first = 1): Mutant[] {
  const program = parse(text, { sourceType: 'module', plugins: ['typescript'] }).program;
  const mutants: Mutant[] = [];
  const seen = new Set<string>();
  const counts = new Map<string, number>();
  const isRules = /rules\/(scalar|special)\.ts$/.test(file);
  const visit = (node: t.Node, parents: t.Node[], where: string) => {
    if (node.type.startsWith('TS') && node.type !== 'TSNonNullExpression' && node.type !== 'TSAsExpression') return;
    const name = nameOf(node) ?? where;
    const changes = isRules ? rule(node, text) : code(node, parents, text);
    for (const [{ start, end }, to, more] of changes) {
      const second = Array.isArray(more) ? more : undefined;
      const last = second ? second[0].end! : end!;
      const from = text.slice(start!, last);
      const put = second ? `${to}, ${second[1]}` : to;
      const key = `${start}:${last}:${put}`;
      if (put === from || seen.has(key) || (!isRules && NAMES.test(from))) continue;
      seen.add(key);
      const like = `${name}: ${from} → ${put}`;
      const nth = (counts.get(like) ?? 0) + 1;
      counts.set(like, nth);
      const kind = () => (isRules || !isPure(parseText(from)) || !isPure(parseText(to)) ? 'expression' : decides(node, parents) ? 'test' : 'pure');
      mutants.push({
        id: first + mutants.length, key: `${file} ${like} ${nth}`, file, line: text.slice(0, start!).split('\n').length, where: name, from, to: put,
        changes: second ? [{ start: start!, end: end!, to, what: 'expression' }, { start: second[0].start!, end: last, to: second[1], what: 'expression' }]
          : [{ start: start!, end: end!, to, what: (more as Replacement['what']) ?? kind() }],
      });
    }
    for (const [child] of children(node)) visit(child, [...parents, node], name);
  };
  visit(program, [], '');
  return mutants;
}

/**
 * The text of a file with all of its mutants in it, each of which `__mutant(id)` turns on:
 *
 *   this.addTo(v, bar)  →  this.addTo((__mutant(1) ? (i) : v), (__mutant(2) ? (neg(bar)) : bar))
 *
 * Where neither text does anything but answer, both can be evaluated to see whether the mutant makes a difference at all:
 *
 *   if (!bar) return    →  if (__either(true, !bar, 3, () => true, 4, () => false)) return
 */
export function schema(text: string, mutants: Mutant[]): string {
  const all = mutants.flatMap(({ id, changes }) => changes.map((c) => ({ ...c, id }))).sort((a, b) => a.start - b.start || b.end - a.end || a.id - b.id);
  const emit = (from: number, to: number, changes: typeof all): string => {
    let out = '';
    let at = from;
    for (let i = 0; i < changes.length;) {
      const { start, end } = changes[i];
      let k = i;
      while (k < changes.length && changes[k].start === start && changes[k].end === end) k++;
      const here = changes.slice(i, k);
      let last = k;
      while (last < changes.length && changes[last].start < end) last++;
      out += text.slice(at, start) + switched(here, emit(start, end, changes.slice(k, last)));
      at = end;
      i = last;
    }
    return out + text.slice(at, to);
  };
  return emit(0, text.length, all);
}

function switched(changes: (Replacement & { id: number })[], original: string): string {
  const [first] = changes;
  if (changes.every(({ what }) => what === 'test' || what === 'pure')) {
    return `__either(${first.what === 'test'}, ${original}, ${changes.map(({ id, to }) => `${id}, () => (${to})`).join(', ')})`;
  }
  if (first.what === 'statement') return `{ if (!__mutant(${first.id})) { ${original} } }`;
  const chosen = changes.reduceRight((rest, { id, to }) => `__mutant(${id}) ? (${to}) : ${rest}`, original);
  return first.what === 'key' ? `[${chosen}]` : `(${chosen})`;
}

const parseText = (text: string) => parseExpression(text, { plugins: ['typescript'] });

/** Is the expression only asked whether it holds? */
function decides(node: t.Node, parents: t.Node[]): boolean {
  for (let k = parents.length - 1, inner = node; k >= 0; inner = parents[k--]) {
    const parent = parents[k];
    if (isTest(inner, parent) || (parent.type === 'WhileStatement' && parent.test === inner)) return true;
    if (!(parent.type === 'LogicalExpression' && parent.operator !== '??') && !(parent.type === 'UnaryExpression' && parent.operator === '!')) return false;
  }
  return false;
}

/** Functions that only answer, by how their names begin. */
const ASKING = /^(is|has|may|can|needs|some|every|includes|constantOf|sameType|filter|find|at|slice|indexOf|max|min|startsWith|endsWith|test|holds)/;

function isPure(node: t.Node): boolean {
  switch (node.type) {
    case 'Identifier': case 'ThisExpression': case 'StringLiteral': case 'NumericLiteral': case 'BooleanLiteral': case 'NullLiteral': case 'RegExpLiteral': return true;
    case 'MemberExpression': case 'OptionalMemberExpression': case 'BinaryExpression': case 'LogicalExpression': case 'ConditionalExpression': case 'TSNonNullExpression':
    case 'ParenthesizedExpression': case 'ArrayExpression': case 'SpreadElement': case 'ArrowFunctionExpression': case 'ObjectPattern': case 'ArrayPattern': case 'ObjectProperty':
      return children(node).every(([child]) => isPure(child));
    case 'UnaryExpression': return node.operator !== 'delete' && isPure(node.argument);
    case 'TSAsExpression': return isPure(node.expression);
    case 'CallExpression': case 'OptionalCallExpression': {
      const { callee } = node;
      const name = callee.type === 'Identifier' ? callee.name : callee.type === 'MemberExpression' || callee.type === 'OptionalMemberExpression' ? (callee.property as t.Identifier).name : '';
      return ASKING.test(name ?? '') && children(node).every(([child]) => isPure(child));
    }
    default: return false;
  }
}

function nameOf(node: t.Node): string | undefined {
  if (node.type === 'ClassMethod' && node.key.type === 'Identifier') return node.key.name;
  if (node.type === 'FunctionDeclaration') return node.id?.name;
  return isRule(node) ? (node.arguments[0] as t.StringLiteral).value : undefined;
}

// Rules

function isRule(node: t.Node): node is t.CallExpression {
  return node.type === 'CallExpression' && node.callee.type === 'Identifier' && node.callee.name === 'elementwise';
}

function* rule(node: t.Node, text: string): Generator<Change> {
  if (node.type === 'CallExpression' && node.callee.type === 'Identifier' && node.callee.name === 'piecewiseConstant') {
    // floor, … as if their derivative were 1
    for (const a of node.arguments) yield [node, `${text.slice(node.start!, node.end!)}; elementwise('${(a as t.StringLiteral).value}(x)', ['1'], { at: [[0.3], [-1.7]] })`.replace('; ', ', ')];
  }
  if (!isRule(node)) return;
  const [signature, partials, options] = node.arguments;
  const parameters = /\(\.{0,3}(.*)\)/.exec((signature as t.StringLiteral).value)![1].split(', ');
  for (const literal of (partials as t.ArrayExpression).elements as t.StringLiteral[]) {
    for (const to of partialMutants(literal.value, [...parameters, 'y'])) yield [literal, `'${to}'`];
  }
  const singular = (options as t.ObjectExpression).properties.find((p): p is t.ObjectProperty => p.type === 'ObjectProperty' && (p.key as t.Identifier).name === 'singular');
  for (const p of (singular?.value as t.ObjectExpression)?.properties ?? []) {
    const { key, value } = p as t.ObjectProperty;
    yield [key, '9', 'key'];
    // Whether a partial is guarded can only be known where another operand is a constant.
    const own = parameters[(key as t.NumericLiteral).value];
    if (value.type === 'StringLiteral' && !value.value.includes(own)) for (const to of conditionMutants(value.value)) yield [value, `'${to}'`];
  }
}

/** −p, 2 p; a sum without a term, a product without a factor; another operand; another number; a condition decided. */
function partialMutants(partial: string, names: string[]): string[] {
  if (partial === '0') return ['1'];
  const slice = (n: t.Node) => partial.slice(n.start!, n.end!);
  const root = parseExpression(partial);
  const put = (n: t.Node, to: string) => `${partial.slice(0, n.start!)}${to}${partial.slice(n.end!)}`;
  const conditional = root.type === 'ConditionalExpression';
  const out = conditional ? [] : [`-(${partial})`, `2 * (${partial})`];
  const visit = (n: t.Node, callee = false) => {
    if (n.type === 'BinaryExpression') {
      if (n.operator in COMPARISONS) out.push(...conditionMutants(slice(n)).map((c) => put(n, c)));
      else out.push(put(n, slice(n.left)), put(n, slice(n.right)));
    }
    if (n.type === 'UnaryExpression') out.push(put(n, slice(n.argument)));
    if (n.type === 'ConditionalExpression') out.push(put(n, slice(n.consequent)), put(n, slice(n.alternate)));
    if (n.type === 'NumericLiteral') out.push(put(n, String(n.value + 1)));
    if (n.type === 'Identifier' && !callee) out.push(...names.filter((name) => name !== n.name).map((name) => put(n, name)));
    if (n.type === 'CallExpression') {
      visit(n.callee, true);
      n.arguments.forEach((a) => visit(a));
    } else for (const [child] of children(n)) visit(child);
  };
  visit(root);
  return [...new Set(out)];
}

const COMPARISONS: Record<string, string[]> = { '<': ['<=', '>='], '<=': ['<', '>'], '>': ['>=', '<='], '>=': ['>', '<'], '===': ['!=='], '!==': ['==='] };

function conditionMutants(condition: string): string[] {
  const e = parseExpression(condition);
  if (e.type !== 'BinaryExpression') return [];
  const [left, right] = [condition.slice(e.left.start!, e.left.end!), condition.slice(e.right.start!, e.right.end!)];
  return (COMPARISONS[e.operator] ?? []).map((op) => `${left} ${op} ${right}`);
}

// Code

const OPERATORS: Record<string, string[]> = { '<': ['<='], '<=': ['<'], '>': ['>='], '>=': ['>'], '===': ['!=='], '!==': ['==='], '+': ['-'], '-': ['+'], '*': ['/'], '/': ['*'] };
/** Primitives that the code builds by name. */
const PRIMITIVES: Record<string, string> = { add: 'sub', sub: 'add', mul: 'div', div: 'mul', lt: 'le', le: 'lt', ge: 'gt', gt: 'ge', floor: 'ceil', ceil: 'floor', max: 'min', eq: 'ne' };
/** What is added to a cotangent or a tangent, or written to a shadow: by function, the argument that says it. */
const TERMS: Record<string, number> = { addTo: 1, accum: 2, accumfield: 2, store: 2, setfield: 2, push: 1, fill: 1 };
/** Functions whose arguments are of one kind, so that a wrong order compiles. */
const ORDERED = new Set(['addinto', 'addElementwise', 'accum', 'sub', 'div', 'pow', 'mayBe', 'isInside', 'store']);

function* code(node: t.Node, parents: t.Node[], text: string): Generator<Change> {
  const slice = (n: t.Node) => text.slice(n.start!, n.end!);
  const parent = parents[parents.length - 1];
  switch (node.type) {
    case 'ExpressionStatement':
      // A constructor cannot do without `super(…)` and its fields.
      if (!parents.some((p) => p.type === 'ClassMethod' && p.kind === 'constructor')) yield [node, '', 'statement'];
      return;
    case 'IfStatement': case 'ConditionalExpression': yield [node.test, 'true']; yield [node.test, 'false']; return;
    case 'WhileStatement': yield [node.test, 'false']; return;
    case 'LogicalExpression':
      if (!isGuard(node.right)) yield [node, slice(node.left)];
      if (!isGuard(node.left) && !isForTypes(node)) yield [node, slice(node.right)];
      if (node.operator !== '??' && (parent.type === 'ReturnStatement' || parent.type === 'ArrowFunctionExpression')) { yield [node, 'true']; yield [node, 'false']; }
      return;
    case 'BinaryExpression':
      if (!isTest(node, parent) || /[<>]/.test(node.operator)) for (const op of OPERATORS[node.operator] ?? []) yield [node, `${slice(node.left)} ${op} ${slice(node.right)}`];
      return;
    case 'UnaryExpression': if (node.operator === '-' || (node.operator === '!' && !isTest(node, parent))) yield [node, slice(node.argument)]; return;
    case 'NumericLiteral': if (parent.type !== 'MemberExpression' && !isKey(node, parent)) yield [node, String(node.value + 1)]; return;
    case 'BooleanLiteral': if (parent.type !== 'ObjectProperty') yield [node, String(!node.value)]; return;
    case 'StringLiteral': if (parent.type === 'CallExpression' && PRIMITIVES[node.value]) yield [node, `'${PRIMITIVES[node.value]}'`]; return;
    case 'SwitchCase':
      // As if there were no such case.
      if (node.test && node.consequent.length > 0) yield [node.test, `'—'`];
      return;
    case 'CallExpression': yield* call(node, slice); return;
    case 'Identifier': yield* operand(node, parents); return;
  }
}

const isKey = (node: t.Node, parent: t.Node) => 'key' in parent && parent.key === node;

/** Is the name assigned, or a parameter? */
function isBound(node: t.Node, parent: t.Node): boolean {
  return (parent.type === 'AssignmentExpression' && parent.left === node) || parent.type === 'UpdateExpression' || ('params' in parent && (parent.params as t.Node[]).includes(node));
}

const isGuard = (node: t.Node) => node.type === 'BinaryExpression' && node.operator === 'instanceof';

/** x !== undefined && x < y: what is undefined is not less than anything anyway. */
function isForTypes({ left, right }: t.LogicalExpression): boolean {
  return left.type === 'BinaryExpression' && left.operator === '!==' && left.right.type === 'Identifier' && left.right.name === 'undefined' && left.left.type === 'Identifier'
    && right.type === 'BinaryExpression' && /[<>]/.test(right.operator) && right.left.type === 'Identifier' && right.left.name === left.left.name;
}

/** Is the node decided as a whole by another mutant? */
function isTest(node: t.Node, parent: t.Node): boolean {
  return (parent.type === 'IfStatement' || parent.type === 'ConditionalExpression') && parent.test === node;
}

function* call(node: t.CallExpression, slice: (n: t.Node) => string): Generator<Change> {
  const { callee, arguments: args } = node;
  const [object, name] = callee.type === 'MemberExpression' ? [slice(callee.object), (callee.property as t.Identifier).name] : ['', (callee as t.Identifier).name];
  if (name === 'filter') yield [node, object];
  const builder = name === 'addTo' ? 'this.b' : /^(b|s|inner|end|body|loose|this\.b)$/.test(object) ? object : undefined;
  const term = args[TERMS[name]];
  if (builder && term && !/^\w+\.const\(/.test(slice(term))) {
    for (const k of [-1, 2]) yield [term, `((term) => term && ${builder}.prim('mul', [term, ${builder}.const(${k})]))(${slice(term)})`];
  }
  if (ORDERED.has(name)) {
    const last = args.length - 1;
    if (last > 0) yield [args[last - 1], slice(args[last]), [args[last], slice(args[last - 1])]];
  }
  const operands = args[1];
  if (name === 'prim' && operands?.type === 'ArrayExpression' && operands.elements.length === 2 && /sub|div|lt|le|gt|ge/.test(slice(args[0]))) {
    const [x, y] = operands.elements;
    yield [operands, `[${slice(y!)}, ${slice(x!)}]`];
  }
}

/** Of an operation's operands, `const [a, i, v] = op.args`, another one. */
function* operand(node: t.Identifier, parents: t.Node[]): Generator<Change> {
  const parent = parents[parents.length - 1];
  if (parent.type === 'ArrayPattern' || (parent.type === 'MemberExpression' && parent.property === node && !parent.computed) || parent.type === 'ObjectProperty' || isBound(node, parent)) return;
  for (const scope of parents) {
    if (scope.type !== 'BlockStatement') continue;
    for (const s of scope.body) {
      if (s.type !== 'VariableDeclaration') continue;
      for (const { id, init } of s.declarations) {
        if (id.type !== 'ArrayPattern' || init?.type !== 'MemberExpression' || (init.property as t.Identifier).name !== 'args') continue;
        const names = id.elements.filter((e) => e?.type === 'Identifier').map((e) => (e as t.Identifier).name);
        const k = names.indexOf(node.name);
        if (k >= 0 && names.length > 1) yield [node, names[(k + 1) % names.length]];
      }
    }
  }
}
