/**
 * One pass instead of two. The reverse sweep of a loop or a branch may run together with its forward sweep if it can
 * be moved up to it, and, for a loop, if its iterations may run in forward order:
 *
 * (a) all that enters the reverse operation can be computed before the forward one;
 * (b) what the reverse loop carries is only added to (a cotangent that decays from step to step is not);
 * (c) no dependence between its iterations goes through memory: what it writes is only added to;
 * (d) … and not read in it;
 * (e) what lies between the two, and would now come after, commutes with it.
 *
 *   for (i↑) { F }  …  for (i↓) { R }  →  for (i↑) { F; R }  …
 *   if (c) { F } …  if (c) { R }       →  if (c) { F; R }    …
 *   f_fwd(x) …      f_bwd(saved, ȳ)    →  f_grad(x, ȳ)       …
 *
 * What F saved for R is at hand then, and needs no saving.
 */
import { Aliases } from '../analyse/alias.ts';
import { Builder } from '../ir/build.ts';
import { type Func, Op, type Region, Value } from '../ir/ir.ts';
import { allOps, allRegions, capturedValues, substitute } from '../ir/walk.ts';
import type { Functions } from '../analyse/functions.ts';
import { Effects } from './effects.ts';

/** Fuses one pair, and says whether there was one: what else can be fused shows only after cleaning up. */
export function fuseSweeps(func: Func, functions: Functions): boolean {
  const aliases = new Aliases(func, functions.summaries);
  for (const region of allRegions(func.body)) {
    for (const reverse of region.ops) {
      const forward = reverse.attr.reverses;
      if (!forward || forward.parent !== region || !region.ops.includes(forward)) continue;
      if (new Fusion(region, forward, reverse, aliases, functions).apply()) return true;
    }
  }
  return false;
}

class Fusion {
  private between: Op[];
  /** Operations between the two that the reverse one needs: they move before the forward one. */
  private moved: Op[] = [];
  /** Sums that the reverse loop goes on with and that are not there yet: they are added afterwards. */
  private deferred = new Set<number>();

  constructor(private region: Region, private forward: Op, private reverse: Op, private aliases: Aliases, private functions: Functions) {
    const { ops } = region;
    this.between = ops.slice(ops.indexOf(forward) + 1, ops.indexOf(reverse));
  }

  apply(): boolean {
    const { forward, reverse } = this;
    if (forward.kind === 'if' && forward.args[0] !== reverse.args[0]) return false;
    if (forward.kind === 'call' && !this.savesAreOwn()) return false;
    if (!this.entersBefore() || !this.movesUp()) return false;
    if (forward.kind === 'loop' && !this.anyOrder()) return false;
    this.rearrange();
    if (forward.kind === 'loop') this.fuseLoops();
    else if (forward.kind === 'if') this.fuseBranches();
    else this.fuseCalls();
    return true;
  }

  /** Is what a call has saved for its reverse sweep, and nothing else? */
  private savesAreOwn(): boolean {
    const saved = this.forward.results[this.forward.results.length - 1];
    let uses = 0;
    for (const region of allRegions(this.region)) {
      for (const op of region.ops) uses += op.args.filter((a) => a === saved).length;
      uses += region.yields.filter((y) => y === saved).length;
    }
    return uses === 1;
  }

  /** (a) */
  private entersBefore(): boolean {
    const { forward, reverse, between } = this;
    const fromForward = new Set<Value>(forward.results);
    const needed = new Set<Op>();
    const ask = (v: Value, direct: boolean): boolean => {
      // Within the same branch, what the forward branch yields is there.
      if (fromForward.has(v)) return direct && forward.kind === 'if' && v !== reverse.args[0];
      const op = v.def;
      if (!(op instanceof Op) || !between.includes(op)) return true;
      if (needed.has(op)) return true;
      if (op.regions.length > 0 || !this.movesBefore(op)) return false;
      if (!op.args.every((a) => ask(a, false))) return false;
      needed.add(op);
      return true;
    };
    // A loop's start and test are gone once it goes along with the forward loop.
    if (forward.kind === 'loop') reverse.args.forEach((v, k) => { if (k > 0 && !ask(v, false)) this.deferred.add(k); });
    const inputs = forward.kind === 'loop' ? bodyInputs(reverse)
      : forward.kind === 'call' ? reverse.args.slice(1) : [...reverse.args, ...capturedValues(reverse)];
    if (!inputs.every((v) => ask(v, !reverse.args.includes(v)))) return false;
    this.moved = between.filter((op) => needed.has(op));
    return true;
  }

