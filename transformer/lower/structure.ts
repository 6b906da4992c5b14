/** Methods that change the length of an array. */
import type * as t from '@babel/types';
import { type Value, constantOf } from '../ir/ir.ts';
import { type Type, elementType } from '../ir/types.ts';
import { append } from './arrays.ts';
import { pack } from './closures.ts';
import { expression } from './expressions.ts';
import type { Lowering } from './lowering.ts';
import { clamp, writable } from './methods.ts';
import { expectNumber, isPending } from './types.ts';

/** The elements that are put in: evaluated before the array changes. */
function inserted(cx: Lowering, array: Value, nodes: t.CallExpression['arguments']): { value: Value; spread: boolean; node: t.Node }[] {
  const element = isPending(array.type) ? undefined : elementType(array.type);
  return nodes.map((node) => {
    const spread = node.type === 'SpreadElement';
    const given = expression(cx, spread ? node.argument : node as t.Expression, spread ? undefined : element);
    const value = spread ? given : pack(cx, given, () => false, node);
    if (!element) cx.resolvePending(array.type, spread ? elementType(value.type) : value.type);
    return { value: spread ? value : cx.stored(value, element, node), spread, node };
  });
}

export function push(cx: Lowering, array: Value, node: t.CallExpression, needed: boolean): Value | undefined {
  const parts = inserted(cx, array, node.arguments);
  for (const { value, spread, node: at } of parts) {
    if (spread) append(cx, array, value, at);
    else cx.at(node).push(array, value);
  }
  return needed ? cx.at(node).length(array) : undefined;
}

export function unshift(cx: Lowering, array: Value, node: t.CallExpression, needed: boolean): Value | undefined {
  const parts = inserted(cx, array, node.arguments);
  if (parts.length === 1 && !parts[0].spread) cx.at(node).unshift(array, parts[0].value);
  else if (parts.length > 0) cx.at(node).splice(array, cx.b.const(0), cx.b.const(0), itemsOf(cx, array, parts, node));
  return needed ? cx.at(node).length(array) : undefined;
}

function itemsOf(cx: Lowering, array: Value, parts: ReturnType<typeof inserted>, node: t.Node): Value {
  const type: Type = { kind: 'array', element: elementType(array.type) };
  const first = parts.findIndex((p) => p.spread);
  const items = cx.at(node).literal(type, (first < 0 ? parts : parts.slice(0, first)).map((p) => p.value));
  for (const { value, spread, node: at } of first < 0 ? [] : parts.slice(first)) {
    if (spread) append(cx, items, value, at);
    else cx.at(at).push(items, value);
  }
  return items;
}

/** `xs.splice(start, count, …)`, with both numbers brought inside the array. */
export function splice(cx: Lowering, array: Value, node: t.CallExpression): Value {
  const [from, many, ...rest] = node.arguments as t.Expression[];
  const numbers = [from, many].map((a) => a && expectNumber(cx, expression(cx, a), 'splice', a));
  const parts = inserted(cx, array, rest);
  const length = cx.at(node).length(array);
  if (!from) return cx.at(node).literal(writable(array.type), []);
  const start = clamp(cx, numbers[0], length, node);
  const b = cx.at(node);
  const left = constantOf(start) === 0 ? length : b.prim('sub', [length, start]);
  const known = numbers[1] && constantOf(numbers[1]);
  const count = !many ? left : known !== undefined && known <= 0 ? b.const(0)
    : b.prim('min', [known !== undefined ? b.const(Math.trunc(known)) : b.prim('max', [b.prim('trunc', [numbers[1]]), b.const(0)]), left]);
  return cx.at(node).splice(array, start, count, itemsOf(cx, array, parts, node));
}

export function toSpliced(cx: Lowering, array: Value, node: t.CallExpression): Value {
  const copy = cx.at(node).copy(array, writable(array.type));
  splice(cx, copy, node);
  return copy;
}

/** `xs.length = n` */
export function setLength(cx: Lowering, array: Value, length: Value, node: t.Node): void {
  cx.at(node).resize(array, expectNumber(cx, length, 'length', node));
}

