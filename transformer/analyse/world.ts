/**
 * The world: what a function can reach besides its arguments and the memory that it makes: variables, arrays and
 * objects of modules, and objects and functions whose source is not in the program. A number that goes there may come
 * back, in this call or in a later one, and no derivative follows it: `cache.set(k, x); … cache.get(k)`. A function
 * *leaks* a number if it may hand it to something without source, and *recalls* one if its result may come from there.
 * Logs, clocks and random numbers do neither.
 */
import { type Op, mayGive } from '../ir/ir.ts';
import type { Saved } from '../ir/types.ts';
import { allOps } from '../ir/walk.ts';
import { Activity } from './activity.ts';
import { Aliases } from './alias.ts';
import { Flows } from './flows.ts';
import type { Functions } from './functions.ts';

export class World {
  private leaking = new Map<string, boolean>();
  private recalling = new Map<string, boolean>();
  private asking = new Set<string>();
  private saved = new Map<string, Activity | undefined>();

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

  /**
   * How the reverse sweep uses what the forward sweep has saved: an index is a number, and has no cotangent. Undefined
   * while that is being asked: a recursive function may use all of it.
   */
  usesOfSaved({ reverse }: Saved): Activity | undefined {
    if (!this.saved.has(reverse)) {
      this.saved.set(reverse, undefined);
      const func = this.functions.primal(reverse);
      const aliases = new Aliases(func, this.functions.summaries);
      this.saved.set(reverse, new Activity(func, aliases, this, func.params.map(() => true), func.body.yields.map(() => true), [], 'flow'));
    }
    return this.saved.get(reverse);
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

export function mayRecall(op: Op, world: World): boolean {
  if (op.kind === 'call') return world.recalls(op.attr.callee!.id);
  return mayGive(op) || op.attr.world === 'copies';
}
