/**
 * Families: the derivatives of one function with respect to some of its parameters, and the record by which the run-time
 * functions know them, `{ wrt: [0], params: 1, grad: f_grad }`.
 */
import { fail } from '../diagnostics.ts';
import type { Derivatives } from '../differentiate/derivatives.ts';
import type { Asked } from '../ir/composed.ts';
import { type Func, type FuncRef, type Span, resultType } from '../ir/ir.ts';
import { isDifferentiable, isMemory, isValueType } from '../ir/types.ts';
import type { Mark, Module } from '../parse/module.ts';
import { type Demand, DOCS, type Member } from './transforms.ts';

export interface Family {
  name: string;
  wrt: number[];
  parameters: number;
  /** The last parameter takes all further arguments. */
  rest: boolean;
  /** Pairs of arguments, the first of which is written, that must not share memory: their derivatives take them to be apart. */
  disjoint: [number, number][];
  functions: Partial<Record<Member, FuncRef>>;
  /** Derivatives of the function that gives the list of the gradients with respect to each of `wrt`. */
  gradient?: Family;
}

export function makeFamily(derivatives: Derivatives, id: string, name: string, wrt: number[], { modes, gradient }: Demand): Family {
  const primal = derivatives.primal(id);
  const request = derivatives.request(id, wrt);
  const family: Family = { name, wrt, parameters: primal.params.length, rest: hasRest(primal), disjoint: disjoint(derivatives, id), functions: {} };
  for (const mode of modes) {
    if (mode === 'jvp') family.functions.jvp = derivatives.jvp(request);
    if (mode === 'vjp') {
      const { fwd, bwd } = derivatives.vjp(request);
      Object.assign(family.functions, { fwd, bwd });
    }
    if (mode === 'tangent') family.functions.tangent = derivatives.tangent(request);
    if (mode === 'linear') {
      const { fwd, bwd } = derivatives.linear(request);
      Object.assign(family.functions, { lin: fwd, push: bwd });
    }
    if (mode === 'grad' && isValueType(resultType(primal.result))) family.functions.grad = derivatives.grad(request);
  }
  if (gradient && isValueType(resultType(primal.result))) family.gradient = gradientFamily(derivatives, id, name, wrt, gradient);
  return family;
}

function gradientFamily(derivatives: Derivatives, of: string, name: string, wrt: number[], demand: Demand): Family {
  const gradient = defineGradient(derivatives, { id: of, name }, wrt.map((place) => ({ place })), false, derivatives.primal(of).span);
  // With respect to what it does not depend on, as that of a linear function, its derivative is zero.
  return makeFamily(derivatives, gradient.id, gradient.name, wrt, demand);
}

/** The function that a call of `grad` or `valueAndGrad` gives. */
export function defineGradient(derivatives: Derivatives, of: FuncRef, asked: Asked | Asked[], withValue: boolean, span: Span): FuncRef {
  const show = ({ place, element }: Asked) => (element === undefined ? String(place) : `${place}[${element}]`);
  const id = `${of.id}:${withValue ? 'valueAndGrad' : 'grad'}:${Array.isArray(asked) ? `[${asked.map(show).join()}]` : show(asked)}`;
  const name = `${of.name.replace(/\W/g, '_')}_gradient`;
  const { params, body } = derivatives.primal(of.id);
  derivatives.define(id, () => ({ kind: 'gradient', id, name, of, places: params.map((_, i) => i), results: body.yields.length, asked, withValue, span }));
  return { id, name };
}

/** The functions of a family and of that of its gradient. */
export function functionsOf(family: Family): FuncRef[] {
  return [...Object.values(family.functions), ...(family.gradient ? functionsOf(family.gradient) : [])];
}

/** Which parameters a marked function is differentiated with respect to: those of the mark, or all that the result depends on. */
export function markedParameters(derivatives: Derivatives, id: string, mark: Mark | undefined): number[] {
  const primal = derivatives.primal(id);
  if (!isDifferentiable(resultType(primal.result))) fail('TL3004', mark?.span ?? primal.span, primal.name, 'result');
  const active = derivatives.activeParameters(id);
  if (!mark?.wrt) {
    if (active.length === 0) fail('TL3004', mark?.span ?? primal.span, primal.name, 'argument');
    return active;
  }
  const wrt = mark.wrt.map((name) => {
    const i = primal.params.findIndex((p) => p.value.name === name);
    if (!active.includes(i)) fail('TL3005', mark.span, primal.name, name);
    return i;
  });
  return wrt.sort((a, b) => a - b);
}

/** Arguments whose memory the function writes. */
function written(derivatives: Derivatives, id: string): number[] {
  const aliases = derivatives.summaries(id);
  if (!aliases || aliases === 'nothing') return [];
  // The analysis knows the parameters of the function as it was lowered.
  const { params } = aliases.func;
  const cells = new Set([...aliases.writes.values()].flatMap((written) => [...written].map((c) => c.find())));
  return params.flatMap((p, i) => (isMemory(p.value.type) && [...aliases.of(p.value).reachable()].some((cell) => cells.has(cell)) ? [i] : []));
}

function disjoint(derivatives: Derivatives, id: string): [number, number][] {
  const { params } = derivatives.primal(id);
  const pairs: [number, number][] = [];
  for (const i of written(derivatives, id)) {
    params.forEach((p, j) => { if (j !== i && isMemory(p.value.type) && !pairs.some(([x, y]) => x === j && y === i)) pairs.push([i, j]); });
  }
  return pairs;
}

/** Comments for the derivatives of a function that stands there. */
export function describe(derivatives: Derivatives, family: Family, { start }: { start?: number | null }, module: Module): void {
  const line = module.text.slice(0, start!).split('\n').length;
  const where = `(${module.file.slice(module.file.lastIndexOf('/') + 1)}:${line})`;
  for (const [member, { id }] of Object.entries(family.functions) as [Member, FuncRef][]) {
    derivatives.functions.get(id)!.doc = `${DOCS[member]} of \`${family.name}\` ${where}.`;
  }
}

/** `nameOf` gives the text of a derivative: its name, or the function itself. */
export function recordOf(family: Family, nameOf: (func: FuncRef) => string): string {
  const parts = [`wrt: [${family.wrt.join(', ')}]`, `params: ${family.parameters}`];
  if (family.rest) parts.push('rest: true');
  if (family.disjoint.length) parts.push(`disjoint: ${JSON.stringify(family.disjoint).replaceAll(',', ', ')}`);
  for (const member of Object.keys(DOCS) as Member[]) {
    const func = family.functions[member];
    if (func) parts.push(`${member}: ${nameOf(func)}`);
  }
  if (family.gradient) parts.push(`gradient: ${recordOf(family.gradient, nameOf)}`);
  return `{ ${parts.join(', ')} }`;
}

export function hasRest(func: Func): boolean { return func.params.at(-1)?.rest === true; }
