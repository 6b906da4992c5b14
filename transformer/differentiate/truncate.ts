/**
 * Truncated back-propagation, `// @truncate 8`: derivatives go through the last 8 iterations of a loop only. What the loop
 * carries when it comes to these, variables and memory that it changes, is a constant; so is all that happened before:
 *
 *   for (i = 0; i < n; i++) { y = step(y, w) }
 *     →  if (n > 8) { for (; i < n - 8; i++) { y = f_step(y, w) }  detach y }  for (; i < n; i++) { y = step(y, w) }
 *
 * It is done before differentiation, so that it holds for both modes and for all orders. The iterations that are left out
 * are calls of a function through which nothing flows; only the rest is saved. Where the number of iterations is not known
 * at entry, the loop runs once on copies to count them, which it can if it has no effects besides.
 */
import { Aliases } from '../analyse/alias.ts';
import { hasEffectsOutside } from '../analyse/outside.ts';
import { type Counted, counted, inductions, isInvariant, definedOutside } from '../analyse/loops.ts';
import { Order, within } from '../analyse/order.ts';
import { fail } from '../diagnostics.ts';
import { Builder } from '../ir/build.ts';
import { type Func, Op, Region, Value, constantOf, isNullish } from '../ir/ir.ts';
import { NUMBER, isMemory } from '../ir/types.ts';
import { allOps, capturedValues, cloneOp } from '../ir/walk.ts';
import { sub } from '../rules/arithmetic.ts';
import { Outline } from './outline.ts';
import { tripCount } from '../analyse/trips.ts';
import type { Library } from './variant.ts';

export function truncateLoops(func: Func, library: Library): void {
  const loops = allOps(func.body).filter((op) => op.kind === 'loop' && op.attr.policy?.kind === 'truncate');
  // Inner loops first: what an outer one leaves out is a copy of its body.
  loops.reverse().forEach((loop, k) => new Truncation(func, loop, `${func.id}:first${k || ''}`, library).run());
}

class Truncation {
  private aliases: Aliases;
  private order: Order;
  private steps: number;

  constructor(private func: Func, private loop: Op, private id: string, private library: Library) {
    this.aliases = new Aliases(func, library.summaries);
    this.order = new Order(func, this.aliases);
    this.steps = (loop.attr.policy as { steps: number }).steps;
  }

  private get before(): Builder {
    const { parent, span } = this.loop;
    return new Builder(parent, span, true, parent.ops.indexOf(this.loop));
  }

  run(): void {
    const { loop } = this;
    for (const [write, cells] of this.aliases.rebinds) {
      if (!within(write, loop)) continue;
      for (const v of capturedValues(loop)) if (isMemory(v.type) && [...cells].some((c) => this.aliases.of(v).reachable().has(c.find()))) fail('TL3021', loop.span, v.name ?? 'an object');
    }
    const count = counted(loop, (v) => isInvariant(v, loop, this.order));
    const n = count ? this.trips(count) : this.dryRun();
    const { before, steps } = this;
    const { exit } = loop.attr.loop!;
    const carried = loop.params.map((_, k) => k).filter((k) => !(exit && k === 0));
    const start = [...loop.args];
    const initial = () => carried.map((k) => start[k]);
    const skip = before.if(before.prim('gt', [n, before.const(steps)]), carried.map((k) => loop.params[k].type), initial, initial,
      carried.map((k) => ({ name: loop.params[k].name, variable: loop.params[k].variable })));
    carried.forEach((k, i) => { loop.args[k] = skip.results[i]; });
    const then = new Builder(skip.regions[0], loop.span, true);
    this.first(then, start, sub(then, n, then.const(steps)), carried);
    const { policy: _, ...attr } = loop.attr;
    loop.attr = attr;
  }

  private trips(count: Counted): Value {
    const { before, loop } = this;
    const hoisted = (v: Value): Value => {
      if (definedOutside(v, loop.regions[0]) && definedOutside(v, loop.regions[1])) return v;
      const op = v.def as Op;
      return before.op(op.kind, op.args.map(hoisted), [v.type], op.attr).result;
    };
    return tripCount(count, before, hoisted(count.bound), count.induction.start);
  }

