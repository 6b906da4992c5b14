/**
 * Calls of transforms that the compiler resolves: `grad(f)` gets the derivatives of f as its last argument, so that nothing
 * is looked up at run time. Derivatives of a literal stand where it stands, and see the variables around it.
 *
 *   grad(f)         →  grad(f, undefined, { wrt: [0], params: 1, grad: f_grad })
 *   grad((x) => …)  →  grad((x) => …, undefined, { wrt: [0], params: 1, grad: (x, y_bar) => … })
 */
import type { Insertion } from '../assemble.ts';
import { fail } from '../diagnostics.ts';
import type { Derivatives } from '../differentiate/derivatives.ts';
import type { Asked } from '../ir/composed.ts';
import { Builder, addParam } from '../ir/build.ts';
import { Func, type FuncRef, SPECIAL, type Span, resultType } from '../ir/ir.ts';
import { NUMBER, isDifferentiable, isValueType } from '../ir/types.ts';
import { withComparators } from '../ir/walk.ts';
import { inlineAll } from '../optimise/inline.ts';
import { functionId } from '../lower/program.ts';
import type { FunctionNode, Mark, Module, TransformCall } from '../parse/module.ts';
import { ARITY } from '../parse/builtins.ts';
import { isWhole, transformNamed } from '../parse/transforms.ts';
import { defineGradient, functionsOf, hasRest, markedParameters, recordOf } from './families.ts';
import type { Emission } from './index.ts';
import { DEMANDS, type Demand, covers, demandOfOrder, isGradient } from './transforms.ts';
import { defineWhole, emitWhole } from './whole.ts';

/** A function that derivatives are made of. */
export interface Target extends FuncRef {
  /** It stands in the text of the call, and sees the variables around it. */
  inPlace?: boolean;
  /** It is a derivative: with respect to what it does not depend on, its own is zero. */
  derived?: boolean;
  /** Where it is declared, with its mark. */
  module?: Module;
  mark?: Mark;
}

export function emitCall(emission: Emission, call: TransformCall): void {
  if (isWhole(call.transform)) return emitWhole(emission, call, call.transform);
  const found = resolve(emission, call.target);
  const wrt = found && parameters(emission, call, found);
  if (!wrt) return;
  const record = recordFor(emission, found, wrt, DEMANDS[call.transform], call.target.span);
  emission.writes.push(() => [argument(call, record())]);
}

/** The function that a transform is given; undefined where it is known at run time only. */
export function resolve(emission: Emission, target: TransformCall['target']): Target | undefined {
  switch (target.kind) {
    case 'value': return target.clash === undefined ? undefined : fail('TL1009', target.span, target.clash);
    case 'literal': return defineLiteral(emission, target.node);
    case 'builtin': return defineBuiltin(emission, target.name, target.span);
    case 'transform': return gradient(emission, target.start);
    case 'binding': {
      const found = emission.locate(target.name);
      return found && { ...found, mark: found.module.marks.find((m) => m.name === found.name) };
    }
  }
}

/** The record of a function's derivatives, to be written once all names are known. */
export function recordFor(emission: Emission, target: Target, wrt: number[], demand: Demand, span: Span): () => string {
  const { module, derivatives, output } = emission;
  const family = emission.family(target.id, target.name, wrt, demand);
  if (target.inPlace) {
    stand(emission, functionsOf(family), span);
    return () => recordOf(family, ({ id }) => output.print(derivatives.functions.get(id)!, 'arrow'));
  }
  // A marked function of another module has its derivatives there.
  const { mark, module: other } = target;
  const theirs = mark && other && other !== module && !demand.gradient && covers(demandOfOrder(mark.order ?? 1), demand) && sameNumbers(markedParameters(derivatives, target.id, mark), wrt);
  if (!theirs) emission.families.push(family);
  return () => recordOf(family, emission.reference(theirs ? other : module));
}

/** The function that a call of `grad`, `jacobian` … gives, for transforms of it. */
function gradient(emission: Emission, start: number): Target | undefined {
  const { derivatives } = emission;
  const call = emission.module.calls.find((c) => c.span.start === start);
  if (!call || call.argnums === 'dynamic') return undefined;
  if (isWhole(call.transform)) return defineWhole(emission, call, call.transform);
  const found = resolve(emission, call.target);
  if (!found || !parameters(emission, call, found)) return undefined;
  const { params } = derivatives.primal(found.id);
  const last = params.length - 1;
  const asked = (i: number): Asked => (params[last].rest && i >= last ? { place: last, element: i - last } : { place: i });
  const argnums = call.argnums ?? 0;
  const made = defineGradient(derivatives, found, Array.isArray(argnums) ? argnums.map(asked) : asked(argnums), call.transform === 'valueAndGrad', call.span);
  return { ...made, derived: true, ...(found.inPlace ? { inPlace: true } : {}) };
}

