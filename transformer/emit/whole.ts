/**
 * Transforms whose function is written as a whole: `jacobian(f)` gets a function that takes f's arguments and gives the
 * Jacobian, and which is a function like any other for transforms of it.
 *
 *   jacobian(f)  →  jacobian(f, undefined, { wrt: [0], params: 1, jacobian: f_jacobian })
 */
import { fail } from '../diagnostics.ts';
import { resultType } from '../ir/ir.ts';
import { isDifferentiable } from '../ir/types.ts';
import type { TransformCall } from '../parse/module.ts';
import type { MatrixName } from '../parse/transforms.ts';
import { type Target, argument, numeric, resolve, stand } from './calls.ts';
import { type Family, functionsOf, hasRest, recordOf } from './families.ts';
import type { Emission } from './index.ts';

export function emitWhole(emission: Emission, call: TransformCall, transform: MatrixName): void {
  const found = resolve(emission, call.target);
  const made = found && defineWhole(emission, call, transform);
  if (!made) return;
  const { derivatives, output, module } = emission;
  const family: Family = { ...emission.family(found.id, found.name, places(emission, call, found)!, { modes: [] }), functions: { [transform]: made } };
  if (found.inPlace) stand(emission, functionsOf(family), call.target.span);
  else emission.families.push(family);
  emission.writes.push(() => [argument(call, recordOf(family, found.inPlace ? ({ id }) => output.print(derivatives.functions.get(id)!, 'arrow') : emission.reference(module)))]);
}

/** The function that the call gives; undefined where it is known at run time only, or the call is wrong in a way that the type checker reports. */
export function defineWhole(emission: Emission, call: TransformCall, transform: MatrixName): Target | undefined {
  const found = resolve(emission, call.target);
  if (!found || !places(emission, call, found)) return undefined;
  const { argnums = 0 } = call;
  if (argnums === 'dynamic') return undefined;
  const reference = emission.derivatives.matrix(transform, found.id, argnums);
  return { ...reference, derived: true, ...(found.inPlace ? { inPlace: true } : {}) };
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
