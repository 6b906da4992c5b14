/**
 * Instances: a function made anew for the arguments of a call. What is known of them and what the parameters' types do
 * not tell goes into the function: the functions that it is given, the types that a generic parameter stands for, which
 * arguments are left out.
 *
 *     simpson((x) => k * x, a, b)   →   simpson_of_g(a, b, k)    with k * x in the place of g(x)
 *
 * Variables that such a function captures become parameters, and, if it writes them, results as well: they are passed in
 * and out, as SSA form does it with a loop's variables. A recursive function calls the instance that it is itself,
 * because the same arguments have the same key.
 */
import type * as t from '@babel/types';
import { fail } from '../diagnostics.ts';
import { addParam } from '../ir/build.ts';
import { withWritten } from '../ir/composed.ts';
import { Func, type Result, type Value, resultTypes } from '../ir/ir.ts';
import { type RecordType, type Type, replaceTypes, showType } from '../ir/types.ts';
import type { Piece } from './assign.ts';
import { assemble, bindByResult, bindParameters, bindTypeParameters, moduleOf } from './calls.ts';
import { freeNames, isRecursive } from './captures.ts';
import { inferredResult, lowerBody, newFrame, parameterName } from './function.ts';
import { isClosure } from './closures.ts';
import { eraseFunctions, functionValue, holdsFunctions, known, optionsOf } from './functions.ts';
import { Lowering } from './lowering.ts';
import { functionId } from './program.ts';
import { prune } from './prune.ts';
import { assignedVariables } from './scan.ts';
import { type Callable, type LocalFunction, type ModuleFunction, Restart, Scope, type Variable } from './scope.ts';
import type { Ready } from './transforms.ts';
import { type Parameter, declaredResult, resultOf } from './signature.ts';
import { concrete, isPending, saysMore, typeAt } from './types.ts';

/** What a function gets besides its arguments. */
export interface Capture {
  name: string;
  value: Value;
  /** Absent: `this`. */
  variable?: Variable;
}

interface Spec {
  id: string;
  name: string;
  target: LocalFunction | ModuleFunction;
  parameters: readonly Parameter[];
  given: readonly (Value | undefined)[];
  captures: readonly Capture[];
  /** Captured variables that it writes. */
  written: readonly Capture[];
  node: t.Node;
}

/** Calls an instance; undefined where there can be none, because it is only known at run time which function is given. */
export function callInstance(
  cx: Lowering, target: LocalFunction | ModuleFunction, parameters: readonly Parameter[], given: readonly (Value | undefined)[], node: t.Node,
): { piece: Piece | undefined } | undefined {
  const made = readyInstance(cx, target, parameters, given, node);
  if (!made) return undefined;
  const { ref, args, result, written } = made;
  const own = resultTypes(result);
  const results = cx.at(node).call(ref, args, [...own, ...written.map((c) => c.value.type)]);
  takeWritten(cx, written, results.slice(own.length));
  return { piece: result.kind === 'void' ? undefined : assemble(result, results) };
}

/** Captured variables have been written by a call. */
export function takeWritten(cx: Lowering, written: readonly Capture[], values: readonly Value[]): void {
  written.forEach(({ variable }, i) => {
    Object.assign(values[i], { name: variable!.name, variable: variable!.number });
    cx.env.set(variable!, values[i]);
  });
}

/** The instance for the arguments of a call. */
export function readyInstance(
  cx: Lowering, target: LocalFunction | ModuleFunction, parameters: readonly Parameter[], given: readonly (Value | undefined)[], node: t.Node,
): Ready | undefined {
  const description = new Description(cx);
  const key = description.of(target, parameters, given);
  if (key === undefined) return undefined;
  const { captures } = description;
  const written = captures.filter((c) => c.variable && description.assigned.has(c.variable));
  if (written.some((c) => holdsFunctions(c.value.type))) return undefined;
  const id = functionId(moduleOf(cx, target).file, `${target.name}<${key}>`);
  const spec: Spec = { id, name: nameOf(target, parameters, given), target, parameters, given, captures, written, node };
  const result = cx.program.instance(id, () => resultBefore(cx, spec), (shape) => lowerInstance(cx, spec, shape), { span: cx.span(node), name: target.name, node: target.node });

  const isPassed = (v: Value | undefined): v is Value => v !== undefined && v.type.kind !== 'function';
  const captured = captures.map((c) => c.value).filter(isPassed);
  const places: (number | undefined)[] = [];
  for (const v of given) places.push(isPassed(v) ? places.filter((p) => p !== undefined).length : undefined);
  const types = parameters.flatMap((p, i) => (isPassed(given[i]) ? [parameterType(p, given[i])] : []));
  return { ref: { id, name: spec.name }, args: [...given.filter(isPassed), ...captured], types: [...types, ...captured.map((v) => v.type)], places, result, written };
}

/** `simpson_of_f` */
function nameOf(target: Callable, parameters: readonly Parameter[], given: readonly (Value | undefined)[]): string {
  const names = parameters.flatMap((p, i) => {
    const type = given[i]?.type;
    if (type?.kind !== 'function') return [];
    const [option] = optionsOf(type);
    return [option.kind === 'local' && option.literal ? p.name ?? 'f' : option.name.replace(/\W/g, '_')];
  });
  return names.length > 0 ? `${target.name}_of_${names.join('_')}` : target.name;
}

