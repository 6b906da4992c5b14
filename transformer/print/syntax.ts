/** Short ways to make Babel nodes. */
import * as t from '@babel/types';
import { generate as babelGenerate } from '@babel/generator';
import type { Mapping } from '@jridgewell/gen-mapping';
import { type Type, showType } from '../ir/types.ts';
import { isIdentifier } from './names.ts';

export function generate(node: t.Node, oneLine = false): string {
  return babelGenerate(node, { jsescOption: { quotes: 'single', minimal: true }, ...(oneLine ? { concise: true } : {}) }).code;
}

/** The text of a node, and which statements with a number (`numbered`) begin or end on each of its lines. */
export function generateLines(node: t.Node): { code: string; lines: Map<number, Set<number>> } {
  const { code, rawMappings } = babelGenerate(node, { jsescOption: { quotes: 'single', minimal: true }, sourceMaps: true, sourceFileName: 'statements' }) as { code: string; rawMappings?: Mapping[] };
  const lines = new Map<number, Set<number>>();
  for (const { generated, original } of rawMappings ?? []) if (original) lines.set(generated.line, (lines.get(generated.line) ?? new Set()).add(original.line));
  return { code, lines };
}

/** Gives a statement a number, in the place of where it was in a text. */
export function numbered<T extends t.Node>(node: T, number: number): T {
  const at = { line: number, column: 0, index: 0 };
  node.loc = { start: at, end: at, filename: 'statements', identifierName: undefined };
  return node;
}

/** Text that is printed as it is, in the place of an expression. */
export function raw(text: string): t.Identifier {
  const node = t.identifier('x');
  node.name = text;
  return node;
}

export function annotation(type: Type): t.TSTypeAnnotation {
  return t.tsTypeAnnotation(t.tsTypeReference(raw(showType(type))));
}

export function annotated(name: string, type: Type): t.Identifier {
  const node = raw(name);
  node.typeAnnotation = annotation(type);
  return node;
}

export function number(value: number): t.Expression {
  if (Number.isNaN(value)) return raw('NaN');
  if (value < 0 || Object.is(value, -0)) return t.unaryExpression('-', number(-value));
  return value === Infinity ? raw('Infinity') : t.numericLiteral(value);
}

export function element(array: t.Expression, index: t.Expression): t.MemberExpression {
  return t.memberExpression(array, index, true);
}

export function length(array: t.Expression): t.MemberExpression {
  return t.memberExpression(array, t.identifier('length'));
}

export function method(object: t.Expression, name: string, ...args: t.Expression[]): t.CallExpression {
  return t.callExpression(t.memberExpression(object, t.identifier(name)), args);
}

/** An element of an array or dictionary. */
export function at(object: t.Expression, index: t.Expression, type: Type): t.MemberExpression {
  if (type.kind !== 'dictionary') return element(object, index);
  if (type.form === 'map') return method(object, 'get', index) as unknown as t.MemberExpression;
  return t.isStringLiteral(index) && isIdentifier(index.value) ? t.memberExpression(object, t.identifier(index.value)) : element(object, index);
}

/** A field of a record, or an element of a tuple. */
export function access(object: t.Expression, type: Type, key: string): t.MemberExpression {
  if (type.kind !== 'record') return element(object, t.numericLiteral(Number(key)));
  // A statement must not begin with the brace of a literal.
  const from = t.isIdentifier(object) && object.name.startsWith('{') ? t.parenthesizedExpression(object) : object;
  return isIdentifier(key) ? t.memberExpression(from, t.identifier(key)) : element(from, t.stringLiteral(key));
}

/** `{ a: 1, b }` on one line. */
/** `tests`: of a property that there may be, when. */
export function record(keys: readonly string[], values: readonly t.Expression[], tests: readonly (t.Expression | undefined)[] = []): t.Expression {
  const properties = keys.map((key, i) => {
    const value = values[i];
    const property = t.objectProperty(isIdentifier(key) ? t.identifier(key) : t.stringLiteral(key), value, false, t.isIdentifier(value, { name: key }));
    return tests[i] ? t.spreadElement(t.logicalExpression('&&', tests[i], t.objectExpression([property]))) : property;
  });
  return raw(properties.length === 0 ? '{}' : generate(t.objectExpression(properties), true));
}