  private movesBefore(op: Op): boolean {
    switch (op.kind) {
      case 'prim': case 'const': case 'undef': case 'new': case 'literal': case 'zeros': case 'length': case 'view': break;
      case 'free': return !op.attr.mutable;
      case 'load': case 'field': break;
      default: return false;
    }
    const effects = this.effects(op);
    return [this.forward, ...this.between].every((other) => other === op || effects.commutes(this.effects(other)));
  }

  /** (e) */
  private movesUp(): boolean {
    const effects = this.effects(this.reverse);
    return this.between.every((op) => this.moved.includes(op) || effects.commutes(this.effects(op)));
  }

  /** (b), (c), (d) */
  private anyOrder(): boolean {
    const { reverse } = this;
    const body = reverse.regions[1];
    const local = new Set<Op>(allOps(body));
    const effects = this.effects(reverse);
    const isLocal = (cell: { allocations: Set<Op>; outside: boolean }) => cell.allocations.size > 0 && !cell.outside && [...cell.allocations].every((op) => local.has(op));
    const holders = new Map<unknown, boolean>();
    for (const op of local) if (this.aliases.writes.has(op)) for (const c of this.aliases.writes.get(op)!) holders.set(c.find(), isLocal(this.aliases.of(op.args[0])));
    for (const cell of effects.stores) if (!holders.get(cell)) return false;
    for (const cell of effects.adds) if (effects.reads.has(cell) && !holders.get(cell)) return false;
    if (effects.impure) return false;
    return reverse.params.slice(1).every((p, k) => isReduction(p, body.yields[k + 1], body));
  }

  private effects(op: Op): Effects {
    return new Effects(op, this.aliases, this.functions.touched);
  }

  private rearrange(): void {
    const { region, forward, reverse, moved } = this;
    this.startFromZero();
    const gone = new Set<Op>([...moved, reverse]);
    const rest = region.ops.filter((op) => !gone.has(op));
    rest.splice(rest.indexOf(forward), 0, ...moved);
    region.ops = rest;
  }

  /** for (…; s = s0) { s += e }  →  for (…; s = 0) { s += e } … s0 + s */
  private startFromZero(): void {
    const { region, reverse, deferred } = this;
    for (const k of deferred) {
      const zero = new Builder(region, reverse.span, true, region.ops.indexOf(this.forward)).const(0);
      const sum = reverse.results[k];
      const part = new Value(sum.type, sum.span);
      part.def = reverse;
      reverse.results[k] = part;
      const add = new Op('prim', [reverse.args[k], part], reverse.span, { fn: 'add', loose: true });
      add.results = [sum];
      add.parent = region;
      sum.def = add;
      region.ops.splice(region.ops.indexOf(reverse) + 1, 0, add);
      reverse.args[k] = zero;
    }
  }

  private fuseLoops(): void {
    const { forward, reverse } = this;
    const body = forward.regions[1];
    const back = reverse.regions[1];
    const map = new Map<Value, Value>([[reverse.params[0], reverse.attr.index!]]);
    const index = back.yields[0].def as Op;
    for (const op of allOps(back)) {
      if (op.kind !== 'load') continue;
      const kept = this.savedValue(op.args[0]);
      if (kept) map.set(op.result, kept);
    }
    forward.args.push(...reverse.args.slice(1));
    for (const list of ['params', 'results'] as const) {
      for (const v of reverse[list].slice(1)) {
        v.def = forward;
        forward[list].push(v);
      }
    }
    for (const op of back.ops) if (op !== index) this.append(op, body);
    body.yields.push(...back.yields.slice(1));
    substitute(body, map);
  }

  /** The value that the forward loop keeps in this buffer, if it is one. */
  private savedValue(buffer: Value): Value | undefined {
    if (!(buffer.def instanceof Op) || !buffer.def.attr.saves) return undefined;
    const body = this.forward.regions[1];
    const save = body.ops.find((op) => (op.kind === 'store' || op.kind === 'push') && op.args[0] === buffer);
    return save?.args[save.args.length - 1];
  }

