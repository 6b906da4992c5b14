/** Functions with partial derivatives in one line: `elementwise('f(x)', ['…'])`. Every name in a partial is looked up here. */
import type * as t from '@babel/types';
import { parseExpression } from '@babel/parser';
import { fail } from '../diagnostics.ts';
import { type FuncRef, SPECIAL } from '../ir/ir.ts';
import type { Primitive } from '../ir/rules.ts';
import { signatureOf } from '../parse/rules.ts';
import { children, keyOf, unwrap } from '../parse/walk.ts';
import { type Custom, customOf, ruleCall, sourceOf, spanOf } from './customs.ts';
import { functionId, type Program } from './program.ts';

/** Says what is wrong with the rule: what it has, and what was expected. */
type Wrong = (found: string, expected: string, at?: t.Node) => never;

const primitives = new WeakMap<Program, Map<string, Primitive>>();

/** The rule of a function; it may mention itself, and others that mention it. */
export function primitiveOf(program: Program, custom: Custom): Primitive {
  let known = primitives.get(program);
  if (!known) primitives.set(program, (known = new Map()));
  const found = known.get(custom.id);
  if (found) return found;
  const { call, target } = ruleCall(custom, 'elementwise')!;
  const wrong: Wrong = (given, expected, at = call) => fail('TL1010', spanOf(custom.module, at), custom.name, given, expected);
  const { parameters } = signatureOf(target)!;
  const list = unwrap(call.arguments[1] ?? call);
  if (list.type !== 'ArrayExpression') return wrong('no list', 'a list of string literals');
  const partials = list.elements.map((e) => (e?.type === 'StringLiteral' ? e.value : wrong('a partial that is no literal', 'a string literal', e ?? list)));
  if (partials.length !== parameters.length) wrong(`${partials.length} partials`, `${parameters.length}, one for each parameter (${parameters.map((p) => `\`${p}\``).join(', ')})`, list);
  const count = sourceOf(program, custom)?.node.params.length;
  if (count !== undefined && count !== parameters.length) wrong(`${parameters.length} parameters`, `${count}, as many as \`${custom.name}\` has`, target);
  const functions = new Map<string, Primitive | FuncRef>();
  const primitive: Primitive = { callee: { id: custom.id, name: custom.name }, parameters, partials, singular: singularities(call.arguments[2], wrong), functions };
  known.set(custom.id, primitive);
  partials.forEach((text, i) => checkExpression(program, custom, text, parameters, functions, (given, expected) => wrong(given, expected, list.elements[i]!)));
  for (const text of Object.values(primitive.singular)) checkExpression(program, custom, text, parameters, functions, (given, expected) => wrong(given, expected, call.arguments[2]));
  return primitive;
}

/** `{ singular: { 0: 'x === 0' } }` */
function singularities(options: t.Node | undefined, wrong: Wrong): Record<number, string> {
  if (!options) return {};
  const node = unwrap(options);
  const property = node.type === 'ObjectExpression' ? node.properties.find((p) => p.type === 'ObjectProperty' && keyOf(p) === 'singular') : undefined;
  const record = property?.type === 'ObjectProperty' ? unwrap(property.value) : undefined;
  if (record?.type !== 'ObjectExpression') return wrong('other options', '`{ singular: { 0: \'x === 0\' } }`', options);
  return Object.fromEntries(record.properties.map((p) => (p.type === 'ObjectProperty' && p.value.type === 'StringLiteral' ? [keyOf(p), p.value.value] : wrong('no condition', 'a string literal', p))));
}

const BINARY = new Set(['+', '-', '*', '/', '**', '<', '<=', '>', '>=', '===', '!==']);

/** An expression of a rule consists of arithmetic, and every name in it is known. */
function checkExpression(program: Program, custom: Custom, text: string, parameters: readonly string[], functions: Map<string, Primitive | FuncRef>, wrong: Wrong): void {
  const check = (node: t.Node): void => {
    const said = `\`${text.slice(node.start!, node.end!)}\``;
    switch (node.type) {
      case 'NumericLiteral': return;
      case 'Identifier':
        if (node.name !== 'y' && !parameters.includes(node.name)) wrong(said, `a parameter (${parameters.map((p) => `\`${p}\``).join(', ')}) or \`y\`, the result`);
        return;
      case 'CallExpression':
        if (node.callee.type !== 'Identifier') return wrong(said, 'a function by its name');
        resolveFunction(program, custom, node.callee.name, functions, wrong);
        node.arguments.forEach(check);
        return;
      case 'UnaryExpression': if (node.operator !== '-') wrong(said, 'arithmetic'); break;
      case 'BinaryExpression': if (!BINARY.has(node.operator)) wrong(said, 'arithmetic'); break;
      case 'ConditionalExpression': case 'ParenthesizedExpression': break;
      default: wrong(said, 'arithmetic, calls and `c ? p : q`');
    }
    for (const [child] of children(node)) check(child);
  };
  let parsed: t.Expression;
  try {
    parsed = parseExpression(text);
  } catch {
    return wrong(`\`${text}\``, 'an expression');
  }
  check(parsed);
}

/** A function that a partial calls: of the module, else of tapeless, else of `Math`. */
function resolveFunction(program: Program, custom: Custom, name: string, functions: Map<string, Primitive | FuncRef>, wrong: Wrong): void {
  if (functions.has(name)) return;
  const { module } = custom;
  const imported = module.imports.get(name);
  if (imported !== undefined) {
    if (imported !== name || !(name in SPECIAL)) wrong(`\`${name}\``, 'a special function, by the name that tapeless gives it');
    return;
  }
  const resolved = program.resolve(module, name);
  if (!resolved) {
    if (!(name in Math)) wrong(`\`${name}\``, 'a function of `Math`, or one that the module declares or imports');
    return;
  }
  const other = customOf(program, resolved);
  if (other && ruleCall(other, 'elementwise')) functions.set(name, primitiveOf(program, other));
  else if (other) functions.set(name, { id: other.id, name: other.name });
  else if (resolved.binding.kind === 'function' && !resolved.module.path) functions.set(name, { id: functionId(resolved.module.file, resolved.binding.name), name: resolved.binding.name });
  else wrong(`\`${name}\``, 'a function of numbers');
}
