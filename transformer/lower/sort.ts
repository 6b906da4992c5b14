/**
 * Sorting. The permutation is discrete: it changes where two elements change places and not in between. The values
 * flow along it, so that is what sorting becomes: the order of the indexes, and a loop that puts the elements there.
 *
 *   xs.sort(f)   →   order = argsort(xs, f); before = copy(xs); for (i) xs[i] = before[order[i]]
 *
 * The comparator is a function of its own, of two elements and of the values that it captures; it may do nothing but
 * compute, for nothing is said about how often it is called.
 */
import type * as t from '@babel/types';
import { Func, Op, Value } from '../ir/ir.ts';
import { NUMBER, type Type, elementType, isMemory, sameType } from '../ir/types.ts';
import { capturedValues, substitute } from '../ir/walk.ts';
import { apply } from './calls.ts';
import { callbackOf } from './callbacks.ts';
import { hasEffects } from './effects.ts';
import { eachIndex } from './iterate.ts';
import type { Lowering } from './lowering.ts';
import { writable } from './methods.ts';
import { prune } from './prune.ts';
import { FALLS } from './scope.ts';
import { unsupported } from './statements.ts';
import { expectNumber } from './types.ts';

export function sort(cx: Lowering, array: Value, node: t.CallExpression): Value {
  const source = copiedJustNow(cx, array);
  if (source) return toSorted(cx, source, node);
  const order = argsort(cx, array, node);
  const before = cx.at(node).copy(array, writable(array.type));
  eachIndex(cx, () => cx.at(node).length(order), node, { scanned: [] }, (index) => {
    const i = cx.read(index);
    const b = cx.at(node);
    b.store(array, i, b.load(before, b.load(order, i)), { inside: true });
    return FALLS;
  });
  return array;
}

/** `[...xs].sort(f)` is `xs.toSorted(f)`, where no variable has the copy. */
function copiedJustNow(cx: Lowering, array: Value): Value | undefined {
  const { ops } = cx.b.region;
  const copy = ops.at(-1);
  if (!copy || copy !== array.def || copy.kind !== 'copy' || copy.args.length > 1 || [...cx.env.values()].includes(array) || !sameType(writable(copy.args[0].type), array.type)) return undefined;
  ops.pop();
  return copy.args[0];
}

export function toSorted(cx: Lowering, array: Value, node: t.CallExpression): Value {
  const order = argsort(cx, array, node);
  const type = writable(array.type);
  const made = !isMemory(elementType(type));
  const result = made ? cx.at(node).new(type, cx.b.length(order)) : cx.at(node).literal(type, []);
  eachIndex(cx, () => cx.at(node).length(order), node, { scanned: [] }, (index) => {
    const i = cx.read(index);
    const b = cx.at(node);
    const element = b.load(array, b.load(order, i));
    if (made) b.store(result, i, element, { inside: true });
    else b.push(result, element);
    return FALLS;
  });
  return result;
}

function argsort(cx: Lowering, array: Value, node: t.CallExpression): Value {
  const { compare, captured } = comparator(cx, array, node);
  return cx.at(node).op('argsort', [array, ...captured], [{ kind: 'array', element: NUMBER }], { compare }, { name: 'order' }).result;
}

/** Lowers the comparator where it stands, then makes what it uses from there its parameters. */
function comparator(cx: Lowering, array: Value, node: t.CallExpression): { compare: Func; captured: Value[] } {
  const func = new Func('', 'compare', cx.span(node));
  const param = (type: Type, name?: string): Value => {
    const value = new Value(type, func.span, name);
    value.def = func;
    func.params.push({ value });
    return value;
  };
  const type = elementType(array.type);
  const pair = [param(type), param(type)];
  const op = cx.open('if', [], node);
  const before = new Map(cx.env);
  let changed = false;
  const { region } = cx.branch(op, () => {
    const [a, b] = pair;
    const value = node.arguments.length > 0 ? apply(cx, callbackOf(cx, node), [a, b], node) : ordinary(cx, array.type, a, b, node);
    if (!value) unsupported(cx, node, 'A comparator that returns nothing', 'Return a number.');
    op.args = [expectNumber(cx, value!, 'sort', node)];
    changed = [...before].some(([variable, v]) => v && cx.env.get(variable) !== v);
    return FALLS;
  });
  if (changed || hasEffects(cx.program, region)) {
    unsupported(cx, node.arguments[0], 'A comparator that does more than compare', 'Let it compute only: how often it is called is not specified.');
  }
  const [result] = op.args;
  const map = new Map<Value, Value>();
  const captured: Value[] = [];
  for (const v of [...capturedValues(op), ...(result.def instanceof Op && result.def.parent === region ? [] : [result])]) {
    if (map.has(v) || pair.includes(v)) continue;
    const def = v.def;
    if (def instanceof Op && (def.kind === 'const' || (def.kind === 'free' && !def.attr.mutable))) {
      const again = new Op(def.kind, [], def.span, def.attr);
      const copy = new Value(v.type, v.span, def.kind === 'const' ? undefined : v.name);
      copy.def = again;
      again.results = [copy];
      region.ops.unshift(again);
      map.set(v, copy);
    } else {
      captured.push(v);
      map.set(v, param(v.type, v.name));
    }
  }
  func.body.ops = region.ops;
  for (const inner of func.body.ops) inner.parent = func.body;
  func.body.yields = [result];
  substitute(func.body, map);
  func.result = { kind: 'value', type: NUMBER };
  prune(func);
  return { compare: func, captured };
}

/** How elements are compared without a comparator: numbers of typed arrays as numbers, all else as text. */
function ordinary(cx: Lowering, array: Type, a: Value, b: Value, node: t.Node): Value {
  if (array.kind === 'typed') {
    // NaN comes last.
    const difference = cx.at(node).prim('sub', [a, b]);
    const rank = (x: Value) => cx.choose(node, cx.at(node).prim('isNaN', [x]), () => cx.b.const(1), () => cx.b.const(0));
    const ranked = () => cx.at(node).prim('sub', [rank(a), rank(b)]);
    return array.name.startsWith('Float') ? cx.choose(node, cx.at(node).prim('isNaN', [difference]), ranked, () => difference) : difference;
  }
  const text = (x: Value) => (x.type.kind === 'string' ? x : cx.at(node).prim('concat', [cx.b.const(''), x]));
  const [left, right] = [text(a), text(b)];
  const at = cx.at(node);
  return cx.choose(node, at.prim('lt', [left, right]), () => cx.b.const(-1),
    () => cx.choose(node, cx.at(node).prim('lt', [right, left]), () => cx.b.const(1), () => cx.b.const(0)));
}
