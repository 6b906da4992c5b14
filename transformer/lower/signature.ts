/**
 * What a call must know of a function: its parameters and the shape of its result.
 *
 * A function whose every `return` is a literal of its tuple or record type yields the parts as plain
 * values (see `Result`); which parts those are is read off the text, before the body is lowered, so
 * that recursive functions know their own shape.
 */
import type * as t from '@babel/types';
import type { Result } from '../ir/ir.ts';
import { type Type, VOID, fieldKeys, fieldType, someType } from '../ir/types.ts';
import type { FunctionNode, Module } from '../parse/module.ts';
import { isFunction, keyOf, unwrap, walk } from '../parse/walk.ts';
import type { Program } from './program.ts';
import type { Scope } from './scope.ts';
import { annotationOf, concrete, typeOfNode } from './types.ts';

export interface Parameter {
  /** The name, if it is not a pattern. */
  name?: string;
  pattern: t.Node;
  type?: Type;
  /** The type as it is written, with its type parameters. */
  declared?: Type;
  default?: t.Expression;
  rest: boolean;
  optional: boolean;
}

export interface Signature {
  name: string;
  module: Module;
  node: FunctionNode;
  parameters: Parameter[];
  result: Result;
}

export function parametersOf(program: Program, module: Module, node: FunctionNode, scope?: Scope): Parameter[] {
  return node.params.filter((p) => p.type !== 'Identifier' || p.name !== 'this').map((p) => {
    const rest = p.type === 'RestElement';
    const parameter = p.type === 'TSParameterProperty' ? p.parameter : rest ? p.argument : p;
    const pattern = parameter.type === 'AssignmentPattern' ? parameter.left : parameter;
    const annotated = rest && annotationOf(p) ? p : pattern;
    const annotation = annotationOf(annotated as { typeAnnotation?: t.Node });
    // A pattern without annotation has the type of its defaults.
    const known = annotation ?? (pattern.type === 'Identifier' ? pattern : pattern.type === 'ObjectPattern' && parameter !== pattern ? parameter : undefined);
    const declared = known && program.host.typeAt(module.file, known.start!, known.end!);
    return {
      ...(pattern.type === 'Identifier' ? { name: pattern.name, optional: Boolean(pattern.optional) } : { optional: false }),
      pattern, rest,
      ...(declared ? { declared, type: concrete(declared, scope) } : {}),
      ...(parameter.type === 'AssignmentPattern' ? { default: parameter.right } : {}),
    };
  });
}

/** The signature as far as it is written down: `result` is missing where the return type is not. */
export function declaredSignature(program: Program, module: Module, node: FunctionNode, name: string): Omit<Signature, 'result'> & { result?: Result } {
  const result = declaredResult(program, module, node);
  return { name, module, node, parameters: parametersOf(program, module, node), ...(result ? { result } : {}) };
}

export function declaredResult(program: Program, module: Module, node: FunctionNode, scope?: Scope): Result | undefined {
  if (returnsOf(node).length === 0) return { kind: 'void' };
  const annotation = node.returnType && 'typeAnnotation' in node.returnType ? (node.returnType.typeAnnotation as t.Node) : undefined;
  const type = typeOfNode({ program, file: module.file, ...(scope ? { scope } : {}) }, annotation);
  // Of what the declaration leaves open, the body tells more.
  return type && !someType(type, (t) => t.kind === 'opaque') ? resultOf(type, node) : undefined;
}

/** The shape of the result of a function that returns the type. */
export function resultOf(type: Type, node: FunctionNode): Result {
  return type.kind === VOID.kind ? { kind: 'void' } : shape(type, returnsOf(node));
}

function shape(type: Type, expressions: (t.Node | undefined)[]): Result {
  const literals = expressions.flatMap((e) => (e ? alternatives(e) : [undefined]));
  const value: Result = { kind: 'value', type };
  if (type.kind !== 'tuple' && type.kind !== 'record') return value;
  const parts: Result[] = [];
  for (const key of fieldKeys(type)) {
    const inner: (t.Node | undefined)[] = [];
    for (const literal of literals) {
      const part = literal && partOf(literal, type, key);
      // Whether a spread has an optional property, the object knows.
      if (!part || (part === 'spread' && isOptional(type, key))) return value;
      inner.push(part === 'spread' ? undefined : part);
    }
    parts.push(shape(fieldType(type, key)!, inner));
  }
  if (type.kind === 'tuple') return { kind: 'tuple', parts };
  const fixed = type.fields.filter((f) => f.readonly).map((f) => f.name);
  return { kind: 'record', names: fieldKeys(type), parts, ...(type.name ? { type: type.name } : {}), ...(fixed.length > 0 ? { readonly: fixed } : {}) };
}

const isOptional = (type: Type, key: string) => type.kind === 'record' && type.fields.some((f) => f.name === key && f.optional);

/** What a literal has at a key; undefined if it is no literal of the type. */
function partOf(node: t.Node, type: Type, key: string): t.Node | 'spread' | undefined {
  if (type.kind === 'tuple' && node.type === 'ArrayExpression') {
    if (node.elements.length !== type.elements.length || node.elements.some((e) => !e || e.type === 'SpreadElement')) return undefined;
    return node.elements[Number(key)] ?? undefined;
  }
  if (type.kind !== 'record' || node.type !== 'ObjectExpression') return undefined;
  let part: t.Node | 'spread' | undefined;
  for (const property of node.properties) {
    if (property.type === 'SpreadElement') part = 'spread';
    else if (property.type === 'ObjectProperty' && keyOf(property) === key) part = property.value;
  }
  return part;
}

/** The expressions of which one is the value. */
function alternatives(expression: t.Node): t.Node[] {
  const node = unwrap(expression);
  return node.type === 'ConditionalExpression' ? [...alternatives(node.consequent), ...alternatives(node.alternate)] : [node];
}

/** Every expression that the function itself returns. */
export function returnsOf(node: FunctionNode): t.Expression[] {
  if (node.body.type !== 'BlockStatement') return [node.body as t.Expression];
  const found: t.Expression[] = [];
  walk(node.body, (n) => {
    if (isFunction(n)) return false;
    if (n.type === 'ReturnStatement' && n.argument) found.push(n.argument);
    return undefined;
  });
  return found;
}
