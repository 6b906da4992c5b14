/** log Σ exp(xᵢ), with the largest term taken out so that nothing overflows. */
// @differentiate
export function logSumExp(x: Float64Array): number {
  let largest = -Infinity;
  for (const xi of x) largest = Math.max(largest, xi);
  let sum = 0;
  for (const xi of x) sum += Math.exp(xi - largest);
  return largest + Math.log(sum);
}