/** The result as far as it is known before the body is lowered: a recursive function must know its own. */
function resultBefore(cx: Lowering, { target, parameters, given, node }: Spec): Result | undefined {
  const module = moduleOf(cx, target);
  const scope = new Scope(module, target.kind === 'local' ? target.scope : undefined);
  bindTypeParameters(scope, target.node, parameters, given);
  bindByResult(cx, scope, target.node, node);
  const declared = declaredResult(cx.program, module, target.node, scope);
  if (declared || !isRecursive(cx.program, module, target.node)) return declared;
  const type = typeAt(cx, node);
  if (type?.kind === 'opaque') return undefined;
  return type && resultOf(concrete(type, scope), target.node);
}

function lowerInstance(cx: Lowering, spec: Spec, result: Result | undefined): { func: Func; own: Result } {
  const hints = new Map<t.Node, Type>();
  let shape = result;
  for (;;) {
    try {
      const made = attempt(cx, spec, shape, hints);
      const found = made.own.kind === 'value' ? resultOf(made.own.type, spec.target.node) : made.own;
      if (shape || found.kind === 'value' || found.kind === 'void') return made;
      shape = found;
    } catch (error) {
      if (!(error instanceof Restart)) throw error;
    }
  }
}

function attempt(cx: Lowering, { id, name, target, parameters, given, captures, written, node }: Spec, shape: Result | undefined, hints: Map<t.Node, Type>): { func: Func; own: Result } {
  const module = moduleOf(cx, target);
  const span = { file: module.file, start: target.node.start!, end: target.node.end! };
  const func = new Func(id, name, span);
  const inner = new Lowering(cx.program, func, new Scope(module), hints);
  const carry = new Carry(inner, cx);
  const values = parameters.map((p, i) => {
    const value = given[i];
    if (!value) return undefined;
    return carry.value(value.type, node) ?? addParam(func, carry.type(parameterType(p, value)), inner.span(p.pattern), parameterName(p, i));
  });
  for (const capture of captures) carry.bind(capture, span, node);
  const scope = new Scope(module, target.kind === 'local' ? carry.scope(target) : undefined);
  carry.bindAll();
  bindTypeParameters(scope, target.node, parameters, given);
  bindByResult(cx, scope, target.node, node);
  inner.scope = scope;
  const self = target.kind === 'local' && target.self ? carry.selves.get(target.self) : undefined;
  inner.frame = { ...newFrame(inner, target.node, target.name, shape), ...(self ? { self } : {}) };
  bindParameters(inner, target, parameters, values, node);
  lowerBody(inner, target.node);
  const own = inner.frame.shape ?? inferredResult(inner);
  const writes = written.map((c) => inner.read(carry.variables.get(c.variable!)!));
  func.body.yields = [...(own.kind === 'void' ? [] : inner.frame.results.map((v) => inner.read(v))), ...writes];
  func.result = withWritten(own, writes.map((v) => v.type));
  eraseFunctions(inner);
  prune(func);
  return { func, own };
}

function parameterType(p: Parameter, value: Value): Type {
  return p.type && !p.rest && !isPending(p.type) && !saysMore(value.type, p.type) && !holdsFunctions(value.type) ? p.type : value.type;
}

/** What is known of a call's arguments, as text, and what its functions capture. */
class Description {
  readonly captures: Capture[] = [];
  /** Variables that the functions may write. */
  readonly assigned = new Set<Variable>();
  private readonly seen = new Map<LocalFunction, number>();
  /** Variables whose values closures hold. */
  private readonly held = new Set<Variable>();
  private possible = true;

  constructor(private readonly cx: Lowering) {}

  of(target: Callable, parameters: readonly Parameter[], given: readonly (Value | undefined)[]): string | undefined {
    const parts = [this.callable(target), ...parameters.map((p, i) => (given[i] ? this.type(parameterType(p, given[i])) : '-'))];
    // More of them are found on the way.
    for (let i = 0; i < this.captures.length; i++) parts.push(this.type(this.captures[i].value.type));
    return this.possible ? parts.join(', ') : undefined;
  }

  private type(type: Type): string {
    const named = replaceTypes(type, (t): Type | undefined => {
      if (isClosure(t)) return { kind: 'opaque', text: this.closure(t as RecordType) };
      if (t.kind !== 'function') return undefined;
      const options = optionsOf(t);
      if (options.length !== 1) this.possible = false;
      return { kind: 'opaque', text: options.length === 1 ? this.callable(options[0]) : '?' };
    });
    return showType(named, false);
  }

  private closure({ code, fields }: RecordType): string {
    const closure = this.cx.closures.get(code!)!;
    if ('pullback' in closure) return `${closure.pullback.ref.id}{${fields.map((f) => this.type(f.type)).join()}}`;
    const { target, variables } = closure;
    variables.forEach((v) => this.held.add(v));
    return `${this.callable(target)}{${fields.map((f) => `${f.name}: ${this.type(f.type)}`).join()}}`;
  }

