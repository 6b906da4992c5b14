/**
 * The parsed module: its Babel AST, its module-level bindings, its marks and its calls of transforms.
 */
import type * as t from '@babel/types';
import type { Axis } from '../ir/composed.ts';
import type { Keeping, Policy, Span } from '../ir/ir.ts';
import type { Diagnostic } from '../diagnostics.ts';
import type { RuleCall } from './rules.ts';
import type { Scopes } from './scopes.ts';
import type { TransformName } from './transforms.ts';

export type FunctionNode = t.FunctionDeclaration | t.FunctionExpression | t.ArrowFunctionExpression | t.ClassMethod | t.ClassPrivateMethod | t.ObjectMethod;

/** What a module-level name stands for. */
export type Binding =
  | { kind: 'function'; name: string; node: FunctionNode; exported?: string }
  | { kind: 'const'; name: string; init: t.Expression; id: t.Identifier; exported?: string }
  | { kind: 'let'; name: string; id: t.Identifier; exported?: string }
  | { kind: 'class'; name: string; node: t.ClassDeclaration; exported?: string }
  | { kind: 'enum'; name: string; node: t.TSEnumDeclaration; exported?: string }
  /** `namespace N { … }`, in one or more parts. */
  | { kind: 'block'; name: string; nodes: t.TSModuleDeclaration[]; exported?: string }
  | { kind: 'import'; name: string; specifier: string; imported: string | '*' | 'default' }
  | { kind: 'other'; name: string; id?: t.Identifier; exported?: string };

/** What a module exports under a name: a binding of its own, or one of another module. */
export type Export = { local: string } | { specifier: string; imported: string | '*' };

export interface Mark {
  /** `rosenbrock`, `Spring.energy`, or `default` for an anonymous default export. */
  name: string;
  node: FunctionNode;
  /** Names of the parameters to differentiate with respect to; all that can be if absent. */
  wrt?: string[];
  order?: number;
  /** `optimize=speed` */
  fast?: boolean;
  span: Span;
  /** An expression that is the function itself, for registration: `rosenbrock`, `Spring.prototype.energy`. */
  expression: string;
  /** Offset in the text at which a statement that registers the function can be inserted. */
  registerAt: number;
  /** Where an anonymous default export gets its name: offset after `function`; see the pipeline. */
  nameAt?: number;
}

/** `// @checkpoint snapshots=12` above a loop, or `// @store`. */
export interface LoopMark {
  /** The word of the mark. */
  word: string;
  policy?: Policy;
  keeping?: Keeping;
  span: Span;
  /** Has the loop been lowered? */
  used?: boolean;
}

/** How `vmap` goes through its arguments: all alike, or one after the other. */
export type Axes = Axis | Axis[] | 'dynamic';

/** A call `grad(f, …)` of a transform that is imported from tapeless. */
/** A function from which one is chosen at run time, where it stands in the text. */
export interface Option {
  node: t.Node;
  /** `f` of `{ f }`. */
  shorthand?: boolean;
  target: TransformCall['target'];
}

export interface TransformCall {
  transform: TransformName;
  /** A binding's name is dotted for members of a namespace import or of a class: `ns.f`, `Spring.energy`. */
  target:
    | { kind: 'binding'; name: string; span: Span }
    | { kind: 'literal'; node: FunctionNode; span: Span }
    /** Another call of a transform, `grad(f)` in `grad(grad(f))`, by where it starts. */
    | { kind: 'transform'; start: number; span: Span }
    /**
     * Known at run time only. `clash`: a local function that uses this name, which means another variable at the call.
     * `parameter`: it is what a function is given at this place. `options`: it is one of these.
     */
    | { kind: 'value'; span: Span; clash?: string; parameter?: { of: FunctionNode; place: number }; options?: Option[] }
    /** A function of `Math`, or a special function of tapeless. */
    | { kind: 'builtin'; name: string; span: Span };
  /** Absent: 0. 'dynamic': only known at run time. */
  argnums?: number | number[] | 'dynamic';
  /** Of `vmap`: one axis for all arguments, or a list. */
  axes?: Axes;
  /** How many arguments the call has, and where more can be inserted (after the last one). */
  argumentCount: number;
  insertAt: number;
  span: Span;
}

/** A place where a marked function of this module, or an imported one, is used as a value (not called, not given to a transform). */
export interface Escape {
  name: string;
  start: number;
  end: number;
  /** `{ f }`: the value needs its key in front, `{ f: … }`. */
  shorthand?: boolean;
}

export interface Module {
  file: string;
  text: string;
  /** Of a `namespace` in a module: what stands before the names of what it exports, `N`. */
  path?: string;
  ast: t.File;
  bindings: Map<string, Binding>;
  /** Exported names; `export *` of other modules apart, in `stars`. */
  exports: Map<string, Export>;
  stars: string[];
  marks: Mark[];
  /** Marks of loops, by where the loop begins. */
  loopMarks: Map<number, LoopMark>;
  calls: TransformCall[];
  escapes: Escape[];
  rules: RuleCall[];
  /** Local names of what is imported from tapeless: `grad` → 'grad', and '*' for the namespace. */
  imports: Map<string, string>;
  /** Every identifier in the text, so that generated names never clash. */
  identifiers: Set<string>;
  /** Which declaration a name means where. */
  scopes: Scopes;
  /** Start of the first statement that is neither a directive nor an import, for registrations. */
  firstStatement: number;
  diagnostics: Diagnostic[];
}
