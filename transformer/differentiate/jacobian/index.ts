/**
 * Jacobians as functions. The result has the structure of the function's result outside and that of the argument
 * inside: ∂y[j]/∂x[i] is `jacobian[j][i]`. One sweep of forward mode gives a column, one of reverse mode a row; sweeps
 * go in chunks of some lanes (lanes.ts), and the primal runs once:
 *
 *   forward   [y, linear] = f_lin(x);  for (i = 0; i < n; i += 4)  columns i … i + 3 from f_push_4(linear, e_i … e_i+3)
 *   reverse   [y, saved] = f_fwd(x);   for (j = 0; j < m; j += 4)  rows j … j + 3 from f_bwd_4(saved, e_j … e_j+3)
 *
 * The last chunk may reach over the end; there it has the last column, or row, several times.
 */
import { Unlanable } from '../../analyse/lanes.ts';
import { fail } from '../../diagnostics.ts';
import { Builder } from '../../ir/build.ts';
import { type Func, type Value, resultType, resultTypes } from '../../ir/ir.ts';
import { cotangentType, fieldKeys } from '../../ir/types.ts';
import { add, mul } from '../../rules/arithmetic.ts';
import { CHUNK, FEW, isOpen, isRow, Jacobian, type JacobianLibrary, type JacobianRequest, plus, sizeOf } from './jacobian.ts';
import { Columns, FewColumns } from './columns.ts';
import { Rows } from './rows.ts';

export type { JacobianLibrary, JacobianRequest } from './jacobian.ts';

/** A row by reverse mode costs as much as so many columns by forward mode: docs/cost.md. */
const ROW = 2;

/** Builds the function; `target` has its name. False if all that it does is to choose between two others. */
export function jacobianFunction(target: Func, request: JacobianRequest, library: JacobianLibrary): boolean {
  const make = (Kind: typeof Columns | typeof Rows | typeof FewColumns, lanes: number) => () => {
    target.params = [];
    target.body.ops = [];
    new Kind(target, request, library, lanes).run();
  };
  if (request.mode === 'forward') return firstOf([make(FewColumns, 0), make(Columns, CHUNK), make(Columns, 1)]);
  if (request.mode === 'reverse') return firstOf([make(Rows, CHUNK), make(Rows, 1)]);
  const either = new Either(target, request, library, CHUNK);
  either.run();
  return either.decided;
}

/** Not everything can be done in lanes. */
function firstOf([way, ...others]: (() => void)[]): true {
  try {
    way();
    return true;
  } catch (error) {
    if (!(error instanceof Unlanable) || others.length === 0) throw error;
    return firstOf(others);
  }
}

/**
 * Forward or reverse mode, by how many numbers go in and come out. What comes out is known when it has run: then it runs
 * a second time for forward mode, unless that can be seen from outside.
 *
 *   n = x.length; if (n <= 2 * 3) return f_jacfwd(x); return f_jacrev(x);
 */
class Either extends Jacobian {
  /** It is known now which of them is cheaper. */
  decided = true;

  run(): void {
    const { primal, library, request } = this;
    const b = this.begin();
    const call = (at: Builder, which: 'jacfwd' | 'jacrev') => {
      const ref = library.matrix(which, request.id, request.argnums, request.span);
      return at.call(ref, this.args, resultTypes(library.primal(ref.id).result));
    };
    const known = (values: Value[]) => values.reduce<number | undefined>((sum, v) => plus(sum, sizeOf(v.type)), 0);
    const inputs = this.wrt.map((i) => this.args[i]);
    const n = known(inputs);
    const m = known(primal.body.yields);
    const one = resultType(primal.result).kind === 'number' && n !== 1;
    if (one || (n !== undefined && (m !== undefined || n <= FEW))) return this.end(call(b, one || (m !== undefined && ROW * m < n!) ? 'jacrev' : 'jacfwd'));
    this.decided = false;
    const count = this.wrt.length === 1 ? this.size(b, inputs[0]) : inputs.map((v) => this.size(b, v)).reduce((sum, v) => add(b, sum, v));
    const types = resultTypes(library.primal(library.matrix('jacfwd', request.id, request.argnums, request.span).id).result);
    // Few columns are one sweep, whatever comes out.
    const few = b.prim('le', [count, b.const(m === undefined ? CHUNK : Math.max(CHUNK, ROW * m))]);
    const whole = b.if(few, types, (then) => call(then, 'jacfwd'), (otherwise) => {
      if (m !== undefined || !library.isNamed(request.id) || !library.pure(request.id)) return call(otherwise, 'jacrev');
      const ys = otherwise.call({ id: request.id, name: primal.name }, this.args, resultTypes(primal.result));
      const rows = ys.map((y) => this.size(otherwise, y)).reduce((sum, v) => add(otherwise, sum, v));
      const tall = otherwise.prim('le', [count, mul(otherwise, otherwise.const(ROW), rows)]);
      return otherwise.if(tall, types, (then) => call(then, 'jacfwd'), (last) => call(last, 'jacrev')).results;
    });
    this.end(whole.results);
  }

  /** How many numbers there are. */
  private size(b: Builder, v: Value): Value {
    const { type } = v;
    const own = cotangentType(type);
    const known = sizeOf(type);
    if (known !== undefined) return b.const(known);
    if (isOpen(type)) fail('TL3017', this.request.span, this.primal.name);
    if (isRow(own)) return b.length(v);
    if (own.kind !== 'array') return fieldKeys(type).map((key) => this.size(b, b.field(v, key))).reduce((sum, n) => add(b, sum, n));
    return b.loop({ test: 'before', form: 'for', head: [1] }, [b.const(0), b.const(0)], (test, [, j]) => test.prim('lt', [j, test.length(v)]), (body, [sum, j]) => [
      body.prim('add', [sum, this.size(body, body.load(v, j))]), body.prim('add', [j, body.const(1)], { name: 'j' }),
    ], [{ name: 'size' }, { name: 'j' }]).results[0];
  }
}
