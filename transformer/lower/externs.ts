/**
 * Calls of what has no source in the program: `console.log`, `performance.now`, methods of opaque
 * objects. They may have effects, and their results have no derivative. The text of an `extern` is
 * what is called; where it contains `$0`, it is the whole expression, with places for the arguments.
 */
import type * as t from '@babel/types';
import { fail } from '../diagnostics.ts';
import type { Value } from '../ir/ir.ts';
import { type Type, VOID } from '../ir/types.ts';
import { unwrap } from '../parse/walk.ts';
import { expression } from './expressions.ts';
import type { Lowering } from './lowering.ts';
import { typeAt } from './types.ts';
import { nameOfGlobal } from './names.ts';
import { unsupported } from './statements.ts';
import { COMPUTES, isStateless, resultOfMethod } from './strings.ts';

/**
 * Functions that keep nothing of what they are given, and give nothing back that was kept: logs, clocks, random numbers,
 * and what only looks at its arguments.
 */
const DETACHED = /^(console|performance|JSON|Number|String|Intl)\.|^(Math\.random|Date\.(now|UTC|parse)|Object\.(keys|values|entries|is|fromEntries)|Array\.isArray|Reflect\.(get|has)|parseFloat|parseInt|BigInt|Symbol)$/;
/** Methods that only look at their object. */
const LOOKS = new Set([
  'join', 'indexOf', 'lastIndexOf', 'includes', 'slice', 'has', 'getTime', 'valueOf', 'toString', 'toISOString', 'toLocaleString', 'match', 'matchAll', 'test',
]);

/** What the call has to do with the world outside the program. */
function worldOf(cx: Lowering, callee: t.Node, method: { receiver: Value; name?: string } | undefined): 'none' | 'reads' | undefined {
  if (method) {
    if (method.name && resultOfMethod(method.receiver, method.name)) return 'none';
    if (!method.name || !LOOKS.has(method.name)) return undefined;
    return method.receiver.type.kind === 'opaque' ? 'reads' : 'none';
  }
  const isGlobal = (n: t.Node): boolean => n.type === 'MemberExpression' ? isGlobal(n.object) : n.type === 'Identifier' && nameOfGlobal(cx, n.name);
  return isGlobal(callee) && DETACHED.test(nameOf(cx, callee)) ? 'none' : undefined;
}

export function callExtern(cx: Lowering, node: t.CallExpression, needed: boolean, method?: { receiver: Value; name?: string }): Value | undefined {
  const callee = unwrap(node.callee);
  const receiver = method?.receiver;
  const args = receiver ? [receiver] : [];
  for (const a of node.arguments) {
    if (a.type === 'SpreadElement') unsupported(cx, a, 'Spreading an array into arguments', 'Pass the array itself.');
    args.push(expression(cx, a as t.Expression));
  }
  const type = typeOfCall(cx, node, needed, method);
  const text = receiver ? `$0${method?.name ? `.${method.name}` : ''}(${args.slice(1).map((_, i) => `$${i + 1}`).join(', ')})` : nameOf(cx, callee);
  const computes = method ? method.name !== undefined && resultOfMethod(method.receiver, method.name) !== undefined : COMPUTES.has(text);
  const isValue = (v: Value) => v.type.kind === 'string' || v.type.kind === 'number' || v.type.kind === 'boolean' || isStateless(v);
  const pure = (computes || (method?.name === 'test' && isStateless(receiver!))) && args.every(isValue);
  return cx.at(node).op('extern', args, type.kind === VOID.kind ? [] : [type], {
    text, pure, ...(receiver?.type.kind === 'string' && args.slice(1).every((a) => a.type.kind === 'number') ? { carries: [0] } : {}), shown: nameOf(cx, callee), world: worldOf(cx, callee, method), signature: method?.name ? undefined : cx.program.host.signatureAt?.(cx.file, node.start!, node.end!),
    ...(receiver ? {} : moduleOf(cx, callee)),
  }).result;
}

function typeOfCall(cx: Lowering, node: t.CallExpression, needed: boolean, method?: { receiver: Value; name?: string }): Type {
  const known = method?.name ? resultOfMethod(method.receiver, method.name) : COMPUTES.get(nameOf(cx, unwrap(node.callee)));
  const type = known ?? typeAt(cx, node) ?? KNOWN[nameOf(cx, unwrap(node.callee))];
  if (type) return type;
  return needed ? fail('TL2002', cx.span(node), `${nameOf(cx, unwrap(node.callee))}(…)`) : VOID;
}

/** Types of well-known functions, for hosts without a checker. */
const KNOWN: Record<string, Type | undefined> = {
  'Math.random': { kind: 'number' }, 'performance.now': { kind: 'number' }, 'Date.now': { kind: 'number' },
  'console.log': VOID, 'console.error': VOID, 'console.warn': VOID,
};

function nameOf(cx: Lowering, callee: t.Node): string { return cx.scope.module.text.slice(callee.start!, callee.end!); }

/** The module whose binding the called name begins with. */
function moduleOf(cx: Lowering, callee: t.Node): { module?: string } {
  let root = callee;
  while (root.type === 'MemberExpression') root = root.object;
  return root.type === 'Identifier' && cx.scope.module.bindings.has(root.name) ? { module: cx.file } : {};
}
