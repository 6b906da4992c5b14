/**
 * Which arrays have the same shape, as far as that is plain: what functions of each element make of arrays of one shape,
 * and of numbers, has that shape; what a forward sweep hands over says which have the same. Each class of shapes is known by one of its arrays.
 */
import { Op, type Value } from '../ir/ir.ts';
import { numpyRule } from '../rules/numpy.ts';

const known = new WeakMap<Value, Value>();

/** The array by which the class is known that an array's shape is of. */
export function shapeOf(v: Value): Value {
  let shape = known.get(v);
  if (!shape) known.set(v, (shape = find(v)));
  return shape;
}

function find(v: Value): Value {
  const { def } = v;
  const rule = def instanceof Op ? numpyRule(def) : undefined;
  if (def instanceof Op && def.attr.sameShape !== undefined) {
    return def.parent.ops.find((o) => o.kind === 'field' && o.args[0] === def.args[0] && o.attr.sameShape === def.attr.sameShape)?.result ?? v;
  }
  if (!rule || !(def instanceof Op)) return v;
  if (rule.keepsShape) return shapeOf(def.args[0]);
  if (!rule.scalar) return v;
  const shapes = new Set(def.args.filter((a) => a.type.kind === 'nd').map(shapeOf));
  return shapes.size === 1 ? [...shapes][0] : v;
}

export function haveSameShape(a: Value, b: Value): boolean { return shapeOf(a) === shapeOf(b); }
