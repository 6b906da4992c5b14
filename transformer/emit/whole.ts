/**
 * Transforms whose function is written as a whole: `jacobian(f)` gets a function that takes f's arguments and gives the
 * Jacobian, and which is a function like any other for transforms of it.
 *
 *   jacobian(f)  →  jacobian(f, undefined, { wrt: [0], params: 1, jacobian: f_jacobian })
 *   vmap(f)      →  vmap(f, undefined, { wrt: [], params: 1, vmap: f_vmap })
 */
import { fail } from '../diagnostics.ts';
import { batchedType } from '../ir/composed.ts';
import { type FuncRef, resultType } from '../ir/ir.ts';
import { isDifferentiable } from '../ir/types.ts';
import type { TransformCall } from '../parse/module.ts';
import type { MatrixName } from '../parse/transforms.ts';
import { axesFor } from '../parse/uses.ts';
import { type Target, argument, numeric, resolve, stand } from './calls.ts';
import { type Family, functionsOf, hasRest, recordOf } from './families.ts';
import type { Emission } from './index.ts';

type Whole = MatrixName | 'vmap';

export function emitWhole(emission: Emission, call: TransformCall, transform: Whole): void {
  const found = resolve(emission, call.target);
  const made = found && defineWhole(emission, call, transform);
  if (!made) return;
  const { derivatives, output, module } = emission;
  const wrt = transform === 'vmap' ? [] : places(emission, call, found)!;
  const family: Family = { ...emission.family(found.id, found.name, wrt, { modes: [] }), functions: { [transform]: made } };
  if (found.inPlace) stand(emission, functionsOf(family), call.target.span);
  else emission.families.push(family);
  emission.writes.push(() => [argument(call, recordOf(family, found.inPlace ? ({ id }) => output.print(derivatives.functions.get(id)!, 'arrow') : emission.reference(module)))]);
}

/** The function that the call gives; undefined where it is known at run time only, or the call is wrong in a way that the type checker reports. */
export function defineWhole(emission: Emission, call: TransformCall, transform: Whole): Target | undefined {
  const found = resolve(emission, call.target);
  const made = found && (transform === 'vmap' ? batched(emission, call, found) : matrix(emission, call, found, transform));
  return made && { ...made, derived: true, ...(found.inPlace ? { inPlace: true } : {}) };
}

function matrix(emission: Emission, call: TransformCall, found: Target, transform: MatrixName): FuncRef | undefined {
  const { argnums = 0 } = call;
  if (!places(emission, call, found) || argnums === 'dynamic') return undefined;
  return emission.derivatives.matrix(transform, found.id, argnums, call.span);
}

function batched({ derivatives }: Emission, call: TransformCall, found: Target): FuncRef {
  const { axes = 0, span } = call;
  const { params, name } = derivatives.primal(found.id);
  if (axes === 'dynamic') return fail('TL3032', span);
  if (hasRest(derivatives.primal(found.id))) fail('TL3019', call.target.span, call.transform, name);
  const each = axesFor(axes, params.length);
  return derivatives.vmap({ id: found.id, axes: each, types: params.map(({ value }, i) => batchedType(value.type, each[i])), span });
}

/** The arguments that are asked for, in the order of the parameters. */
function places({ derivatives }: Emission, call: TransformCall, { id, derived }: Target): number[] | undefined {
  const primal = derivatives.primal(id);
  if (!isDifferentiable(resultType(primal.result))) fail('TL3004', call.target.span, primal.name, 'result');
  if (hasRest(primal)) fail('TL3019', call.target.span, call.transform, primal.name);
  const { argnums = 0 } = call;
  if (argnums === 'dynamic') return fail('TL3018', call.span, call.transform);
  const asked = typeof argnums === 'number' ? [argnums] : argnums;
  const possible = derived ? numeric(primal) : derivatives.activeParameters(id);
  for (const i of asked) {
    if (i >= primal.params.length) return undefined;
    if (!possible.includes(i)) fail('TL3005', call.target.span, primal.name, primal.params[i].value.name ?? String(i));
  }
  return [...new Set(asked)].sort((a, b) => a - b);
}
