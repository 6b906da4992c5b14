/**
 * Functions that outlive what they capture: `ws.map((w) => (x) => w * x)`. Such a function becomes a record of the
 * values that it captures (a closure in the proper sense), whose type says which function it is:
 *
 *     ks = ws.map((w) => (x) => w * x); ks[0](3)   →   ks = ws.map((w) => ({ w })); { w } = ks[0]; w * 3
 *
 * That is right where none of them is assigned after the function is made.
 */
import type * as t from '@babel/types';
import { fail } from '../diagnostics.ts';
import type { Value } from '../ir/ir.ts';
import { type RecordType, type Type, fieldKeys } from '../ir/types.ts';
import type { FunctionNode } from '../parse/module.ts';
import { capturedVariables, isReassigned } from './captures.ts';
import { functionsIn, optionsOf } from './functions.ts';
import { Carry } from './instances.ts';
import type { Lowering } from './lowering.ts';
import { type Callable, type PullbackOf, type Variable, localOf } from './scope.ts';

/** Which function a closure is of: the same for all that are made by one expression, capturing the same names, and transformed alike. */
interface Code { node: FunctionNode; names: string }

/** What is known of a closure where it is called. */
export type Closure =
  | {
    /** A function of the text, or a transform of one. */
    target: Callable;
    /** The variables whose values it holds, in the order of its fields. */
    variables: readonly Variable[];
  }
  /** What `vjp` or `linearize` gives: it holds what was saved. */
  | { pullback: PullbackOf };

const codes = new WeakMap<FunctionNode, Code[]>();

function codeOf(node: FunctionNode, names: string): Code {
  const known = codes.get(node) ?? [];
  codes.set(node, known);
  let code = known.find((c) => c.names === names);
  if (!code) known.push((code = { node, names }));
  return code;
}

export function isClosure(type: Type): boolean { return type.kind === 'record' && type.code !== undefined; }

/** The value, with functions in it that capture variables which are not there later as closures. */
export function pack(cx: Lowering, value: Value, isThere: (v: Variable) => boolean, node: t.Node): Value {
  const { type } = value;
  if (isClosure(type) || !functionsIn(type).some((f) => lost(cx, f, isThere).length > 0)) return value;
  if (type.kind === 'record' || type.kind === 'tuple') {
    const parts = fieldKeys(type).map((key) => pack(cx, cx.at(node).field(value, key), isThere, node));
    const packed: Type = type.kind === 'tuple' ? { ...type, elements: parts.map((p) => p.type) }
      : { kind: 'record', fields: type.fields.map((f, i) => ({ ...f, type: parts[i].type })) };
    return cx.at(node).literal(packed, parts);
  }
  if (type.kind !== 'function' || type.options.length !== 1) return value;
  const [target] = optionsOf(type);
  const local = localOf(target)!;
  const variables = lost(cx, target, isThere);
  const assigned = variables.find((v) => isReassigned(cx.program, local, v));
  if (assigned) fail('TL2013', cx.span(node), target.name, assigned.name ?? 'this');
  const names = variables.map((v, i) => (variables.findIndex((w) => w.name === v.name) === i ? v.name! : `${v.name}_${i}`));
  const values = variables.map((v) => cx.read(v));
  const code = codeOf(local.node, [...names, ...transformsOf(target)].join());
  cx.closures.set(code, { target, variables });
  return cx.at(node).literal({ kind: 'record', fields: names.map((name, i) => ({ name, type: values[i].type })), code }, values);
}

/** `grad[0]`, … */
function transformsOf(target: Callable): string[] {
  return target.kind === 'transform' ? [`${target.transform}[${JSON.stringify(target.argnums)}]`, ...transformsOf(target.target)] : [];
}

function lost(cx: Lowering, target: Callable, isThere: (v: Variable) => boolean): Variable[] {
  const local = localOf(target);
  return !local ? [] : [...capturedVariables(cx.program, local)].filter((v) => !isThere(v) && !(v.type?.kind === 'function' && v.type.options.length === 1));
}

/** The function of a closure, which sees the values that it holds. */
export function unpack(cx: Lowering, value: Value, node: t.Node): Callable {
  const type = value.type as RecordType;
  const closure = cx.closures.get(type.code!) ?? fail('TL2011', cx.span(node), 'here');
  if ('pullback' in closure) return { kind: 'pullback', name: 'pullback', pullback: closure.pullback, saved: cx.at(node).field(value, 'saved') };
  const { target, variables } = closure;
  const carry = new Carry(cx);
  variables.forEach((v, i) => carry.variables.set(v, cx.carried(v, cx.at(node).field(value, type.fields[i].name))));
  const found = carry.callable(target);
  carry.bindAll();
  return found;
}
