/**
 * The state of lowering one function: where operations go, what each variable holds there, and how
 * branches come together.
 *
 * SSA form is made on the way. The environment maps each variable to its value at this point; an
 * `if` lowers both branches from a copy of it, and each variable whose value differs afterwards
 * becomes a result of the `if`. Loops carry the variables that are assigned in them (loops.ts).
 */
import type * as t from '@babel/types';
import { Builder } from '../ir/build.ts';
import { type Func, type LoopInfo, Op, Region, type Span, Value } from '../ir/ir.ts';
import { BOOLEAN, NUMBER, type Type, isMemory, mergeRecords, sameType, showType, withAbsent } from '../ir/types.ts';
import { fail } from '../diagnostics.ts';
import type { Program } from './program.ts';
import type { Closure } from './closures.ts';
import { capturedBesides, functionsIn, holdsFunctions, isWider, join, widen } from './functions.ts';
import { type Callable, diverges, type Frame, Restart, type Scope, type Status, Variable } from './scope.ts';
import { UNKNOWN, fits, isAny, isNullish, isPending, isScalar, taken } from './types.ts';

export type Env = Map<Variable, Value | undefined>;

export interface Branch {
  region: Region;
  env: Env;
  status: Status;
}

export class Lowering {
  b: Builder;
  /** A variable without a value was declared and not yet assigned. */
  env: Env = new Map();
  frame!: Frame;
  /** What the surroundings of a function literal, which is about to be put in place, take from it. */
  returned?: Type;
  /** Values of expressions that have been evaluated already. */
  readonly given = new Map<t.Node, Value>();
  /** Functions that are values here, with the names by which they are told apart at run time. */
  readonly options = new Map<Callable, string>();
  /** Values that are others under another type, while the function is lowered. */
  readonly sameAs = new Map<Value, Value>();
  /** Closures, by the code in their types. */
  readonly closures = new Map<object, Closure>();
  /** For each loop around, the variables that are the same in all of its iterations. */
  readonly loops: ReadonlySet<Variable>[] = [];
  /** `debugger` is meant for the derivative: in a callback that runs there. */
  breakpoints = false;
  private variables = 0;

  constructor(
    readonly program: Program,
    readonly func: Func,
    public scope: Scope,
    /** Types found in an earlier attempt, by declaration. */
    readonly hints: Map<t.Node, Type>,
  ) {
    this.b = new Builder(func.body, func.span);
  }

  /** Lowers with an expression's value known. */
  withGiven<T>(node: t.Node, value: Value, lower: () => T): T {
    this.given.set(node, value);
    const result = lower();
    this.given.delete(node);
    return result;
  }

  get file(): string { return this.scope.module.file; }

  span(node: t.Node): Span { return { file: this.file, start: node.start!, end: node.end! }; }

  /** The builder, for an operation that stands for this node. */
  at(node: t.Node): Builder { return this.b.at(this.span(node)); }

  /** Does what comes here never run, because something before it throws? */
  get hasThrown(): boolean { return this.b.region.ops.at(-1)?.kind === 'throw'; }

  // Variables

  declare(id: t.Identifier, type: Type | undefined, value?: Value): Variable {
    const variable = new Variable(id.name, ++this.variables, type ?? this.hints.get(id), { node: id });
    this.scope.declare(id.name, variable);
    this.env.set(variable, undefined);
    if (value) this.assign(variable, value, id);
    return variable;
  }

  /** A variable of the function that is called, inside of it. */
  carried(variable: Variable, value: Value): Variable {
    const inside = new Variable(variable.name, variable.name ? ++this.variables : undefined, value.type, variable.options);
    this.env.set(inside, value);
    return inside;
  }

  /** A variable of ours; `key` is under which its type is remembered if it has none yet. */
  variable(name: string | undefined, type: Type | undefined, key?: t.Node): Variable {
    const variable = new Variable(name, name ? ++this.variables : undefined, type ?? (key && this.hints.get(key)), { node: key, ours: true });
    this.env.set(variable, undefined);
    return variable;
  }

  flag(name: string): Variable {
    const flag = new Variable(name, ++this.variables, BOOLEAN, { initially: false, ours: true });
    this.env.set(flag, undefined);
    return flag;
  }

  assign(variable: Variable, value: Value, node: t.Node): void {
    if (!variable.type || variable.type === UNKNOWN) this.learn(variable, value.type);
    if (holdsFunctions(value.type)) variable.type = join(variable.type!, value.type) ?? variable.type;
    const fitted = this.coerce(value, variable.type!, node);
    if (!variable.options.ours && !fitted.name) {
      fitted.name = variable.name;
      fitted.variable = variable.number;
    }
    this.env.set(variable, fitted);
  }

  private learn(variable: Variable, type: Type): void {
    variable.type = type;
    const { node } = variable.options;
    if (!variable.guessed || !node) return;
    this.hints.set(node, type);
    throw new Restart();
  }

