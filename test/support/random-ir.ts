/**
 * Random functions of the IR, as a front end would make them: variables that are reassigned in branches and loops,
 * named and unnamed values, loads between stores, calls that are traced, breaks, swaps. The same seed makes the
 * same function.
 */
import { Builder, type Naming, addParam } from '../../transformer/ir/build.ts';
import { Func, type Region, Value } from '../../transformer/ir/ir.ts';
import { BOOLEAN, F64, NUMBER } from '../../transformer/ir/types.ts';

const SPAN = { file: 'random.ts', start: 0, end: 1 };
const VARIABLES = ['p', 'q', 'r', 's'];
const LENGTH = 4;

/** `size`: about how many statements. */
export function randomFunction(seed: number, size = 40): Func {
  return new Generator(seed, size).function();
}

type Env = Map<number, Value>;

class Generator {
  private state: number;
  private variables = VARIABLES.length;

  constructor(seed: number, private budget: number) {
    this.state = seed * 2654435761 >>> 0;
  }

  /** An integer below n (mulberry32). */
  private below(n: number): number {
    let t = this.state = this.state + 0x6D2B79F5 >>> 0;
    t = Math.imul(t ^ t >>> 15, t | 1);
    t ^= t + Math.imul(t ^ t >>> 7, t | 61);
    return ((t ^ t >>> 14) >>> 0) % n;
  }

  private chance(percent: number): boolean {
    return this.below(100) < percent;
  }