  private fuseBranches(): void {
    const { forward, reverse } = this;
    const count = forward.results.length;
    forward.regions.forEach((region, i) => {
      const back = reverse.regions[i];
      const map = new Map<Value, Value>(forward.results.map((r, k) => [r, region.yields[k]]));
      substitute(back, map);
      for (const op of back.ops) this.append(op, region);
      region.yields.push(...back.yields);
    });
    for (const v of reverse.results) {
      v.def = forward;
      forward.results.push(v);
    }
    if (forward.results.length !== count + reverse.results.length) throw new Error('results got lost in a fusion');
  }

  private fuseCalls(): void {
    const { forward, reverse } = this;
    forward.attr = { callee: this.functions.both(forward.attr.callee!.id) };
    forward.args.push(...reverse.args.slice(1));
    forward.results.pop(); // what was saved
    for (const v of reverse.results) {
      v.def = forward;
      forward.results.push(v);
    }
  }

  private append(op: Op, region: Region): void {
    op.parent = region;
    region.ops.push(op);
  }
}

/** Values from outside that a reverse loop's body uses. */
function bodyInputs(loop: Op): Value[] {
  const inside = new Set<Value>(loop.params);
  const used = new Set<Value>();
  for (const region of allRegions(loop.regions[1])) {
    for (const op of region.ops) {
      op.args.forEach((v) => used.add(v));
      [...op.results, ...op.params].forEach((v) => inside.add(v));
    }
    region.yields.forEach((v) => used.add(v));
  }
  return [...used].filter((v) => !inside.has(v));
}

/**
 * Is `next` the carried value plus something, whatever way the iteration takes, and is the carried value used for
 * nothing else? Sums may be nested in branches, and in loops that carry the same sum.
 */
function isReduction(param: Value, next: Value, body: Region): boolean {
  const chain = new Set<Value>();
  const uses = new Map<Value, number>();
  const follow = (v: Value, from: Value): boolean => {
    if (v === from) {
      count(from);
      return true;
    }
    const op = v.def;
    if (!(op instanceof Op)) return false;
    chain.add(v);
    if (op.kind === 'prim' && op.attr.loose && (op.attr.fn === 'add' || op.attr.fn === 'sub')) {
      const [a, b] = op.args;
      if (leadsTo(a, from) && follow(a, from)) {
        count(v);
        return true;
      }
      if (op.attr.fn === 'add' && leadsTo(b, from) && follow(b, from)) {
        count(v);
        return true;
      }
      return false;
    }
    if (op.kind === 'if') {
      const k = op.results.indexOf(v);
      count(v);
      return op.regions.every((r) => follow(r.yields[k], from));
    }
    if (op.kind === 'loop') {
      const k = op.results.indexOf(v);
      if (k < 0) return false;
      chain.add(op.params[k]);
      count(v);
      return follow(op.args[k], from) && follow(op.regions[1].yields[k], op.params[k]);
    }
    return false;
  };
  const count = (v: Value) => uses.set(v, (uses.get(v) ?? 0) + 1);
  if (!follow(next, param)) return false;
  chain.add(param);
  // Each link of the chain is used by the next link only.
  const real = new Map<Value, number>();
  for (const region of allRegions(body)) {
    for (const op of region.ops) for (const a of op.args) if (chain.has(a)) real.set(a, (real.get(a) ?? 0) + 1);
    for (const y of region.yields) if (chain.has(y)) real.set(y, (real.get(y) ?? 0) + 1);
  }
  return [...chain].every((v) => (real.get(v) ?? 0) <= (uses.get(v) ?? 0));
}

function leadsTo(v: Value, from: Value): boolean {
  if (v === from) return true;
  const op = v.def;
  if (!(op instanceof Op)) return false;
  if (op.kind === 'prim') return op.attr.loose === true && op.args.some((a) => leadsTo(a, from));
  if (op.kind === 'if') return op.regions.some((r) => leadsTo(r.yields[op.results.indexOf(v)], from));
  if (op.kind === 'loop') return op.results.includes(v) && leadsTo(op.args[op.results.indexOf(v)], from);
  return false;
}
