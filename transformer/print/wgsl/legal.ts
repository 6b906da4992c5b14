/**
 * What of the IR runs on a GPU: numbers and booleans, loops and branches, and arrays whose length is known at compile
 * time. WGSL has no references (an array is a value that lives in one variable), no recursion, no exceptions, and
 * numbers of 32 bits. Whatever else there is, is an error at its place.
 *
 *   const c = 2 * Math.PI        →  the number, where TypeScript has the name
 *   if (n) …                     →  if (n !== 0) …
 *   x.length, x of 3 elements    →  3
 */
import { fail } from '../../diagnostics.ts';
import { Builder } from '../../ir/build.ts';
import { Func, Op, OPERATORS, type Region, type Span, type Value, constantOf } from '../../ir/ir.ts';
import { type Type, NUMBER, isMemory, showType } from '../../ir/types.ts';
import { allOps, substitute } from '../../ir/walk.ts';
import { FUNCTIONS } from './functions.ts';

/** The greatest number of 32 bits. */
export const GREATEST = 3.4028234663852886e38;
/** Private memory of one invocation is a few kilobytes. */
const LONGEST = 1024;

const NUMBERS_ONLY = 'A GPU has numbers and booleans, loops, branches and arrays of a constant length.';
const SMALL_WORDS = 'Do this part on the CPU and pass the number that comes out of it.';

/** Brings a function, whose calls are inlined, into the form that is printed; changes it in place. */
export function legalise(func: Func): void {
  for (const { value } of func.params) if (value.type.kind !== 'number' || value.type.absent) fail('TL5001', value.span, `The parameter \`${value.name ?? ''}\` of type \`${showType(value.type)}\``, 'The function must take numbers only; arrays are given to the kernel, which calls it for each element.');
  const ops = allOps(func.body);
  // What is thrown is no number either, but that is not the point.
  for (const op of [...ops.filter((o) => o.kind === 'throw'), ...ops]) check(op);
  for (const op of allOps(func.body)) rewrite(op);
  const lengths = new Map<Value, Value>();
  for (const op of allOps(func.body)) if (op.kind === 'length') lengths.set(op.result, new Builder(op.parent, op.span, false, op.parent.ops.indexOf(op)).const(lengthOf(op.args[0])));
  substitute(func.body, lengths);
}

function check(op: Op): void {
  const reject = (what: string, help = NUMBERS_ONLY): never => fail('TL5001', op.span, what, help);
  switch (op.kind) {
    case 'const': return checkConstant(op.attr.value, op.span);
    case 'undef': return checkScalar(op.result.type, op.span);
    case 'prim': {
      const fn = op.attr.fn!;
      op.args.forEach((a) => checkScalar(a.type, op.span));
      if (OPERATORS[fn] ? OPERATORS[fn].result === 'string' || /^(bit|shl|shr|ushr)/.test(fn) : !Object.hasOwn(FUNCTIONS, fn)) reject(`\`${OPERATORS[fn]?.text ?? fn}\``, SMALL_WORDS);
      return;
    }
    case 'if': case 'loop':
      for (const v of [...op.params, ...op.results]) if (isMemory(v.type)) reject('A variable that is now this array and now that one', 'Use one array, and an index that says which part of it is meant.');
      for (const v of [...op.params, ...op.results]) checkScalar(v.type, op.span);
      return;
    case 'new': {
      const n = constantOf(op.args[0]);
      if (!isNumbers(op.result.type)) reject(`\`${showType(op.result.type)}\``);
      if (n === undefined || !(Number.isInteger(n) && n > 0 && n <= LONGEST)) reject('An array whose length is not a small constant', `The length must be known at compile time, and at most ${LONGEST}.`);
      return;
    }
    case 'literal':
      if (!isNumbers(op.result.type) || op.args.length === 0) reject(`\`${showType(op.result.type)}\``);
      return;
    case 'load': case 'store': case 'accum': case 'length': return void lengthOf(op.args[0]);
    case 'free': return reject(`\`${op.attr.name}\`, a variable outside the function,`, 'Pass its value as an argument.');
    case 'throw': return reject('`throw`', 'Check the arguments before, on the CPU.');
    case 'extern': return reject(`\`${op.attr.shown ?? op.attr.text}\``, SMALL_WORDS);
    default: return reject(`\`${op.kind}\` of \`${showType((op.args[0] ?? op.result).type)}\``);
  }
}

function checkConstant(value: unknown, span: Span): void {
  if (typeof value === 'boolean') return;
  if (typeof value !== 'number') fail('TL5001', span, `\`${typeof value === 'string' ? JSON.stringify(value) : String(value)}\``, NUMBERS_ONLY);
  if (Number.isNaN(value)) fail('TL5001', span, '`NaN`', 'WGSL does not say what becomes of it.');
  if (Number.isFinite(value) && Math.abs(value) > GREATEST) fail('TL5001', span, `The number ${value}`, 'It is too large for 32 bits.');
  if (value !== 0 && Math.abs(value) < 1.1754943508222875e-38) fail('TL5001', span, `The number ${value}`, 'In 32 bits it is zero.');
}

function checkScalar(type: Type, span: Span): void {
  if ((type.kind !== 'number' && type.kind !== 'boolean') || type.absent) fail('TL5001', span, `A value of type \`${showType(type)}\``, NUMBERS_ONLY);
}

function isNumbers(type: Type): boolean {
  return (type.kind === 'array' && type.element.kind === 'number' && !type.element.absent) || (type.kind === 'typed' && type.name === 'Float64Array') || (type.kind === 'typed' && type.name === 'Float32Array');
}

/** The length of an array that the function itself has made. */
function lengthOf(array: Value): number {
  const { def } = array;
  if (def instanceof Op && def.kind === 'new') return constantOf(def.args[0]) ?? 0;
  if (def instanceof Op && def.kind === 'literal') return def.args.length;
  return fail('TL5001', def.span, 'An array that is not made here', NUMBERS_ONLY);
}

function rewrite(op: Op): void {
  if (op.kind === 'const') {
    const { name, module, ...attr } = op.attr;
    const { value } = attr;
    op.attr = value === Infinity || value === -Infinity ? { ...attr, value: Math.sign(value) * GREATEST } : attr;
  }
  const truth = (region: Region, index: number | undefined, v: Value): Value => {
    if (v.type.kind !== NUMBER.kind) return v;
    const b = new Builder(region, op.span, false, index);
    return b.prim('ne', [v, b.const(0)]);
  };
  if (op.kind === 'if' || (op.kind === 'prim' && op.attr.fn === 'not')) op.args[0] = truth(op.parent, op.parent.ops.indexOf(op), op.args[0]);
  if (op.kind === 'loop') op.regions[0].yields = [truth(op.regions[0], undefined, op.regions[0].yields[0])];
}
