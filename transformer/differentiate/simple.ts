/**
 * Simple memory: an array or record whose shadow need not move along with it in the forward sweep.
 *
 * In general the shadow of an array is created with it and is stored, swapped and passed wherever the array is,
 * because only the forward sweep knows where that will be. But an array that holds numbers only, and that is known
 * by one SSA value alone (no variable that is now this array and now that one, not stored in another), has its
 * shadow at hand under one name. At the start of the reverse sweep every shadow is zero; so the shadow of a simple
 * array is created there, and the forward sweep stays the primal.
 */
import { Func, Op, type Value } from '../ir/ir.ts';
import { type Type, fieldType, isMemory } from '../ir/types.ts';
import { allRegions } from '../ir/walk.ts';
import type { Library } from './variant.ts';

const CREATES = new Set(['new', 'literal', 'copy', 'clone', 'zeros', 'splice', 'argsort']);
/** Operations that only look into their first argument. */
const DIRECT = new Set([
  'load', 'store', 'accum', 'field', 'setfield', 'accumfield', 'length', 'fill', 'push', 'pop', 'unshift', 'shift', 'splice', 'resize',
  'addinto', 'clear', 'copy', 'clone', 'zeros', 'extern', 'argsort',
]);
/** Operations that only look into their other arguments, too. */
const ALL_DIRECT = new Set(['addinto', 'extern', 'splice', 'argsort']);

export class Simple {
  private tables = new Map<Func, Map<Value, boolean>>();
  private asking = new Set<Value>();

  constructor(private library: Library) {}

  /** Is this memory value of `func` simple? */
  is(func: Func, v: Value): boolean {
    const table = this.table(func);
    const known = table.get(v);
    if (known !== undefined) return known;
    if (this.asking.has(v)) return true; // recursion: a parameter passed on as it came is as simple as it was
    this.asking.add(v);
    const answer = holdsNoMemory(v.type) && !func.joints.some((joint) => joint.some(({ param }) => param === v)) && this.isSource(v) && this.usedDirectly(func, v);
    this.asking.delete(v);
    if (this.asking.size === 0) table.set(v, answer);
    return answer;
  }

  /** Does the callee's k-th result name new memory, simple there? */
  isResult(func: Func, k: number): boolean {
    const v = func.body.yields[k];
    return isMemory(v.type) && v.def instanceof Op && this.is(func, v) && func.body.yields.filter((y) => y === v).length === 1;
  }

  private table(func: Func): Map<Value, boolean> {
    let table = this.tables.get(func);
    if (!table) this.tables.set(func, (table = new Map()));
    return table;
  }

  private isSource(v: Value): boolean {
    if (v.def instanceof Func) return true;
    if (v.def.kind === 'call') {
      const callee = this.tryPrimal(v.def.attr.callee!.id);
      return callee !== undefined && this.isResult(callee, v.def.results.indexOf(v));
    }
    // What a function with a rule returns is new.
    return CREATES.has(v.def.kind) || v.def.attr.custom !== undefined;
  }

  private usedDirectly(func: Func, v: Value): boolean {
    for (const region of allRegions(func.body)) {
      for (const op of region.ops) {
        for (let k = 0; k < op.args.length; k++) {
          if (op.args[k] !== v) continue;
          if (op.kind === 'call') {
            const callee = this.tryPrimal(op.attr.callee!.id);
            if (!callee || !this.is(callee, callee.params[k].value)) return false;
          } else if (k > 0 ? !ALL_DIRECT.has(op.kind) : v.def instanceof Func && mayAddNumber(op)) return false;
          else if (!DIRECT.has(op.kind)) return false;
        }
      }
      if (region.yields.includes(v) && region !== func.body) return false;
    }
    // A parameter that is also a result has two names.
    return !(v.def instanceof Func && func.body.yields.includes(v));
  }

  private tryPrimal(id: string): Func | undefined {
    return this.library.outlined(id);
  }
}

/** May the object have a number afterwards that it did not have? The cotangent of an argument has those that it had at entry. */
export function mayAddNumber({ kind, args: [object], attr }: Op): boolean {
  return kind === 'setfield' ? fieldType(object.type, attr.key!)?.absent !== undefined : kind === 'store' && object.type.kind === 'dictionary';
}

function holdsNoMemory(type: Type): boolean {
  switch (type.kind) {
    case 'array': case 'dictionary': return !isMemory(type.element);
    case 'tuple': return !type.elements.some(isMemory);
    case 'record': return !type.fields.some((f) => isMemory(f.type));
    case 'typed': return true;
    default: return false;
  }
}
