/**
 * `grad(f)` as a function of its own, so that it can be differentiated like any other:
 *
 *   grad(f)  →  function f_gradient(x) { const [, x_bar] = f_grad(x, 1); return x_bar; }
 */
import { Builder, addParam } from '../ir/build.ts';
import { Func, type FuncRef, type Result, resultTypes } from '../ir/ir.ts';

export interface Gradient {
  id: string;
  name: string;
  /** Parameters of the derivative that is called, and those that are asked for: a list gives a tuple. */
  wrt: number[];
  argnums: number | number[];
  /** Value and gradient. */
  withValue: boolean;
}

export function gradientFunction(primal: Func, grad: Func, reference: FuncRef, { id, name, wrt, argnums, withValue }: Gradient): Func {
  const func = new Func(id, name, primal.span);
  const args = primal.params.map(({ value, ...rest }) => addParam(func, value.type, value.span, value.name ?? 'x', rest));
  const b = new Builder(func.body, primal.span);
  const out = b.call(reference, [...args, b.const(1)], resultTypes(grad.result));
  const values = out.slice(0, primal.body.yields.length);
  const bars = out.slice(primal.body.yields.length);
  const part = (i: number) => bars[wrt.indexOf(i)];
  const chosen = typeof argnums === 'number' ? [part(argnums)] : argnums.map(part);
  const results = chosen.map((v): Result => ({ kind: 'value', type: v.type }));
  const gradient: Result = typeof argnums === 'number' ? results[0] : { kind: 'tuple', parts: results };
  func.body.yields = withValue ? [...values, ...chosen] : chosen;
  func.result = withValue ? { kind: 'tuple', parts: [primal.result, gradient] } : gradient;
  return func;
}
