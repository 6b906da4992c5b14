/** Exponentials and logarithms that would overflow, or lose their digits, as they are usually written. */

/** The logistic function 1 / (1 + exp(−x)), to 2 units in the last place, also where it is tiny. */
export function sigmoid(x: number): number {
  if (x >= 0) return 1 / (1 + Math.exp(-x));
  const e = Math.exp(x);
  return e / (1 + e);
}

/** ln(1 + exp(x)), to 2 units in the last place, also where exp(x) overflows or is tiny. */
export function softplus(x: number): number {
  return (x > 0 ? x : 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

/** x ln y, and 0 where x is 0, whatever y is (unless it is NaN): the terms of an entropy. */
export function xlogy(x: number, y: number): number {
  return x === 0 && !Number.isNaN(y) ? 0 : x * Math.log(y);
}

/** ln Σ exp(xᵢ) of an array, without overflow; −Infinity of an empty one. */
export function logsumexp(x: ArrayLike<number>): number {
  let largest = -Infinity;
  for (let i = 0; i < x.length; i++) largest = Math.max(largest, x[i]);
  if (!Number.isFinite(largest)) return largest;
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += Math.exp(x[i] - largest);
  return largest + Math.log(sum);
}
