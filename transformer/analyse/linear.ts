/**
 * Linearity. A rule for one mode gives the other by transposition: of a linear map v ↦ A v, the pullback of a cotangent,
 * reverse mode gives w ↦ Aᵀ w, the pushforward of a tangent, whatever v is. That is so only if the map is linear and
 * homogeneous, which is read off the operations: sums of what depends on v, products of it with what does not, and zeros.
 */
import { type Func, type Op, type Value, constantOf, isNullish } from '../ir/ir.ts';
import { fieldKeys, fieldType, isMemory } from '../ir/types.ts';
import { allOps } from '../ir/walk.ts';
import { ruleOfOp } from '../rules/rule.ts';
import { Activity, PREDICATES } from './activity.ts';
import { Aliases } from './alias.ts';
import type { Functions } from './functions.ts';

/** The first operation that is not linear in these parameters; undefined where all are. */
export function nonlinear(func: Func, params: readonly boolean[], functions: Functions, asking = new Set<string>()): Op | undefined {
  const activity = new Activity(func, new Aliases(func, functions.summaries), functions.world, [...params], undefined, [], 'flow');
  const varied = (v: Value) => activity.isVaried(v);
  const isZero = (v: Value) => constantOf(v) === 0 || isNullish(v) || ('kind' in v.def && v.def.kind === 'undef') || v.type.kind !== 'number';
  const fits = (v: Value) => varied(v) || isZero(v);
  const linear = (op: Op): boolean => {
    const [a, b] = op.args;
    switch (op.kind) {
      case 'prim': {
        const args = op.args.filter((x, k) => varied(x) && ruleOfOp(op)?.partials[k] !== undefined);
        if (PREDICATES.has(op.attr.fn!)) return !op.args.some(varied);
        if (args.length === 0) return true;
        switch (op.attr.fn) {
          case 'add': case 'sub': return fits(a) && fits(b);
          case 'neg': return true;
          case 'mul': return args.length === 1;
          case 'div': return args.length === 1 && args[0] === a;
          default: return false;
        }
      }
      case 'store': case 'accum': return !varied(op.args[0]) || (isMemory(op.args[2].type) || fits(op.args[2]));
      case 'fill': case 'push': case 'unshift': case 'setfield': case 'accumfield': return !varied(a) || isMemory(b.type) || fits(b);
      case 'literal': {
        if (!varied(op.result)) return true;
        const keys = fieldKeys(op.result.type);
        return op.args.every((part, k) => isMemory(part.type) || (keys.length > 0 && fieldType(op.result.type, keys[k])!.kind !== 'number') || fits(part));
      }
      case 'if': return op.results.every((r, k) => !varied(r) || isMemory(r.type) || op.regions.every((region) => fits(region.yields[k])));
      case 'loop': return op.params.every((p, k) => !varied(p) || isMemory(p.type) || fits(op.args[k]));
      case 'call': {
        const given = op.args.map(varied);
        if (!given.includes(true)) return true;
        const key = `${op.attr.callee!.id}:${given.map(Number).join('')}`;
        if (asking.has(key)) return true;
        asking.add(key);
        return nonlinear(functions.primal(op.attr.callee!.id), given, functions, asking) === undefined;
      }
      case 'extern': return op.attr.pure ? !op.args.some(varied) : false;
      default: return true;
    }
  };
  return allOps(func.body).find((op) => !linear(op));
}
