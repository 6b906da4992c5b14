/**
 * Einstein's sums: a letter for each axis of each operand; letters that the result lacks are summed over.
 *
 * Operands are multiplied two at a time, as batches of matrices: letters of both that are still needed are the batch, letters of both
 * that are not are summed by the product, the others are rows and columns.
 */
import { type NDArray, type Operand } from './array.ts';
import { lift, mul } from './elementwise.ts';
import { fail, show } from './errors.ts';
import { readStrided, writeStrided } from './kernels/strided.ts';
import { broadcastTo, reshape, transpose } from './layout.ts';
import { contract } from './matmul.ts';
import { sum } from './reductions.ts';
import { sizeOf, stridesOf } from './shape.ts';

interface Term { x: NDArray; letters: string }
interface Sum { inputs: string[]; output: string; sizes: Map<string, number> }

/** `einsum('ij,jk->ik', a, b)`. Without an arrow the result has the letters that occur once, in the alphabet's order. */
export function einsum(subscripts: string, ...operands: Operand[]): NDArray {
  const arrays = operands.map((x) => lift(x));
  const { inputs, output } = parse(subscripts, arrays);
  let left = diagonal(arrays[0], inputs[0]);
  arrays.slice(1).forEach((x, i) => {
    const later = inputs.slice(i + 2).join('') + output;
    left = pair(left, diagonal(x, inputs[i + 1]), later);
  });
  return ordered(summed(left, output), output);
}

/** The cotangent of operand i in einsum(subscripts, ...operands). */
export function uneinsum(g: NDArray, i: number, subscripts: string, ...operands: Operand[]): NDArray {
  const arrays = operands.map((x) => lift(x));
  const { inputs, output, sizes } = parse(subscripts, arrays);
  const letters = [...new Set(inputs[i])].join('');
  const others = inputs.filter((_, k) => k !== i);
  // Letters that only this operand has were summed: the cotangent is the same all along them.
  const known = [...letters].filter((c) => output.includes(c) || others.some((o) => o.includes(c))).join('');
  const part = einsum(`${[output, ...others].join(',')}->${known}`, g, ...arrays.filter((_, k) => k !== i));
  const shape = [...letters].map((c) => sizes.get(c)!);
  const whole = broadcastTo(reshape(part, [...letters].map((c) => (known.includes(c) ? sizes.get(c)! : 1))), shape);
  if (letters === inputs[i]) return whole;
  return writeStrided(whole, [], [{ offset: 0, strides: diagonalStrides(arrays[i], inputs[i], letters) }], arrays[i].shape, 0);
}

function parse(subscripts: string, arrays: readonly NDArray[]): Sum {
  const [from, to, ...more] = subscripts.replaceAll(' ', '').split('->');
  const inputs = from.split(',');
  if (more.length || !/^[A-Za-z,]*$/.test(from) || !/^[A-Za-z]*$/.test(to ?? '')) fail('einsum', `subscripts '${subscripts}' are not letters, commas and one arrow`);
  if (inputs.length !== arrays.length) fail('einsum', `'${subscripts}' has ${inputs.length} operands, ${arrays.length} are given`);
  const sizes = new Map<string, number>();
  inputs.forEach((letters, k) => {
    const { shape } = arrays[k];
    if (letters.length !== shape.length) fail('einsum', `'${letters}' for an array of shape ${show(shape)}`);
    [...letters].forEach((c, axis) => {
      const n = sizes.get(c) ?? shape[axis];
      if (n !== shape[axis]) fail('einsum', `'${subscripts}': ${c} has size ${n} and, in the array of shape ${show(shape)}, size ${shape[axis]}`);
      sizes.set(c, n);
    });
  });
  const all = inputs.join('');
  const output = to ?? [...sizes.keys()].filter((c) => all.split(c).length === 2).sort().join('');
  if ([...output].some((c, i) => !sizes.has(c) || output.indexOf(c) !== i)) fail('einsum', `'${subscripts}': the result's letters must be operands' letters, each once`);
  return { inputs, output, sizes };
}

function diagonalStrides(x: NDArray, letters: string, unique: string): number[] {
  const strides = stridesOf(x.shape);
  return [...unique].map((c) => [...letters].reduce((sum, d, axis) => (d === c ? sum + strides[axis] : sum), 0));
}

/** A letter that occurs twice in one operand reads its diagonal. */
function diagonal(x: NDArray, letters: string): Term {
  const unique = [...new Set(letters)].join('');
  if (unique === letters) return { x, letters };
  return { x: readStrided(x, [...unique].map((c) => x.shape[letters.indexOf(c)]), 0, diagonalStrides(x, letters, unique)), letters: unique };
}

/** Sums over the letters that nobody needs. */
function summed({ x, letters }: Term, needed: string): Term {
  const axes = [...letters].flatMap((c, i) => (needed.includes(c) ? [] : [i]));
  return axes.length ? { x: sum(x, axes), letters: [...letters].filter((c) => needed.includes(c)).join('') } : { x, letters };
}

function ordered({ x, letters }: Term, to: string): NDArray { return transpose(x, [...to].map((c) => letters.indexOf(c))); }

function pair(left: Term, right: Term, later: string): Term {
  const a = summed(left, right.letters + later);
  const b = summed(right, left.letters + later);
  const both = [...a.letters].filter((c) => b.letters.includes(c));
  const batch = both.filter((c) => later.includes(c)).join('');
  const inner = both.filter((c) => !later.includes(c)).join('');
  const rows = [...a.letters].filter((c) => !both.includes(c)).join('');
  const columns = [...b.letters].filter((c) => !both.includes(c)).join('');
  const size = (term: Term, letters: string): number[] => [...letters].map((c) => term.x.shape[term.letters.indexOf(c)]);
  const letters = batch + rows + columns;
  const shape = [...size(a, batch + rows), ...size(b, columns)];
  const [m, k, n] = [size(a, rows), size(a, inner), size(b, columns)].map(sizeOf);
  if (!inner) {
    const x = reshape(ordered(a, batch + rows), [...size(a, batch + rows), ...size(b, columns).map(() => 1)]);
    const y = reshape(ordered(b, batch + columns), [...size(b, batch), ...size(a, rows).map(() => 1), ...size(b, columns)]);
    return { x: mul(x, y), letters };
  }
  // Whichever of the two orders of a matrix needs no transposing is taken.
  const ta = a.letters === batch + inner + rows && rows !== '';
  const tb = b.letters === batch + columns + inner && columns !== '';
  const count = sizeOf(size(a, batch));
  const x = reshape(ordered(a, batch + (ta ? inner + rows : rows + inner)), [count, ...(ta ? [k, m] : [m, k])]);
  const y = reshape(ordered(b, batch + (tb ? columns + inner : inner + columns)), [count, ...(tb ? [n, k] : [k, n])]);
  return { x: reshape(contract(x, y, { ta, tb }), shape), letters };
}
