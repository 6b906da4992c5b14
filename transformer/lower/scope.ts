/** What names mean while a function is lowered: variables, functions, and where control can go. */
import type * as t from '@babel/types';
import type { FuncRef, Literal, Result, Value } from '../ir/ir.ts';
import type { Type } from '../ir/types.ts';
import type { FunctionNode, Module } from '../parse/module.ts';
import type { Declaration, StaticScope } from '../parse/scopes.ts';
import type { TransformName } from '../parse/transforms.ts';
import type { Axes } from '../parse/module.ts';
import type { Argnums } from '../parse/uses.ts';
import type { Argument } from './calls.ts';
import type { ClassDeclared } from './classes.ts';
import type { Custom } from './customs.ts';

/** A variable of the user's, or one of ours; what it holds at a point of the program is in the environment. */
export class Variable {
  readonly kind = 'variable';
  /** A loop had to carry it before its type was known. */
  guessed = false;
  constructor(
    readonly name: string | undefined,
    /** `Value.variable` of the values it takes. */
    readonly number: number | undefined,
    /** Undefined until it is known. */
    public type: Type | undefined,
    readonly options: {
      /** The user's declaration: under it a type found later is remembered for the next attempt, see `Restart`. */
      node?: t.Node;
      /** What it is where nothing was assigned: flags are false. */
      initially?: Literal;
      /** Ours: an expression that is assigned to it does not get its name. */
      ours?: boolean;
    } = {},
  ) {}
}

/** A function that is not called but put in place at its calls, where it sees the variables around its definition. */
export interface LocalFunction {
  kind: 'local';
  name: string;
  node: FunctionNode;
  scope: Scope;
  /** What `this` is in it, and the class whose method it is. */
  self?: Value;
  /** It stands where it is used. */
  literal?: boolean;
  /** Calls are computed anew in the reverse sweep. */
  checkpoint?: boolean;
  owner?: ClassDeclared;
}

/** A function at the top level of a module of the program. */
export interface ModuleFunction {
  kind: 'module';
  file: string;
  /** `f`, or `Class.method`. */
  name: string;
  node: FunctionNode;
  checkpoint?: boolean;
  /** Its derivative is given by a rule. */
  custom?: Custom;
}

/** `Math.sin`, `Number.isNaN`, `Boolean`. */
export interface Builtin {
  kind: 'builtin';
  object: string;
  name: string;
}

/** One of several functions, which the value says. */
export interface Choice {
  kind: 'choice';
  name: string;
  value: Value;
}

/** No function: calling it throws. */
export interface Absent {
  kind: 'absent';
  name: string;
}

/** What a transform gives: `grad(f)`. */
export interface Transformed {
  kind: 'transform';
  name: string;
  transform: TransformName;
  target: Callable;
  argnums: Argnums;
  /** Of `vmap`. */
  axes?: Axes;
  /** The call of the transform. */
  call: t.Node;
}

/** The linear map that `vjp` or `linearize` gives, with what its forward sweep has saved. */
export interface Pullback {
  kind: 'pullback';
  name: string;
  pullback: PullbackOf;
  saved: Value;
}

/** What is known of such a map: its function, and the types of what it takes and gives. */
export interface PullbackOf {
  ref: FuncRef;
  /** A cotangent of the result, or by argument its tangent; undefined of an argument that has none. */
  takes: (Type | undefined)[];
  /** By argument its cotangent, or the tangent of the result. */
  gives: (Type | undefined)[] | Result;
}

export type Callable = LocalFunction | ModuleFunction | Builtin | Choice | Absent | Transformed | Pullback;

/** The function that is transformed, or the function itself. */
export function baseOf(target: Callable): Callable { return target.kind === 'transform' ? baseOf(target.target) : target; }

/** The function of the text that sees variables around it, if there is one. */
export function localOf(target: Callable): LocalFunction | undefined {
  const base = baseOf(target);
  return base.kind === 'local' ? base : undefined;
}

/** A variable of a function around a literal that is given to a transform. */
export interface Captured {
  kind: 'captured';
  declaration: Declaration;
}

export type Entity = Variable | Callable | Captured;

export function isFunctionEntity(entity: Entity): entity is Callable { return entity.kind !== 'variable' && entity.kind !== 'captured'; }

export class Scope {
  /** In a constructor, the fields of the object are variables under `this.x`, see construct.ts. */
  private readonly names = new Map<string, Entity>();
  /** What the type parameters of a generic function stand for. */
  private types?: Map<string, Type>;
  constructor(
    readonly module: Module,
    readonly parent?: Scope,
    /** Around a literal in some function: the declarations there. */
    private readonly outside?: StaticScope,
  ) {}

  declare(name: string, entity: Entity): void { this.names.set(name, entity); }

  declareType(name: string, type: Type): void { (this.types ??= new Map()).set(name, type); }

  type(name: string): Type | undefined { return this.types?.get(name) ?? this.parent?.type(name); }

  /** All type parameters that have a meaning here. */
  allTypes(): Map<string, Type> { return new Map([...this.parent?.allTypes() ?? [], ...this.types ?? []]); }

  /** The declarations around the function that is lowered. */
  get around(): StaticScope | undefined { return this.outside ?? this.parent?.around; }
  declared(): Iterable<[string, Entity]> { return this.names; }

  /** Undefined: a binding of the module, or global. */
  lookup(name: string): Entity | undefined {
    const own = this.names.get(name);
    if (own) return own;
    if (this.parent) return this.parent.lookup(name);
    const declaration = this.outside?.lookup(name);
    return declaration && !declaration.scope.isModule ? { kind: 'captured', declaration } : undefined;
  }
}

/** A function being lowered: the root, or one that is put in place at its call. */
export interface Frame {
  node: FunctionNode;
  name: string;
  /** Set by every `return`. */
  returned: Variable;
  /** How what is returned is put together; undefined while the type is unknown. */
  shape?: Result;
  /** What is returned, one variable for each part of the shape. */
  results: Variable[];
  /** Innermost last. */
  targets: Target[];
  /** The function in which this one is put in place. */
  parent?: Frame;
  self?: Value;
  /** Of a method or constructor: the class that declares it. */
  owner?: ClassDeclared;
  /** In a constructor: what `super(…)` does. */
  superConstructor?: (args: readonly Argument[]) => void;
}

/** What `break` and `continue` can name: a loop, a `switch` or a labelled block. */
export interface Target {
  kind: 'loop' | 'switch' | 'block';
  labels: readonly string[];
  /** True where it is left: the exit flag of a loop. May be the flag of what alone leaves it, such as `returned`. */
  done: Variable;
  /** True where the rest of an iteration is skipped. */
  skipped?: Variable;
}

/** How a statement can end: by falling through, by flags set for an exit, or both; by neither where it throws or never ends. */
export interface Status {
  falls: boolean;
  exits: ReadonlySet<Variable>;
}

export const FALLS: Status = { falls: true, exits: new Set() };
export const NEVER: Status = { falls: false, exits: new Set() };

export function leaves(status: Status): boolean { return !status.falls && status.exits.size > 0; }
export function diverges(status: Status): boolean { return !status.falls && status.exits.size === 0; }

/** Thrown when a type is found that an earlier place had to guess: the function is lowered again, now knowing it. */
export class Restart extends Error {}
