/**
 * Which numbers are integers, and which cannot be negative: what it takes to count a loop before it runs.
 * A carried value is an integer if it starts as one and each step keeps it one: assumed first, then verified,
 * which gives the greatest fixed point.
 */
import { Op, type Value } from '../ir/ir.ts';

const CLOSED = new Set(['add', 'sub', 'mul', 'neg', 'rem', 'min', 'max', 'abs']);
const ROUNDED = new Set(['floor', 'ceil', 'round', 'trunc', 'sign', 'bitand', 'bitor', 'bitxor', 'bitnot', 'shl', 'shr', 'ushr', 'clz32', 'imul']);

export function isInteger(v: Value, assumed = new Set<Value>()): boolean {
  if (assumed.has(v)) return true;
  const op = v.def;
  if (!(op instanceof Op)) return false;
  switch (op.kind) {
    case 'const': return Number.isInteger(op.attr.value);
    case 'length': return true;
    case 'load': {
      const type = op.args[0].type;
      return type.kind === 'typed' && !type.name.startsWith('Float');
    }
    case 'prim':
      if (ROUNDED.has(op.attr.fn!)) return true;
      return CLOSED.has(op.attr.fn!) && op.args.every((a) => isInteger(a, assumed));
    case 'if': {
      const k = op.results.indexOf(v);
      return op.regions.every((r) => isInteger(r.yields[k], assumed));
    }
    case 'loop': {
      const k = op.params.indexOf(v) >= 0 ? op.params.indexOf(v) : op.results.indexOf(v);
      const next = new Set(assumed).add(op.params[k]).add(op.results[k]);
      return isInteger(op.args[k], next) && isInteger(op.regions[1].yields[k], next);
    }
    default: return false;
  }
}

export function isNonNegative(v: Value, assumed = new Set<Value>()): boolean {
  if (assumed.has(v)) return true;
  const op = v.def;
  if (!(op instanceof Op)) return false;
  switch (op.kind) {
    case 'const': return (op.attr.value as number) >= 0;
    case 'length': return true;
    case 'prim': {
      const ask = (a: Value) => isNonNegative(a, assumed);
      if (['add', 'mul', 'min', 'floor', 'ceil', 'trunc'].includes(op.attr.fn!)) return op.args.every(ask);
      return op.attr.fn === 'max' ? op.args.some(ask) : op.attr.fn === 'abs' || op.attr.fn === 'clz32';
    }
    case 'loop': {
      const k = Math.max(op.params.indexOf(v), op.results.indexOf(v));
      const next = new Set(assumed).add(op.params[k]).add(op.results[k]);
      return isNonNegative(op.args[k], next) && isNonNegative(op.regions[1].yields[k], next);
    }
    default: return false;
  }
}