  /** A variable is calculated with before it was assigned: it must be a number. If it is not, an assignment will fail. */
  guessNumber(value: Value): void {
    for (const [{ options }, current] of this.env) {
      if (current !== value || !options.node) continue;
      this.hints.set(options.node, NUMBER);
      throw new Restart();
    }
  }

  read(variable: Variable): Value {
    const value = this.env.get(variable);
    if (value) return value;
    const initial = this.initial(variable);
    this.env.set(variable, initial);
    return initial;
  }

  /** What a variable is where nothing was assigned to it. */
  private initial(variable: Variable): Value {
    const { initially } = variable.options;
    if (initially !== undefined) return this.b.const(initially);
    // `let best: T | undefined;` is undefined, and the program may ask.
    if (variable.type?.absent) return this.b.op('const', [], [variable.type], { value: undefined }).result;
    if (!variable.type) variable.guessed = true;
    return this.b.undef(variable.type ?? UNKNOWN);
  }

  // Types

  /** The value as one of the given type. */
  coerce(value: Value, type: Type | undefined, node: t.Node): Value {
    if (!type || type === UNKNOWN || sameType(value.type, type)) return value;
    if (holdsFunctions(value.type) && (fits(value.type, type) || isWider(type, value.type))) return value;
    if (isNullish(value) && type.kind === 'function') return value;
    if (isNullish(value) && type.kind !== 'opaque') return this.absent(value, type, node);
    if (isMemory(value.type) && isMemory(type) && fits(value.type, type)) return this.at(node).cast(value, withAbsent(type, value.type.absent));
    if (type.kind === 'dictionary' && value.type.kind === 'record' && value.type.fields.every((f) => fits(f.type, type.element))) return this.at(node).cast(value, type);
    if (type.kind === 'union' && fits(value.type, type)) return this.at(node).extern('$0', [value], type, { pure: true, world: 'none', shown: this.scope.module.text.slice(node.start!, node.end!) })!;
    if (isPending(value.type) && type.kind === 'array') this.resolvePending(value.type, type.element);
    if (isScalar(value.type) ? isAny(type) : isAny(value.type) && isScalar(type)) return taken(this, value, type, node);
    return fail('TL2003', this.span(node), showType(type), showType(value.type));
  }

  /** The value as one that is put into memory of the given type. Functions there outlive the iteration that makes them. */
  stored(value: Value, type: Type | undefined, node: t.Node): Value {
    if (type && holdsFunctions(value.type)) {
      const [first] = functionsIn(value.type);
      if (!isWider(type, value.type)) fail('TL2011', this.span(node), first.name);
      const lost = capturedBesides(this, value.type, (v) => this.loops.every((outside) => outside.has(v)));
      if (lost) fail('TL2013', this.span(node), lost.target.name, lost.variable.name ?? 'this');
    }
    return this.coerce(value, type, node);
  }

  /** The element type of an empty array literal has been found: start again with it. */
  resolvePending(array: Type, element: Type): never {
    this.hints.set(this.program.pending.get(array)!, { kind: 'array', element });
    throw new Restart();
  }

  /** `null` or `undefined` where a value of the type is expected. */
  private absent({ def }: Value, type: Type, node: t.Node): Value {
    const { value } = (def as Op).attr;
    return this.at(node).op('const', [], [withAbsent(type, value === null ? 'null' : 'undefined')], { value }).result;
  }

  /** What two branches yield, as values of one type; undefined where there is none. */
  private unify(branches: readonly Branch[], values: readonly Value[], node: t.Node): { type: Type; values: Value[] } | undefined {
    const [a, b] = values;
    const absent = a.type.absent && b.type.absent && a.type.absent !== b.type.absent ? 'null | undefined' : a.type.absent ?? b.type.absent;
    if (sameType(a.type, b.type)) return { type: withAbsent(a.type, absent), values: [a, b] };
    const joined = holdsFunctions(a.type) || holdsFunctions(b.type) ? join(a.type, b.type) : undefined;
    if (joined) return { type: withAbsent(joined, absent), values: branches.map((branch, k) => this.in(branch, () => widen(this, values[k], joined))) };
    const type = isNullish(a) ? b.type : isNullish(b) || fits(b.type, a.type) ? a.type : fits(a.type, b.type) ? b.type : mergeRecords([a.type, b.type]);
    if (!type || isPending(type) || type.kind === 'opaque') return undefined;
    const united = branches.map((branch, k) => this.in(branch, () => this.coerce(values[k], type, node)));
    return { type: withAbsent(withAbsent(type, united[0].type.absent), united[1].type.absent), values: united };
  }

  // Branches

  open(kind: 'if' | 'loop', args: Value[], node: t.Node, loop?: LoopInfo): Op {
    const op = new Op(kind, args, this.span(node), loop ? { loop } : {});
    op.parent = this.b.region;
    return op;
  }

