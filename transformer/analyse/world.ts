/**
 * The world: what a function can reach besides its arguments and the memory that it makes: variables, arrays and
 * objects of modules, and objects and functions whose source is not in the program. A number that goes there may come
 * back, in this call or in a later one, and no derivative follows it: `cache.set(k, x); … cache.get(k)`. A function
 * *leaks* a number if it may hand it to something without source, and *recalls* one if its result may come from there.
 * Logs, clocks and random numbers do neither.
 */
import { type Op, mayGive } from '../ir/ir.ts';
import { allOps } from '../ir/walk.ts';
import { Activity } from './activity.ts';
import { Aliases } from './alias.ts';
import { type Uses, isDiscreteOperator } from './discrete.ts';
import { Flows } from './flows.ts';
import type { Functions } from './functions.ts';
import { FixedPoint } from './fixed-point.ts';

export class World {
  private leaking = new Map<string, boolean>();
  private recalling = new Map<string, boolean>();
  private asking = new Set<string>();
  private operators = new Map<string, Op | undefined>();
  private using = new FixedPoint<Activity | false>(false, (id) => this.usesOf(id, 'use'), sameSize);
  private smooth = new FixedPoint<Activity | false>(false, (id) => this.usesOf(id, 'smooth'), sameSize);

  readonly flows: Flows;

  constructor(private functions: Pick<Functions, 'primal' | 'summaries'>) {
    this.flows = new Flows(functions, this);
  }

  /** May the function hand a number that depends on these arguments to something without source? */
  leaks(id: string, varied: boolean[]): boolean {
    return this.ask(this.leaking, `${id}:${varied.map(Number).join('')}`, () => {
      const func = this.functions.primal(id);
      return new Activity(func, new Aliases(func, this.functions.summaries), this, varied).leaks.length > 0;
    });
  }

  /** May what the function returns, or writes, come from something without source? */
  recalls(id: string): boolean {
    return this.ask(this.recalling, id, () => [...allOps(this.functions.primal(id).body)].some((op) => mayRecall(op, this)));
  }

  /** What the function uses of its arguments, in any way or by what has a derivative; undefined: nothing, as far as is known. */
  uses(id: string, smoothly: boolean): Activity | undefined {
    return (smoothly ? this.smooth : this.using).get(id) || undefined;
  }

  private usesOf(id: string, purpose: 'use' | 'smooth'): Activity {
    const func = this.functions.primal(id);
    return new Activity(func, new Aliases(func, this.functions.summaries), this, func.params.map(() => false), func.body.yields.map(() => true), [], purpose);
  }

  /** What of its arguments a function uses as whole numbers only, see discrete.ts; undefined where it, and what it calls, has no operators on such. */
  discrete(id: string): Uses | undefined {
    if (!this.discreteOperator(id)) return undefined;
    const [all, smooth] = [this.uses(id, false), this.uses(id, true)];
    return all && smooth && { all, smooth };
  }

  /** The first operator on whole numbers in the function or in what it calls. */
  discreteOperator(id: string, asking = new Set<string>()): Op | undefined {
    if (this.operators.has(id)) return this.operators.get(id);
    if (asking.has(id)) return undefined;
    asking.add(id);
    let found: Op | undefined;
    for (const op of allOps(this.functions.primal(id).body)) {
      found ??= isDiscreteOperator(op) ? op : op.kind === 'call' ? this.discreteOperator(op.attr.callee!.id, asking) : undefined;
    }
    // What was found on the way took the functions around it to have none.
    if (found || asking.values().next().value === id) this.operators.set(id, found);
    return found;
  }

  /** Recursion leaks and recalls what the rest of the function does. */
  private ask(known: Map<string, boolean>, key: string, find: () => boolean): boolean {
    const answer = known.get(key);
    if (answer !== undefined) return answer;
    if (this.asking.has(key)) return false;
    this.asking.add(key);
    try {
      const found = find();
      // What was found on the way took the functions around it to be innocent.
      if (found || this.asking.size === 1) known.set(key, found);
      return found;
    } finally {
      this.asking.delete(key);
    }
  }
}

/** How much of its arguments a function uses. */
function sizeOf(uses: Activity | false): number {
  return uses ? uses.func.params.reduce((sum, { value }) => sum + uses.usefulParts(value), 0) : 0;
}

function sameSize(a: Activity | false, b: Activity | false): boolean { return sizeOf(a) === sizeOf(b); }

export function mayRecall(op: Op, world: World): boolean {
  if (op.kind === 'call') return world.recalls(op.attr.callee!.id);
  return mayGive(op) || op.attr.world === 'copies';
}
