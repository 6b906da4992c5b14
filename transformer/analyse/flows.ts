/**
 * What depends on what through a call: which results of a function, and which of its arguments in memory, depend in a
 * differentiable way on which argument. A count that a function returns beside a sum is then no more active than the
 * count itself. Functions that call each other are analysed in rounds, starting from no dependence, until a round
 * changes nothing: the least fixed point.
 */
import { isMemory } from '../ir/types.ts';
import { Activity } from './activity.ts';
import { Aliases } from './alias.ts';
import type { Functions } from './functions.ts';
import type { World } from './world.ts';

/** What depends on one argument. */
export interface Flow {
  /** By result. */
  results: boolean[];
  /** By argument: what is stored in its memory. */
  args: boolean[];
}

export class Flows {
  private done = new Map<string, Flow[]>();
  /** The functions of the round in progress. */
  private round: Map<string, Flow[]> | undefined;

  constructor(private functions: Pick<Functions, 'primal' | 'summaries'>, private world: World) {}

  /** What depends on the argument at this place. */
  from(id: string, place: number): Flow { return this.of(id)[place]; }

  private of(id: string): Flow[] {
    const known = this.done.get(id) ?? this.round?.get(id);
    if (known) return known;
    if (this.round) {
      // A callee that this round has not seen yet.
      this.round.set(id, this.nothing(id));
      return this.analyse(id, this.round);
    }
    const round = (this.round = new Map([[id, this.nothing(id)]]));
    try {
      for (let changed = true; changed;) {
        changed = false;
        for (const member of [...round.keys()]) {
          const before = JSON.stringify(round.get(member));
          if (JSON.stringify(this.analyse(member, round)) !== before) changed = true;
        }
      }
    } finally {
      this.round = undefined;
    }
    for (const [member, flows] of round) this.done.set(member, flows);
    return this.done.get(id)!;
  }

  private nothing(id: string): Flow[] {
    const { params, body } = this.functions.primal(id);
    return params.map(() => ({ results: body.yields.map(() => false), args: params.map(() => false) }));
  }

  private analyse(id: string, round: Map<string, Flow[]>): Flow[] {
    const func = this.functions.primal(id);
    const aliases = new Aliases(func, this.functions.summaries);
    const flows = func.params.map((_p, place): Flow => {
      const activity = new Activity(func, aliases, this.world, func.params.map((_, i) => i === place), undefined, [], false);
      return {
        results: func.body.yields.map((v) => activity.isVaried(v)),
        args: func.params.map((p) => isMemory(p.value.type) && activity.isVaried(p.value)),
      };
    });
    round.set(id, flows);
    return flows;
  }
}
