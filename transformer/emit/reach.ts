/**
 * Functions that reach a transform as an argument. `newton(p, x)` takes `grad(p)`, so that what it is given must carry its
 * derivatives:
 *
 *   newton((x) => x * x - 2, 1)  →  newton(__tapeless_register((x) => x * x - 2, { … }), 1)
 *
 * Which parameters are transformed, and how, is read off the text: they are given to a transform, to a transform of a
 * transform, or handed on to a parameter that is.
 */
import type * as t from '@babel/types';
import type { FunctionNode, Module, TransformCall } from '../parse/module.ts';
import { functionNode, type Program } from '../lower/program.ts';
import { type StaticScope, withScopes } from '../parse/scopes.ts';
import { targetOf } from '../parse/targets.ts';
import { unwrap } from '../parse/walk.ts';
import { DEMANDS, type Demand, joinDemands } from './transforms.ts';

/** A function that reaches a transform at run time, where it stands in the text, and what it must carry. */
export interface Reaching {
  argument: t.Node;
  /** `f` of `{ f }`. */
  shorthand?: boolean;
  target: TransformCall['target'];
  demand: Demand;
}

/** An argument of a call of a function of the program. */
export interface Passed {
  module: Module;
  /** The function that is called, and which of its parameters gets it. */
  of: FunctionNode;
  place: number;
  argument: t.Node;
  target: TransformCall['target'];
}

export class Reach {
  private demands = new Map<FunctionNode, Map<number, Demand>>();
  private modules = new Map<Module, Passed[]>();
  private homes = new Map<FunctionNode, Module>();

  constructor(private program: Program) {}

  /** Arguments of calls in a module, with what the functions that are called do to them; and what is chosen for a transform at run time. */
  *of(module: Module): Generator<Reaching> {
    for (const passed of this.passed(module)) {
      const demand = this.demanded(passed.of, passed.place);
      if (demand) yield* reaching(passed.argument, passed.target, demand);
    }
    for (const call of module.calls) {
      const { target, demand } = transformedBy(module, call);
      if (target.kind === 'value') yield* options(target, demand);
    }
  }

  private demanded(node: FunctionNode, place: number): Demand | undefined {
    return this.parameters(node).get(place);
  }

  /** What the function does to its parameters; while that is being found out, what is known so far. */
  private parameters(node: FunctionNode): Map<number, Demand> {
    const known = this.demands.get(node);
    if (known) return known;
    const found = new Map<number, Demand>();
    this.demands.set(node, found);
    const module = this.homes.get(node)!;
    const add = (place: number, demand: Demand) => { found.set(place, found.has(place) ? joinDemands(found.get(place)!, demand) : demand); };
    const parameterOf = (target: TransformCall['target']) => (target.kind === 'value' && target.parameter?.of === node ? target.parameter.place : undefined);
    for (const call of module.calls) {
      const { target, demand } = transformedBy(module, call);
      const place = parameterOf(target);
      if (place !== undefined) add(place, demand);
    }
    for (const passed of this.passed(module)) {
      const place = parameterOf(passed.target);
      const demand = place === undefined || passed.of === node ? undefined : this.demanded(passed.of, passed.place);
      if (demand) add(place!, demand);
    }
    return found;
  }

  private passed(module: Module): Passed[] {
    const known = this.modules.get(module);
    if (known) return known;
    const found: Passed[] = [];
    this.modules.set(module, found);
    const program = module.ast.program;
    const span = (node: t.Node) => ({ file: module.file, start: node.start!, end: node.end! });
    withScopes(program, module.scopes, (node, scope) => {
      if (node.type !== 'CallExpression') return;
      const of = this.called(module, node.callee, scope);
      if (!of || of.params.length === 0) return;
      node.arguments.forEach((argument, place) => {
        if (argument.type === 'SpreadElement' || argument.type === 'NumericLiteral') return;
        found.push({ module, of, place, argument, target: targetOf(unwrap(argument), scope, { ...module, program }, span) });
      });
    });
    return found;
  }

  /** The function of the program that is called, if its name tells. */
  private called(module: Module, callee: t.Node, scope: StaticScope): FunctionNode | undefined {
    const target = targetOf(unwrap(callee), scope, { ...module, program: module.ast.program }, (n) => ({ file: module.file, start: n.start!, end: n.end! }));
    const note = (node: FunctionNode, home: Module) => {
      this.homes.set(node, home);
      return node;
    };
    if (target.kind === 'literal') return note(target.node, module);
    if (target.kind !== 'binding') return undefined;
    const [head, ...tail] = target.name.split('.');
    const resolved = this.program.resolve(module, head);
    const inModule = resolved?.binding.kind === 'namespace' ? this.program.exported(resolved.binding.module, tail.shift() ?? '') : resolved;
    const node = inModule && functionNode(inModule.module, [inModule.binding.name, ...tail].join('.'));
    return node && note(node, inModule.module);
  }
}

function* reaching(argument: t.Node, target: TransformCall['target'], demand: Demand): Generator<Reaching> {
  if (target.kind === 'value') yield* options(target, demand);
  yield { argument, target, demand };
}

function* options({ options = [] }: Extract<TransformCall['target'], { kind: 'value' }>, demand: Demand): Generator<Reaching> {
  for (const { node, shorthand, target } of options) yield { argument: node, target, demand, ...(shorthand ? { shorthand } : {}) };
}

/** The function that a call transforms, through other transforms, and what it needs of it. */
function transformedBy(module: Module, call: TransformCall): { target: TransformCall['target']; demand: Demand } {
  let { target } = call;
  let demand = DEMANDS[call.transform];
  // grad(grad(p)), or grad(dp) where dp is grad(p): derivatives of p's gradient.
  for (let inner = innerCall(module, target); inner; inner = innerCall(module, target)) {
    demand = { modes: ['grad'], gradient: demandOnGradient(demand) };
    target = inner.target;
  }
  return { target, demand };
}

function innerCall(module: Module, target: TransformCall['target']): TransformCall | undefined {
  return target.kind === 'transform' ? module.calls.find((c) => c.span.start === target.start) : undefined;
}

/** What a function must provide of its gradient, so that this can be done to the gradient. */
function demandOnGradient({ modes, gradient }: Demand): Demand {
  // The gradient of a list of gradients is that of one of them.
  const needed = modes.map((m) => (m === 'grad' ? 'vjp' : m));
  return { modes: [...new Set(needed)], ...(gradient ? { gradient } : {}) };
}