  private pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)];
  }

  function(): Func {
    const func = new Func('random.ts#f', 'f', SPAN);
    const [x, y] = ['x', 'y'].map((name) => addParam(func, NUMBER, SPAN, name));
    this.arrays = ['a', 'b'].map((name) => addParam(func, F64, SPAN, name));
    const b = new Builder(func.body, SPAN);
    if (this.chance(50)) this.arrays.push(b.copy(this.arrays[0], F64, {}, { name: 'c' }));
    const env: Env = new Map(VARIABLES.map((_, i) => [i, i < 2 ? [x, y][i] : b.op('const', [], [NUMBER], { value: i }, this.naming(i)).result]));
    this.statements(b, env, [], 2 + this.below(5));
    func.body.yields = [...env.values(), this.arrays.at(-1)!];
    func.result = { kind: 'tuple', parts: func.body.yields.map((v) => ({ kind: 'value', type: v.type })) };
    return func;
  }

  private arrays: Value[] = [];

  private naming(variable: number): Naming {
    return { name: VARIABLES[variable], variable: variable + 1 };
  }

  /** `scope`: values besides those of variables: temporaries and counters. */
  private statements(b: Builder, env: Env, scope: Value[], count: number): void {
    for (let i = 0; i < count && this.budget > 0; i++) this.statement(b, env, scope);
  }

  private statement(b: Builder, env: Env, scope: Value[]): void {
    this.budget--;
    const kind = this.below(100);
    if (kind < 35) this.assign(b, env, scope);
    else if (kind < 42) this.swap(env);
    else if (kind < 52) b.store(this.pick(this.arrays), this.index(b, scope), this.expression(b, env, scope));
    else if (kind < 60) b.accum(this.pick(this.arrays), this.index(b, scope), this.expression(b, env, scope));
    else if (kind < 68) scope.push(b.prim('mul', [this.expression(b, env, scope), this.expression(b, env, scope)], this.chance(60) ? { name: this.pick(['t', 'u']), variable: ++this.variables } : {}));
    else if (kind < 82) this.branch(b, env, scope);
    else this.loop(b, env, scope);
  }

  private assign(b: Builder, env: Env, scope: Value[]): void {
    const variable = this.below(VARIABLES.length);
    if (this.chance(15)) env.set(variable, this.pick([...env.values(), ...scope.filter((v) => v.type.kind === 'number')]));
    else if (this.chance(10)) env.set(variable, b.op('const', [], [NUMBER], { value: this.below(5) }, this.naming(variable)).result);
    else env.set(variable, b.prim(this.pick(['add', 'sub', 'mul']), [this.chance(60) ? env.get(variable)! : this.expression(b, env, scope), this.expression(b, env, scope)], this.naming(variable)));
  }

  private swap(env: Env): void {
    const [i, j] = [this.below(VARIABLES.length), this.below(VARIABLES.length)];
    const [v, w] = [env.get(i)!, env.get(j)!];
    env.set(i, w).set(j, v);
  }

  private index(b: Builder, scope: Value[]): Value {
    const counters = scope.filter((v) => v.name === 'i');
    if (counters.length === 0 || this.chance(30)) return b.const(this.below(LENGTH));
    return this.chance(60) ? this.pick(counters) : b.prim('add', [this.pick(counters), b.const(1)]);
  }

  private expression(b: Builder, env: Env, scope: Value[], depth = 0): Value {
    const kind = this.below(depth > 2 ? 55 : 100);
    if (kind < 30) return env.get(this.below(VARIABLES.length))!;
    if (kind < 40 && scope.length > 0) return this.pick(scope);
    if (kind < 45) return b.const(this.below(7) / 2);
    if (kind < 55) return b.load(this.pick(this.arrays), this.index(b, scope));
    const part = (inner = b) => this.expression(inner, env, scope, depth + 1);
    if (kind < 85) return b.prim(this.pick(['add', 'sub', 'mul', 'min']), [part(), part()]);
    if (kind < 90) return b.prim(this.pick(['sin', 'neg', 'abs']), [part()]);
    if (kind < 95) return b.extern('trace', [part(), part()], NUMBER)!;
    return b.if(this.condition(b, env, scope), [NUMBER], (t) => [part(t)], (t) => [part(t)]).result;
  }

  private condition(b: Builder, env: Env, scope: Value[]): Value {
    const test = b.prim(this.pick(['lt', 'ge']), [this.expression(b, env, scope, 2), this.expression(b, env, scope, 2)]);
    if (this.chance(70)) return test;
    return this.chance(50) ? b.prim('not', [test])
      : b.if(test, [BOOLEAN], (t) => [t.prim('gt', [this.expression(t, env, scope, 2), t.const(1)])], (t) => [t.const(false)]).result;
  }

  private branch(b: Builder, env: Env, scope: Value[]): void {
    const condition = this.condition(b, env, scope);
    const op = b.if(condition, [], () => [], () => []);
    const envs = op.regions.map((region, i) => {
      const inner: Env = new Map(env);
      if (i === 0 || this.chance(60)) this.statements(b.inside(region), inner, [...scope], 1 + this.below(3));
      return inner;
    });
    const changed = [...env.keys()].filter((i) => envs.some((e) => e.get(i) !== env.get(i)));
    this.results(op.regions, envs, changed);
    for (const i of changed) env.set(i, this.result(op, i));
  }

  private results(regions: Region[], envs: Env[], variables: number[], extra: (i: number) => Value[] = () => []): void {
    regions.forEach((region, i) => { region.yields = [...extra(i), ...variables.map((v) => envs[i].get(v)!)]; });
  }

  private result(op: { results: Value[] }, variable: number): Value {
    const from = op as ReturnType<Builder['if']>;
    const value = new Value(NUMBER, SPAN, VARIABLES[variable], variable + 1);
    value.def = from;
    from.results.push(value);
    return value;
  }

  /** A counted loop, `for` or `while`, perhaps left by a break. */
  private loop(b: Builder, env: Env, scope: Value[]): void {
    const exits = this.chance(40);
    const form = this.pick(['for', 'while', 'do'] as const);
    const carried = [...env.keys()].filter(() => this.chance(70));
    const flags = exits ? 1 : 0;
    const initial = [...(exits ? [b.const(false)] : []), b.const(0), ...carried.map((i) => env.get(i)!)];
    const namings = [...(exits ? [this.chance(50) ? { name: 'done' } : {}] : []), { name: 'i', variable: ++this.variables }, ...carried.map((i) => this.naming(i))];
    const limit = 1 + this.below(LENGTH - 1);
    const op = b.loop({ test: form === 'do' ? 'after' : 'before', form, ...(exits ? { exit: true } : {}), ...(form === 'for' ? { head: [flags] } : {}) }, initial,
      (t, params) => t.prim('lt', [params[flags], t.const(limit)]),
      (t, params) => {
        const inner: Env = new Map(env);
        carried.forEach((i, k) => inner.set(i, params[flags + 1 + k]));
        const around = [...scope, params[flags]];
        const next = () => t.prim('add', [params[flags], t.const(1)], this.chance(50) ? namings[flags] : {});
        const early = this.chance(30) ? next() : undefined;
        const only = (e: Env) => carried.map((i) => e.get(i)!);
        this.frozen(inner, carried, () => this.statements(t, inner, around, 1 + this.below(3)));
        if (!exits) return [early ?? next(), ...only(inner)];
        const leave = t.if(this.condition(t, inner, around), [], () => [], () => []);
        const envs = leave.regions.map((region) => {
          const e: Env = new Map(inner);
          if (this.chance(60)) this.frozen(e, carried, () => this.statements(t.inside(region), e, [...around], 1 + this.below(2)));
          return e;
        });
        this.results(leave.regions, envs, carried, (i) => [t.inside(leave.regions[i]).const(i === 0)]);
        const flag = new Value(BOOLEAN, SPAN);
        flag.def = leave;
        leave.results.push(flag);
        const results = carried.map((i) => this.result(leave, i));
        return [flag, early ?? next(), ...results];
      }, namings);
    carried.forEach((i, k) => env.set(i, op.results[flags + 1 + k]));
    if (exits && this.chance(30)) scope.push(b.if(op.results[0], [NUMBER], (t) => [t.const(1)], (t) => [t.const(2)]).result);
    if (this.chance(20)) scope.push(op.results[flags]);
  }

  /** Runs statements that may change only some of the variables. */
  private frozen(env: Env, free: number[], run: () => void): void {
    const before = new Map(env);
    run();
    for (const i of env.keys()) if (!free.includes(i)) env.set(i, before.get(i)!);
  }
}
