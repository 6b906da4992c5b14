/**
 * The world: what a function can reach besides its arguments and the memory that it makes: variables, arrays and
 * objects of modules, and objects and functions whose source is not in the program. A number that goes there may come
 * back, in this call or in a later one, and no derivative follows it: `cache.set(k, x); … cache.get(k)`. A function
 * *leaks* a number if it may hand it to something without source, and *recalls* one if its result may come from there.
 * Logs, clocks and random numbers do neither.
 */
import { type Op, mayGive, mayKeep } from '../ir/ir.ts';
import { isMemory } from '../ir/types.ts';
import { allOps } from '../ir/walk.ts';
import { Activity } from './activity.ts';
import { Aliases } from './alias.ts';
import { type Uses, isDiscreteOperator } from './discrete.ts';
import { Flows } from './flows.ts';
import type { Functions } from './functions.ts';
import { FixedPoint } from './fixed-point.ts';

export class World {
  /** Does the function, or what it calls, know anything of the world that numbers could be left in? Few do. */
  private reaches = this.table((id) => allOps(this.functions.primal(id).body).some((op) => isOutside(op) || (op.kind === 'call' && this.reaches.get(op.attr.callee!.id))));
  private leaking = this.table((key) => this.leaksOf(key));
  private recalling = this.table((id) => allOps(this.functions.primal(id).body).some((op) => mayRecall(op, this)));
  private operators = new Map<string, Op | undefined>();
  private using = new FixedPoint<Activity | false>(false, (id) => this.usesOf(id, 'use'), sameSize);
  private smooth = new FixedPoint<Activity | false>(false, (id) => this.usesOf(id, 'smooth'), sameSize);

  readonly flows: Flows;

  constructor(private functions: Pick<Functions, 'primal' | 'summaries'>) {
    this.flows = new Flows(functions, this);
  }

  private table(analyse: (id: string) => boolean): FixedPoint<boolean> { return new FixedPoint<boolean>(false, analyse, (a, b) => a === b); }

  /** May the function hand a number that depends on these arguments to something without source? */
  leaks(id: string, varied: boolean[]): boolean {
    return this.reaches.get(id) && this.leaking.get(`${id}:${varied.map(Number).join('')}`);
  }

  /** May what the function returns, or writes, come from something without source? */
  recalls(id: string): boolean { return this.recalling.get(id); }

  private leaksOf(key: string): boolean {
    const at = key.lastIndexOf(':');
    const func = this.functions.primal(key.slice(0, at));
    return new Activity(func, new Aliases(func, this.functions.summaries), this, [...key.slice(at + 1)].map((bit) => bit === '1')).leaks.length > 0;
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
}

/** How much of its arguments a function uses. */
function sizeOf(uses: Activity | false): number {
  return uses ? uses.func.params.reduce((sum, { value }) => sum + uses.usefulParts(value), 0) : 0;
}

function sameSize(a: Activity | false, b: Activity | false): boolean { return sizeOf(a) === sizeOf(b); }

/** Is it a variable or an object of the world, or something without source that takes or gives one? */
function isOutside(op: Op): boolean {
  return mayKeep(op) || mayGive(op) || op.attr.assigns !== undefined || (op.kind === 'free' && isMemory(op.result.type));
}

export function mayRecall(op: Op, world: World): boolean {
  if (op.kind === 'call') return world.recalls(op.attr.callee!.id);
  return mayGive(op) || op.attr.world === 'copies';
}
