/**
 * Functions of all elements of an array, such as `logsumexp`: their rule is one line, the partial with respect to an
 * element x, over x and the result y. From it come the rules of both modes.
 *
 *   ẏ = Σᵢ ∂y/∂xᵢ · ẋᵢ                 x̄ᵢ = ∂y/∂xᵢ · ȳ
 */
import { Builder, addParam } from '../ir/build.ts';
import { Func, REDUCTIONS, type Result, type Span, type Value } from '../ir/ir.ts';
import { BOUNDARY, type CustomRules } from '../ir/rules.ts';
import { NUMBER, type Type, cotangentType } from '../ir/types.ts';
import { add, chain } from '../rules/arithmetic.ts';
import { reductionNamed } from '../rules/rule.ts';

/** The rules of a function that has one line alone. */
export function reductionRules(id: string, { name, span, parameters }: CustomRules): Pick<CustomRules, 'vjp' | 'jvp'> {
  const [type] = parameters();
  return {
    vjp: () => {
      const { func, x, y, b } = start(id, 'vjp', name, type, span);
      b.op('undef', [], [NUMBER], { text: BOUNDARY });
      const y_bar = addParam(func, NUMBER, span, 'y_bar');
      const x_bar = b.new(cotangentType(type), b.length(x), {}, { name: 'x_bar' });
      each(b, x, [], (inner, i) => {
        inner.store(x_bar, i, term(inner, name, x, i, y, y_bar), { inside: true });
        return [];
      });
      return finish(func, [y, x_bar]);
    },
    jvp: () => {
      const { func, x, y, b } = start(id, 'jvp', name, type, span);
      const x_dot = addParam(func, cotangentType(type), span, 'x_dot');
      const [sum] = each(b, x, [b.const(0)], (inner, i, [before]) => [add(inner, before, term(inner, name, x, i, y, inner.load(x_dot, i)))]);
      return finish(func, [y, sum]);
    },
  };
}

/** The function is called; what it gives, the partials use. */
function start(id: string, form: 'vjp' | 'jvp', name: string, type: Type, span: Span): { func: Func; x: Value; y: Value; b: Builder } {
  const func = new Func(`${id}:${form}`, name, span);
  const x = addParam(func, type, span, 'x');
  const b = new Builder(func.body, span, true);
  const y = b.op('extern', [x], [NUMBER], { ...REDUCTIONS[name], pure: true, world: 'none', custom: id }).result;
  return { func, x, y, b };
}

function term(b: Builder, name: string, x: Value, i: Value, y: Value, t: Value): Value {
  return chain(b, reductionNamed(name), () => b.load(x, i), 1, 0, () => y, t)!;
}

function each(b: Builder, x: Value, initial: Value[], body: (b: Builder, i: Value, carried: Value[]) => Value[]): Value[] {
  const loop = b.loop({ test: 'before', form: 'for', head: [0] }, [b.const(0), ...initial],
    (inner, [i]) => inner.prim('lt', [i, inner.length(x)]),
    (inner, [i, ...carried]) => {
      const next = body(inner, i, carried);
      return [inner.prim('add', [i, inner.const(1)], { name: 'i' }), ...next];
    }, [{ name: 'i' }]);
  return loop.results.slice(1);
}

function finish(func: Func, yields: Value[]): Func {
  func.body.yields = yields;
  func.result = { kind: 'tuple', parts: yields.map((v): Result => ({ kind: 'value', type: v.type })) };
  return func;
}