  private callable(target: Callable): string {
    switch (target.kind) {
      case 'module': return `${target.file}#${target.name}${target.checkpoint ? '!' : ''}`;
      case 'builtin': return `${target.object}.${target.name}`;
      case 'choice': this.possible = false; return '?';
      case 'absent': return 'undefined';
      case 'pullback': return target.pullback.ref.id;
      case 'transform': return `${target.transform}[${JSON.stringify(target.argnums)}](${this.callable(target.target)})`;
    }
    const known = this.seen.get(target);
    if (known !== undefined) return `^${known}`;
    this.seen.set(target, this.seen.size);
    const { module } = target.scope;
    assignedVariables(target.scope, [target.node]).forEach((v) => this.assigned.add(v));
    const names = [...freeNames(this.cx.program, module, target.node)].flatMap((name) => {
      const entity = target.scope.lookup(name);
      if (!entity || entity.kind === 'captured') return [];
      if (entity.kind === 'variable' && this.held.has(entity)) return [];
      return [`${name}=${entity.kind === 'variable' ? this.capture(name, entity, target) : this.callable(entity)}`];
    });
    if (target.self) names.push(`this=${this.captureSelf(target.self)}`);
    const types = [...target.scope.allTypes()].map(([name, type]) => `${name}:${showType(type, false)}`);
    return `${module.file}:${target.node.start}${target.checkpoint ? '!' : ''}{${[...names, ...types].join()}}`;
  }

  private capture(name: string, variable: Variable, target: LocalFunction): number {
    const at = this.captures.findIndex((c) => c.variable === variable);
    if (at >= 0) return at;
    if (!this.cx.env.has(variable)) fail('TL2013', this.cx.span(target.node), target.name, name);
    return this.captures.push({ name, variable, value: this.cx.read(variable) }) - 1;
  }

  private captureSelf(value: Value): number {
    const at = this.captures.findIndex((c) => !c.variable && c.value === value);
    return at >= 0 ? at : this.captures.push({ name: 'self', value }) - 1;
  }
}

/** Takes functions, with what they capture, from the lowering of a caller into that of an instance. */
export class Carry {
  readonly variables = new Map<Variable, Variable>();
  readonly selves = new Map<Value, Value>();
  private readonly functions = new Map<LocalFunction, LocalFunction>();
  private readonly scopes = new Map<LocalFunction, Scope>();
  private readonly later: (() => void)[] = [];

  /** @param from the caller, where that is another function. */
  constructor(private readonly cx: Lowering, private readonly from?: Lowering) {}

  type(type: Type): Type {
    return replaceTypes(type, (t): Type | undefined => {
      if (isClosure(t)) {
        const { code, fields } = t as RecordType;
        const closure = this.from!.closures.get(code!)!;
        this.cx.closures.set(code!, 'pullback' in closure ? closure : { target: this.callable(closure.target), variables: closure.variables });
        return { ...t as RecordType, fields: fields.map((f) => ({ ...f, type: this.type(f.type) })) };
      }
      return t.kind === 'function' ? { kind: 'function', options: optionsOf(t).map((o) => known(this.cx, this.callable(o))) } : undefined;
    });
  }

  /** A function is no parameter of an instance. */
  value(type: Type, node: t.Node): Value | undefined {
    return type.kind === 'function' ? functionValue(this.cx, this.callable(optionsOf(type)[0]), node) : undefined;
  }

  /** A capture becomes a parameter. */
  bind({ name, variable, value }: Capture, span: Func['span'], node: t.Node): void {
    const inside = this.value(value.type, node) ?? addParam(this.cx.func, this.type(value.type), span, name);
    if (variable) this.variables.set(variable, this.cx.carried(variable, inside));
    else this.selves.set(value, inside);
  }

  callable(target: Callable): Callable {
    if (target.kind === 'transform') return { ...target, target: this.callable(target.target) };
    if (target.kind !== 'local') return target;
    let carried = this.functions.get(target);
    if (!carried) {
      carried = { ...target, scope: this.scope(target) };
      this.functions.set(target, carried);
      const { self } = target;
      const made = carried;
      if (self) this.later.push(() => { made.self = this.selves.get(self) ?? self; });
    }
    return carried;
  }

  /** The names around a function, with what they mean in the instance. */
  scope(target: LocalFunction): Scope {
    const known = this.scopes.get(target);
    if (known) return known;
    const { module, around } = target.scope;
    const scope = new Scope(module, undefined, around);
    this.scopes.set(target, scope);
    for (const [name, type] of target.scope.allTypes()) scope.declareType(name, type);
    for (const name of freeNames(this.cx.program, module, target.node)) {
      const entity = target.scope.lookup(name);
      if (entity?.kind === 'variable') this.later.push(() => scope.declare(name, this.variables.get(entity) ?? entity));
      else if (entity && entity.kind !== 'captured') scope.declare(name, this.callable(entity));
    }
    return scope;
  }

  /** Now that every capture has its parameter. */
  bindAll(): void {
    for (let work = this.later.pop(); work; work = this.later.pop()) work();
  }
}
