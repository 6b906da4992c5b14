/** Lists of functions: their length is known, so what is done with each of them is written out. */
import type * as t from '@babel/types';
import type { Value } from '../ir/ir.ts';
import type { Type } from '../ir/types.ts';
import { arrayOf } from './arrays.ts';
import type { Piece } from './assign.ts';
import { apply } from './calls.ts';
import { expression } from './expressions.ts';
import { functionOf } from './functions.ts';
import type { Lowering } from './lowering.ts';
import { FALLS, type Status } from './scope.ts';
import { after, arrive, openTarget, unsupported } from './statements.ts';

/** The elements of a tuple. */
export function elementsOf(cx: Lowering, list: Value, node: t.Node): Value[] {
  const { elements } = list.type as Extract<Type, { kind: 'tuple' }>;
  return elements.map((_, i) => cx.at(node).field(list, String(i)));
}

/** A loop whose iterations are known: one copy of the body for each. */
export function unroll(cx: Lowering, node: t.Node, jumps: { labels: readonly string[]; body: t.Node }, elements: readonly Piece[], body: (element: Piece) => Status): Status {
  const { target, own } = openTarget(cx, 'loop', jumps.labels, [jumps.body]);
  const iterate = (k: number): Status => {
    if (k === elements.length) return FALLS;
    if (target.skipped) cx.env.set(target.skipped, undefined);
    return after(cx, arrive(body(elements[k]), target.skipped), node, () => iterate(k + 1));
  };
  cx.frame.targets.push(target);
  const status = iterate(0);
  cx.frame.targets.pop();
  return arrive(status, own ? target.done : undefined);
}

/** `layers.reduce(…)` */
export function listMethod(cx: Lowering, list: Value, name: string, node: t.CallExpression): Value | undefined {
  const args = node.arguments as t.Expression[];
  const callback = args[0] && functionOf(cx, args[0]);
  if (!callback) return unsupported(cx, node, `\`${name}\` of a list of functions`, 'Call the functions one by one.');
  const elements = elementsOf(cx, list, node);
  const visit = (element: Value, i: number) => apply(cx, callback, [element, cx.at(node).const(i), list], node);
  switch (name) {
    case 'forEach':
      elements.forEach(visit);
      return undefined;
    case 'map': return arrayOf(cx, elements.map((e, i) => visit(e, i) ?? unsupported(cx, node, 'Mapping with a function that returns nothing', 'Use `forEach`.')), undefined, node);
    case 'reduce': case 'reduceRight': {
      const indexed = elements.map((e, i) => [e, i] as const);
      if (name === 'reduceRight') indexed.reverse();
      let total = args[1] ? expression(cx, args[1]) : indexed.shift()![0];
      for (const [e, i] of indexed) {
        total = apply(cx, callback, [total, e, cx.at(node).const(i), list], node) ?? unsupported(cx, args[0], 'A reducer that returns nothing', 'Return the new total.');
      }
      return total;
    }
    default: return unsupported(cx, node, `\`${name}\` of a list of functions`, 'Call the functions one by one.');
  }
}

