/** Calls of numpy, `np.tanh(x)` and `x.matmul(w)`, and what can be asked of an array. */
import type * as t from '@babel/types';
import { type Value } from '../ir/ir.ts';
import { GETTERS, type NumpyCall, numpyName, numpyResult } from '../ir/numpy.ts';
import { NUMPY } from '../parse/bindings.ts';
import { importedName } from '../parse/targets.ts';
import { keyOf, unwrap } from '../parse/walk.ts';
import { type Argument, evaluateAll } from './calls.ts';
import { functionValue } from './functions.ts';
import type { Lowering } from './lowering.ts';
import type { Builtin } from './scope.ts';
import { unsupported } from './statements.ts';

/** What is read of arrays leaves the program: by then derivatives are over. */
const LEAVES = new Set(['data', 'dataSync', 'tolist', 'toList', 'dispose']);

/** The function of numpy that an expression names: `np.tanh`, `np.random.normal`, or one that is imported by itself. */
export function numpyFunction(cx: Lowering, node: t.Node): Builtin | undefined {
  const name = pathOf(cx, unwrap(node));
  return name === undefined ? undefined : { kind: 'builtin', object: NUMPY, name };
}

function pathOf(cx: Lowering, node: t.Node): string | undefined {
  const lookup = (name: string) => (cx.scope.lookup(name) ? undefined : cx.scope.module.scopes.module.lookup(name));
  const name = importedName(node, { lookup }, cx.scope.module.imports);
  if (name?.startsWith('numpy.') && !name.endsWith('*')) return name.slice('numpy.'.length);
  if (node.type !== 'MemberExpression') return undefined;
  const [object, key] = [pathOf(cx, node.object), keyOf(node)];
  return object !== undefined && /^(random|linalg|fft|lax|nn)$/.test(object) && key !== undefined ? `${object}.${key}` : undefined;
}

const CONSTANTS: Record<string, number> = { pi: Math.PI, e: Math.E, inf: Infinity, nan: NaN, eulerGamma: 0.5772156649015329 };

/** `np.pi`, or a function as a value; undefined of what is not numpy's. */
export function numpyValue(cx: Lowering, node: t.Node): Value | undefined {
  const found = numpyFunction(cx, node);
  if (!found) return undefined;
  return Object.hasOwn(CONSTANTS, found.name) ? cx.at(node).const(CONSTANTS[found.name]) : functionValue(cx, found, node);
}

export function callNumpy(cx: Lowering, name: string, args: readonly Argument[], node: t.Node): Value {
  return operation(cx, { fn: numpyName(name), form: 'function', as: name }, values(cx, args, node), node);
}

/** A method of an array. */
export function numpyMethod(cx: Lowering, array: Value, name: string, args: readonly Argument[], node: t.Node): Value {
  if (LEAVES.has(name)) unsupported(cx, node, `\`${name}\` of an array in a function that is differentiated`, 'Return the array, and read it outside; `item()` gives the number of an array of one element.');
  return operation(cx, { fn: numpyName(name), form: 'method', as: name }, [array, ...values(cx, args, node)], node);
}

/** `x.shape`, `x.T`: undefined of what arrays do not have. */
export function numpyMember(cx: Lowering, array: Value, key: string | undefined, node: t.Node): Value | undefined {
  if (key === 'length') unsupported(cx, node, '`length` of an array of numpy', 'Take `size`, or an element of `shape`.');
  return key !== undefined && GETTERS.has(key) ? operation(cx, { fn: numpyName(key), form: 'getter', as: key }, [array], node) : undefined;
}

function values(cx: Lowering, args: readonly Argument[], node: t.Node): Value[] {
  for (const a of args) if ('node' in a && (a.node as t.Node).type === 'SpreadElement') unsupported(cx, node, 'Spreading into the arguments of an operation on arrays', 'Pass the values one by one.');
  return evaluateAll(cx, args);
}

function operation(cx: Lowering, np: NumpyCall, args: Value[], node: t.Node): Value {
  const known = numpyResult(np.fn);
  const asked = known.kind === 'nd' && np.form !== 'getter' ? cx.program.host.typeAt(cx.file, node.start!, node.end!) : undefined;
  const type = asked && asked.kind !== 'nd' && asked.kind !== 'opaque' ? asked : known;
  const shown = `${np.form === 'function' ? 'np' : '…'}.${np.as ?? np.fn}`;
  return cx.at(node).op('extern', args, [type], { text: shown, pure: true, world: 'none', np, shown }).result;
}
