/** Functions of the language that are arithmetic: `Math.*`, `Number.isNaN`, `Number(x)` … */
import type * as t from '@babel/types';
import { fail } from '../diagnostics.ts';
import { REDUCTIONS, SPECIAL, type Value } from '../ir/ir.ts';
import { BOOLEAN, NUMBER, elementType, isIndexed, showType } from '../ir/types.ts';
import { NUMPY, PACKAGE } from '../parse/bindings.ts';
import { importedName } from '../parse/targets.ts';
import type { Argument } from './calls.ts';
import { expression, toNumber, truth } from './expressions.ts';
import { eachIndex } from './iterate.ts';
import type { Lowering } from './lowering.ts';
import { callNumpy } from './numpy.ts';
import { type Builtin, FALLS } from './scope.ts';
import { unsupported } from './statements.ts';
import { expectNumber } from './types.ts';

const MATH = new Set([
  'abs', 'acos', 'acosh', 'asin', 'asinh', 'atan', 'atan2', 'atanh', 'cbrt', 'ceil', 'clz32', 'cos', 'cosh', 'exp', 'expm1', 'floor',
  'fround', 'hypot', 'imul', 'log', 'log10', 'log1p', 'log2', 'max', 'min', 'pow', 'round', 'sign', 'sin', 'sinh', 'sqrt', 'tan', 'tanh', 'trunc',
]);
const NUMBER_TESTS = new Set(['isNaN', 'isFinite', 'isInteger']);

export const GLOBAL_FUNCTIONS = new Set(['Number', 'Boolean', 'String', 'isNaN', 'isFinite']);

/** The special function that an expression names, `erf` or `tl.erf`. */
export function specialFunction(cx: Lowering, node: t.Node): Builtin | undefined {
  const lookup = (name: string) => (cx.scope.lookup(name) ? undefined : cx.scope.module.scopes.module.lookup(name));
  const name = importedName(node, { lookup }, cx.scope.module.imports);
  return name !== undefined && (name in SPECIAL || REDUCTIONS[name]?.runtime) ? { kind: 'builtin', object: PACKAGE, name } : undefined;
}

export function isBuiltin(object: string, name: string): boolean {
  return (object === 'Math' && MATH.has(name)) || (object === 'Number' && NUMBER_TESTS.has(name));
}

export function callBuiltin(cx: Lowering, { object, name }: Builtin, args: readonly Argument[], node: t.Node): Value {
  if (object === NUMPY) return callNumpy(cx, name, args, node);
  if (object === 'Math' && (name === 'max' || name === 'min') && args.some(isSpread)) return extremeOf(cx, name, args, node);
  const values = args.flatMap((a) => {
    const value = 'value' in a ? a.value : expression(cx, isSpread(a) ? (a.node as unknown as t.SpreadElement).argument : a.node);
    if (!isSpread(a)) return [value];
    if (value.type.kind === 'tuple') return value.type.elements.map((_, i) => cx.at(node).field(value, String(i)));
    return name === 'hypot' && args.length === 1 ? [reduce(cx, name, value, node)] : unsupported(cx, node, `Spreading into \`${object}.${name}\``, 'Write a loop.');
  });
  if (name === 'hypot' && args.some(isSpread) && values.length === 1) return values[0];
  const [first = cx.at(node).const(object === '' && name === 'Boolean' ? false : 0)] = values;
  if (object === '') {
    switch (name) {
      case 'Number': return toNumber(cx, first, node);
      case 'Boolean': return truth(cx, first, node);
      case 'String': return cx.at(node).prim('concat', [cx.b.const(''), first]);
    }
  }
  if (object === PACKAGE && REDUCTIONS[name]?.runtime) return reduce(cx, name, first, node);
  if (object === PACKAGE) {
    const missing = SPECIAL[name] - values.length;
    if (missing > 0) fail('TL2003', cx.span(node), `${SPECIAL[name]} numbers`, String(values.length));
    return cx.at(node).prim(name, values.slice(0, SPECIAL[name]).map((v) => expectNumber(cx, v, name, node)));
  }
  // Of what is no number, `Number.isNaN` and the others say false; the global ones would convert it.
  if (object !== 'Math' && first.type.kind !== 'number') return cx.at(node).extern(object ? `${object}.${name}` : name, values, BOOLEAN, { pure: true })!;
  return cx.at(node).prim(name, values.map((v) => expectNumber(cx, v, `${object}.${name}`, node)));
}

/** `logsumexp(xs)` */
function reduce(cx: Lowering, name: string, value: Value, node: t.Node): Value {
  const array = value.type.kind === 'tuple' ? cx.coerce(value, { kind: 'array', element: NUMBER }, node) : value;
  const { type } = array;
  if (!isIndexed(type) || elementType(type).kind !== 'number') fail('TL2003', cx.span(node), 'number[]', showType(type));
  const id = `${PACKAGE}#${name}@${showType(type, false)}`;
  cx.program.provide(id, { name, span: cx.span(node), parameters: () => [type], reduction: true });
  return cx.at(node).op('extern', [array], [NUMBER], { ...REDUCTIONS[name], pure: true, world: 'none', custom: id, shown: name }).result;
}

function isSpread(a: Argument): boolean { return 'node' in a && (a.node as t.Node).type === 'SpreadElement'; }

/** `Math.max(a, ...xs)` → m = Math.max(m, x) for each. */
function extremeOf(cx: Lowering, name: 'max' | 'min', args: readonly Argument[], node: t.Node): Value {
  // All arguments are evaluated before the first is compared.
  const evaluated = args.map((a) => {
    if ('value' in a) return a.value;
    const inner = isSpread(a) ? (a.node as unknown as t.SpreadElement).argument : a.node;
    return expression(cx, inner);
  });
  const best = cx.variable(name, NUMBER);
  const naming = { name, variable: best.number };
  cx.env.set(best, cx.at(node).op('const', [], [NUMBER], { value: name === 'max' ? -Infinity : Infinity }, naming).result);
  const compare = (value: Value) => cx.env.set(best, cx.at(node).prim(name, [cx.read(best), expectNumber(cx, value, `Math.${name}`, node)], naming));
  args.forEach((a, i) => {
    const value = evaluated[i];
    if (!isSpread(a)) compare(value);
    else if (!isIndexed(value.type)) unsupported(cx, node, 'Spreading what is not an array', 'Pass the values one by one.');
    else eachIndex(cx, () => cx.at(node).length(value), node, { form: 'forof', own: [best], scanned: [] }, (index) => {
      compare(cx.at(node).load(value, cx.read(index)));
      return FALLS;
    });
  });
  const result = cx.read(best);
  cx.env.delete(best);
  return result;
}