function defineLiteral({ module, program, derivatives }: Emission, node: FunctionNode): Target {
  const id = functionId(module.file, `literal@${node.start}`);
  derivatives.define(id, () => program.literal(module, node, id, 'f'));
  return { id, name: 'f', inPlace: true };
}

/** `Math.sin` as a function of ours. */
function defineBuiltin({ module, derivatives }: Emission, name: string, span: Span): Target {
  const id = functionId(module.file, `builtin@${name}`);
  derivatives.define(id, () => {
    const func = new Func(id, name, span);
    const params = Array.from({ length: ARITY[name] ?? SPECIAL[name] }, (_, i) => addParam(func, NUMBER, span, 'xy'[i]));
    func.body.yields = [new Builder(func.body, span).prim(name, params)];
    func.result = { kind: 'value', type: NUMBER };
    return func;
  });
  return { id, name };
}

/** Derivatives that are printed where their function stands. */
export function stand({ module, output, derivatives, inPlace }: Emission, functions: FuncRef[], span: Span): void {
  const own = functions.map((f) => f.id);
  // Functions that these call stand at the end of the module, and see only what is declared there.
  const hidden = (): string | undefined => output.closure(own).filter((func) => !own.includes(func.id)).flatMap((func) => withComparators(func)).flatMap((op) => {
    const name = op.kind === 'free' ? op.attr.name : op.attr.assigns;
    return !op.attr.module && name && !module.bindings.has(name) && !isGlobal(name) ? [name] : [];
  })[0];
  if (hidden() !== undefined) for (const id of own) inlineAll(derivatives.functions.get(id)!, derivatives, () => {});
  const name = hidden();
  if (name !== undefined) fail('TL3009', span, name);
  for (const id of own) inPlace.add(id);
}

/** The parameters that a call of a transform asks for; undefined where the call is wrong in a way that the type checker reports. */
function parameters({ derivatives }: Emission, call: TransformCall, target: Target): number[] | undefined {
  const primal = derivatives.primal(target.id);
  const type = resultType(primal.result);
  const wantsGradient = isGradient(call.transform);
  if (wantsGradient && !isValueType(type)) return fail('TL3006', call.target.span, call.transform, primal.name);
  if (!isDifferentiable(type)) return fail('TL3004', call.target.span, primal.name, 'result');
  const active = target.mark ? markedParameters(derivatives, target.id, target.mark) : derivatives.activeParameters(target.id);
  const possible = target.derived ? numeric(primal) : active;
  if (!wantsGradient || call.argnums === 'dynamic') {
    if (possible.length === 0) fail('TL3004', call.target.span, primal.name, 'argument');
    return active.length > 0 ? active : possible;
  }
  const asked = typeof call.argnums === 'number' ? [call.argnums] : call.argnums ?? [0];
  const places = asked.map((i) => (hasRest(primal) ? Math.min(i, primal.params.length - 1) : i));
  for (const i of places) {
    if (i >= primal.params.length) return undefined;
    if (!possible.includes(i)) fail('TL3005', call.target.span, primal.name, primal.params[i].value.name ?? String(i));
  }
  return [...new Set(places)].sort((a, b) => a - b);
}

/** The parameters with respect to which a function that is known at run time only may be differentiated. */
export function differentiable(derivatives: Derivatives, { id, derived }: Target, span: Span): number[] {
  const primal = derivatives.primal(id);
  if (!isDifferentiable(resultType(primal.result))) return fail('TL3004', span, primal.name, 'result');
  const active = derivatives.activeParameters(id);
  if (active.length > 0) return active;
  return derived ? numeric(primal) : fail('TL3004', span, primal.name, 'argument');
}

export function numeric({ params }: Func): number[] {
  return params.flatMap((p, i) => (isDifferentiable(p.value.type) ? [i] : []));
}

/** Inserts the record as the last argument of a call, with `undefined` for options that were not given. */
export function argument(call: TransformCall, record: string): Insertion {
  const missing = transformNamed(call.transform).parameters - call.argumentCount;
  return { at: call.insertAt, text: ', undefined'.repeat(Math.max(0, missing)) + `, ${record}` };
}

function isGlobal(name: string): boolean { return name in globalThis; }

function sameNumbers(a: number[], b: number[]): boolean { return a.length === b.length && a.every((x, i) => x === b[i]); }