  /** The iterations through which nothing flows. */
  private first(b: Builder, start: readonly Value[], limit: Value, carried: readonly number[]): void {
    const { loop, func, library } = this;
    const copy = cloneOp(loop, new Map(), b.region);
    copy.args = [...start];
    const counters = inductions(copy);
    const { exit: _, ...info } = loop.attr.loop!;
    copy.attr = { loop: { ...info, test: 'before' }, policy: loop.attr.policy };
    copy.args = start.map((v, k) => (v.type.kind === 'number' && constantOf(v) === undefined && !counters.has(k) ? b.prim('stopGradient', [v]) : v));
    const from = [...counters].find(([, { start, step }]) => constantOf(start) === 0 && step === 1)?.[0] ?? addCounter(copy, b.const(0));
    b.insert(copy);
    b.region.yields = carried.map((k) => copy.results[k]);
    const test = new Region(copy);
    test.yields = [new Builder(test, loop.span).prim('lt', [copy.params[from], limit])];
    copy.regions[0] = test;
    new Outline(func, copy, this.id, library).run();
    const { policy: _policy, ...rest } = copy.attr;
    copy.attr = rest;
    const call = copy.regions[1].ops.find((op) => op.kind === 'call' && op.attr.policy)!;
    call.attr = { callee: call.attr.callee!, discrete: true };
    const aliases = new Aliases(func, library.summaries);
    const written = new Set([...aliases.writes.get(call) ?? []].map((c) => c.find()));
    for (const v of call.args) {
      if (isMemory(v.type) && !copy.params.includes(v) && [...aliases.of(v).reachable()].some((c) => written.has(c))) b.op('detach', [v], []);
    }
  }

  /** Runs the loop on copies of what it changes, to count its iterations. */
  private dryRun(): Value {
    const { loop, before, aliases } = this;
    const outside = [...allOps(loop.regions[0]), ...allOps(loop.regions[1])].find((op) => op.kind !== 'free' && hasEffectsOutside(op, this.library));
    if (outside) fail('TL3022', outside.span);
    const written = new Set([...aliases.writes].filter(([write]) => within(write, loop)).flatMap(([, cells]) => [...cells].map((c) => c.find())));
    const changes = (v: Value) => isMemory(v.type) && !isNullish(v) && [...aliases.of(v).reachable()].some((c) => written.has(c));
    const memory = [...new Set([...capturedValues(loop), ...loop.args])].filter(changes);
    const map = new Map<Value, Value>();
    if (memory.length === 1) map.set(memory[0], before.op('clone', [memory[0]], [memory[0].type], { text: 'stopGradient' }).result);
    else if (memory.length > 1) {
      const together = before.op('clone', [before.literal({ kind: 'tuple', elements: memory.map((v) => v.type) }, memory)], [{ kind: 'tuple', elements: memory.map((v) => v.type) }], { text: 'stopGradient', shared: true }).result;
      memory.forEach((v, k) => map.set(v, before.field(together, String(k))));
    }
    const { before: here } = this;
    const dry = cloneOp(loop, map, loop.parent);
    const { policy: _, ...attr } = loop.attr;
    dry.attr = attr;
    dry.args = dry.args.map((v) => (v.type.kind === 'number' && constantOf(v) === undefined ? here.prim('stopGradient', [v]) : v));
    const k = addCounter(dry, here.const(0));
    here.insert(dry);
    return dry.results[k];
  }
}

/** Lets a loop count its iterations: the place of the counter among its carried values. */
function addCounter(loop: Op, zero: Value): number {
  const k = loop.params.length;
  const make = () => {
    const value = new Value(NUMBER, loop.span, 'trips');
    value.def = loop;
    return value;
  };
  const param = make();
  loop.args.push(zero);
  loop.params.push(param);
  loop.results.push(make());
  const b = new Builder(loop.regions[1], loop.span, true);
  loop.regions[1].yields.push(b.prim('add', [param, b.const(1)], { name: 'trips' }));
  return k;
}
