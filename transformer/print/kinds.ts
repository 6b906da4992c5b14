/** What the printer knows of each kind of operation: can it stand in an expression, may it be written twice. */
import { type Op, OPERATORS, type Value } from '../ir/ir.ts';
import { isIndexed } from '../ir/types.ts';

const EXPRESSIONS = new Set<string>([
  'prim', 'load', 'field', 'length', 'new', 'literal', 'copy', 'zeros', 'clone', 'links', 'cast', 'pop', 'shift', 'splice', 'view', 'argsort', 'call', 'extern', 'free', 'const', 'undef',
]);

/** Can the operation be part of a larger expression? (An `if` can if it is one of the tree's ternaries.) */
export function isExpression(op: Op): boolean {
  return EXPRESSIONS.has(op.kind) && op.results.length === 1;
}

/** Constants and outer bindings that never change: written at each use, wherever that is. */
export function isAtom(value: Value | undefined): boolean {
  if (!value) return false;
  const op = value.def as Op;
  return (op.kind === 'const' && !value.name) || op.kind === 'undef' || (op.kind === 'free' && !op.attr.mutable);
}

/** Do the operands of this operation appear more than once where it is printed, so that they must be simple? */
export function repeatsOperands(op: Op): boolean {
  if (op.kind === 'zeros' || op.kind === 'clone') return !isIndexed(op.args[0].type);
  return op.kind === 'addinto' || op.kind === 'clear' || op.kind === 'argsort';
}

/** No effect, and no dependence on memory: can be evaluated anywhere after its operands. */
export function isPure(op: Op): boolean {
  switch (op.kind) {
    case 'const': case 'undef': case 'prim': case 'new': case 'literal': case 'cast': return true;
    case 'free': return !op.attr.mutable;
    default: return false;
  }
}

/** Does running this operation (without its regions) matter beyond its results? */
export function hasEffect(op: Op): boolean {
  switch (op.kind) {
    case 'store': case 'accum': case 'setfield': case 'accumfield': case 'fill': case 'push': case 'pop': case 'unshift': case 'shift': case 'splice': case 'resize':
    case 'addinto': case 'clear': case 'call': case 'throw': return true;
    case 'extern': return !op.attr.pure;
    default: return false;
  }
}

/**
 * Short reads and index arithmetic: `x[i]`, `x[i + 1]`, `x.length`, `p.x`, `-x`. Written again at each use
 * where a larger value would get a name.
 */
export function isCheap(value: Value, depth = 0): boolean {
  const op = value.def as Op;
  if (value.name || depth > 2 || !('args' in op) || !op.args) return false;
  const simple = (v: Value) => isPlain(v) || isCheap(v, depth + 1);
  switch (op.kind) {
    case 'length': case 'field': case 'cast': return simple(op.args[0]);
    case 'load': return simple(op.args[0]) && (isPlain(op.args[1]) || isIndexArithmetic(op.args[1]));
    case 'free': return true;
    case 'prim': return isIndexArithmetic(value) || (op.attr.fn === 'neg' && isPlain(op.args[0]));
    default: return false;
  }
}

/** `i + 1`, `n - 1` */
function isIndexArithmetic(value: Value): boolean {
  const op = value.def as Op;
  if (op.kind !== 'prim' || value.name || (op.attr.fn !== 'add' && op.attr.fn !== 'sub')) return false;
  const [a, b] = op.args;
  const small = (b.def as Op).kind === 'const' && Number.isInteger((b.def as Op).attr.value);
  return small && isPlain(a);
}

/** Printed as one word: a variable, a constant, an outer binding. */
function isPlain(value: Value): boolean {
  const op = value.def as Op;
  return isAtom(value) || value.name !== undefined || !op.kind || op.kind === 'if' || op.kind === 'loop';
}

export function isCommutative(op: Op): boolean {
  return op.attr.fn === 'add' || op.attr.fn === 'mul';
}

/** The operator of a binary primitive, if it is printed as one. */
export function binaryOperator(op: Op): string | undefined {
  const operator = op.kind === 'prim' ? OPERATORS[op.attr.fn!] : undefined;
  return operator?.arity === 2 ? operator.text : undefined;
}

/** Do two values belong to one variable of the user's, or have a name in common? */
export function isSameVariable(a: Value, b: Value): boolean {
  if (a.variable !== undefined && b.variable !== undefined) return a.variable === b.variable;
  return a.name !== undefined && a.name === b.name;
}
