/**
 * Calls of transforms that the compiler resolves: `grad(f)` gets the derivatives of f as its last argument, so that nothing
 * is looked up at run time. Derivatives of a literal stand where it stands, and see the variables around it.
 *
 *   grad(f)         →  grad(f, undefined, { wrt: [0], params: 1, grad: f_grad })
 *   grad((x) => …)  →  grad((x) => …, undefined, { wrt: [0], params: 1, grad: (x, y_bar) => … })
 */
import type { Insertion } from '../assemble.ts';
import { fail } from '../diagnostics.ts';
import { gradientFunction } from '../differentiate/compose.ts';
import { resultType } from '../ir/ir.ts';
import { isDifferentiable } from '../ir/types.ts';
import { withComparators } from '../ir/walk.ts';
import { functionId } from '../lower/program.ts';
import type { FunctionNode, Mark, TransformCall } from '../parse/module.ts';
import { transformNamed } from '../parse/transforms.ts';
import { type Family, hasRest, markedParameters, recordOf } from './families.ts';
import type { Emission } from './index.ts';
import { DEMANDS, isGradient } from './transforms.ts';

/** A function that derivatives are made of. */
interface Target {
  id: string;
  name: string;
  /** It stands in the text of the call, and sees the variables around it. */
  inPlace?: boolean;
}

export function emitCall(emission: Emission, call: TransformCall): void {
  const { module, derivatives, output } = emission;
  const { target } = call;
  if (target.kind === 'value' && target.clash) fail('TL1009', target.span, target.clash);
  if (target.kind === 'value' || call.inside) return;
  const modes = DEMANDS[call.transform];
  const insert = (record: () => string) => emission.writes.push(() => [argument(call, record())]);
  if (target.kind !== 'binding') {
    const found = target.kind === 'literal' ? defineLiteral(emission, target.node) : gradient(emission, target.start);
    const wrt = found && parameters(emission, call, found.id, undefined);
    if (!wrt) return;
    const family = emission.family(found.id, found.name, wrt, modes);
    if (found.inPlace) {
      stand(emission, call, family);
      insert(() => recordOf(family, ({ id }) => output.print(derivatives.functions.get(id)!, 'arrow'), modes));
    } else {
      emission.families.push(family);
      insert(() => recordOf(family, emission.reference(module), modes));
    }
    return;
  }
  const found = emission.locate(target.name);
  if (!found) return;
  const marked = found.module.marks.find((m) => m.name === found.name);
  const wrt = parameters(emission, call, found.id, marked);
  if (!wrt) return;
  // A marked function of another module has its derivatives there.
  const theirs = marked && found.module !== module && sameNumbers(markedParameters(derivatives, found.id, marked), wrt);
  const family = emission.family(found.id, found.name, wrt, modes);
  if (!theirs) emission.families.push(family);
  insert(() => recordOf(family, emission.reference(theirs ? found.module : module), modes));
}

/** The function that a call of `grad` or `valueAndGrad` gives, for transforms of it. */
function gradient(emission: Emission, start: number): Target | undefined {
  const { derivatives } = emission;
  const call = emission.module.calls.find((c) => c.span.start === start);
  if (!call || call.inside || call.argnums === 'dynamic') return undefined;
  const { target } = call;
  const found: Target | undefined = target.kind === 'transform' ? gradient(emission, target.start)
    : target.kind === 'binding' ? emission.locate(target.name)
    : target.kind === 'literal' ? defineLiteral(emission, target.node) : undefined;
  const wrt = found && parameters(emission, call, found.id, undefined);
  if (!found || !wrt) return undefined;
  const argnums = call.argnums ?? 0;
  // What a gradient of gradients takes is an array there.
  if (hasRest(derivatives.primal(found.id))) return undefined;
  const withValue = call.transform === 'valueAndGrad';
  const id = `${found.id}:${call.transform}:${Array.isArray(argnums) ? `[${argnums.join()}]` : argnums}`;
  const name = `${found.name.replace(/\W/g, '_')}_gradient`;
  derivatives.define(id, () => {
    const reference = derivatives.grad(derivatives.request(found.id, wrt));
    return gradientFunction(derivatives.primal(found.id), derivatives.functions.get(reference.id)!, reference, { id, name, wrt, argnums, withValue });
  });
  return { id, name, ...(found.inPlace ? { inPlace: true } : {}) };
}

function defineLiteral({ module, program, derivatives }: Emission, node: FunctionNode): Target {
  const id = functionId(module.file, `literal@${node.start}`);
  derivatives.define(id, () => program.literal(module, node, id, 'f'));
  return { id, name: 'f', inPlace: true };
}

/** The derivatives of a literal stand in its place. */
function stand({ module, output, inPlace }: Emission, call: TransformCall, family: Family): void {
  const own = Object.values(family.functions).map((f) => f.id);
  for (const func of output.closure(own)) {
    if (own.includes(func.id)) continue;
    // Functions that these call stand at the end of the module, and see only what is declared there.
    for (const op of withComparators(func)) {
      const name = op.kind === 'free' ? op.attr.name : op.attr.assigns;
      if (!op.attr.module && name && !module.bindings.has(name) && !isGlobal(name)) fail('TL3009', call.target.span, name);
    }
  }
  for (const id of own) inPlace.add(id);
}

/** The parameters that a call of a transform asks for; undefined where the call is wrong in a way that the type checker reports. */
function parameters({ derivatives }: Emission, call: TransformCall, id: string, mark: Mark | undefined): number[] | undefined {
  const primal = derivatives.primal(id);
  const type = resultType(primal.result);
  const wantsGradient = isGradient(call.transform);
  if (wantsGradient && type.kind !== 'number') return fail('TL3006', call.target.span, call.transform, primal.name);
  if (!isDifferentiable(type)) return fail('TL3004', call.target.span, primal.name, 'result');
  const active = mark ? markedParameters(derivatives, id, mark) : derivatives.activeParameters(id);
  if (!wantsGradient || call.argnums === 'dynamic') {
    if (active.length === 0) fail('TL3004', call.target.span, primal.name, 'argument');
    return active;
  }
  const asked = typeof call.argnums === 'number' ? [call.argnums] : call.argnums ?? [0];
  const places = asked.map((i) => (hasRest(primal) ? Math.min(i, primal.params.length - 1) : i));
  for (const i of places) {
    if (i >= primal.params.length) return undefined;
    if (!active.includes(i)) fail('TL3005', call.target.span, primal.name, primal.params[i].value.name ?? String(i));
  }
  return [...new Set(places)].sort((a, b) => a - b);
}

/** Inserts the record as the last argument of a call, with `undefined` for options that were not given. */
function argument(call: TransformCall, record: string): Insertion {
  const missing = transformNamed(call.transform).parameters - call.argumentCount;
  return { at: call.insertAt, text: ', undefined'.repeat(Math.max(0, missing)) + `, ${record}` };
}

function isGlobal(name: string): boolean { return name in globalThis; }

function sameNumbers(a: number[], b: number[]): boolean { return a.length === b.length && a.every((x, i) => x === b[i]); }