  /** Lowers into a new region of the operation, from a copy of the environment. */
  branch(op: Op, lower: () => Status, env: Env = new Map(this.env)): Branch {
    const branch: Branch = { region: new Region(op), env, status: { falls: true, exits: new Set() } };
    op.regions.push(branch.region);
    this.resume(branch, () => { branch.status = lower(); });
    return branch;
  }

  /** Goes on at the end of a branch. */
  resume(branch: Branch, lower: () => void): void {
    const { b, env } = this;
    this.b = new Builder(branch.region, b.span);
    this.env = branch.env;
    lower();
    branch.env = this.env;
    this.b = b;
    this.env = env;
  }

  /** A value that is made at the end of a branch. */
  private in(branch: Branch, make: () => Value): Value {
    let value!: Value;
    this.resume(branch, () => { value = make(); });
    return value;
  }

  /** Ends an `if`: what its branches changed becomes its results. */
  close(op: Op, then: Branch, otherwise: Branch): void {
    const dead = [diverges(then.status), diverges(otherwise.status)];
    for (const [variable, before] of this.env) {
      const values = [then.env.get(variable), otherwise.env.get(variable)];
      if (values[0] === values[1]) {
        this.env.set(variable, values[0]);
        continue;
      }
      if (dead[0] && dead[1]) continue;
      const alive = dead[0] ? values[1] : dead[1] ? values[0] : undefined;
      if ((dead[0] || dead[1]) && alive === before) continue;
      this.env.set(variable, this.merge(op, [then, otherwise], variable, values, dead));
    }
    this.keepCaptured(op, [then, otherwise]);
    this.b.insert(op);
  }

  /** Functions that come out of a branch take along what they capture of it. */
  private keepCaptured(op: Op, branches: Branch[]): void {
    for (const { type } of op.results) {
      for (let lost = capturedBesides(this, type, (v) => this.env.has(v)); lost; lost = capturedBesides(this, type, (v) => this.env.has(v))) {
        const { target, variable } = lost;
        const has = branches.map((branch) => branch.env.has(variable));
        if (!has.includes(true)) fail('TL2013', op.span, target.name, variable.name ?? 'this');
        this.env.set(variable, this.merge(op, branches, variable, branches.map((branch) => branch.env.get(variable)), has.map((h) => !h)));
      }
    }
  }

  private merge(op: Op, branches: Branch[], variable: Variable, values: (Value | undefined)[], dead: boolean[]): Value {
    const alive = values.filter((v, i): v is Value => v !== undefined && !dead[i]);
    const found = alive.map((v) => v.type).reduce((a, b) => join(a, b) ?? a, alive[0]?.type ?? variable.type ?? values.find(Boolean)!.type);
    const type = alive.reduce((t, v) => withAbsent(t, v.type.absent), found);
    branches.forEach((branch, i) => {
      this.resume(branch, () => {
        const value = dead[i] ? this.b.undef(type) : widen(this, values[i] ?? this.initial(variable), type);
        if (!join(value.type, type)) fail('TL2003', op.span, showType(type), showType(value.type));
        branch.region.yields.push(value);
      });
    });
    return this.result(op, type, variable);
  }

  result(op: Op, type: Type, variable: Variable): Value {
    const value = this.value(op, type, variable);
    op.results.push(value);
    return value;
  }

  value(op: Op, type: Type, { name, number }: Variable): Value {
    const value = new Value(type, op.span, name, number);
    value.def = op;
    return value;
  }

  /** An expression with two alternatives, of which one is evaluated. */
  choose(node: t.Node, condition: Value, then: () => Value, otherwise: () => Value): Value {
    const [value] = this.chooseAll(node, condition, () => [then()], () => [otherwise()]);
    return value;
  }

  /** Several values at once. A branch that throws gives 'never'. */
  chooseAll(node: t.Node, condition: Value, then: () => Value[] | 'never', otherwise: () => Value[] | 'never'): Value[] {
    const op = this.open('if', [condition], node);
    const found: (Value[] | 'never')[] = [];
    const branches = [then, otherwise].map((lower) => this.branch(op, () => {
      const values = lower();
      found.push(values);
      return { falls: values !== 'never', exits: new Set() };
    }));
    const given = found.filter((values) => values !== 'never');
    const results = (given[0] ?? []).map((value, i) => {
      const other = given.at(-1)![i];
      if (value === other && given.length === 2) return value;
      const united = given.length === 2 ? this.unify(branches, [value, other], node) ?? fail('TL2003', this.span(node), showType(value.type), showType(other.type))
        : { type: value.type, values: branches.map((branch, k) => (found[k] === 'never' ? this.in(branch, () => this.b.undef(value.type)) : value)) };
      branches.forEach((branch, k) => branch.region.yields.push(united.values[k]));
      return this.result(op, united.type, UNNAMED);
    });
    this.close(op, branches[0], branches[1]);
    return results;
  }
}

const UNNAMED = new Variable(undefined, undefined, undefined, { ours: true });
