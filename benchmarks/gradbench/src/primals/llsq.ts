/** ½ Σᵢ (sign tᵢ − Σⱼ xⱼ tᵢʲ)²: a polynomial with coefficients x against the sign function at n points tᵢ in [−1, 1]. */
// @differentiate
export function leastSquares(x: Float64Array, n: number): number {
  let sum = 0;
  for (let i = 0; i < n; i++) {
    const t = -1 + (2 * i) / (n - 1);
    let residual = Math.sign(t);
    let power = 1;
    for (let j = 0; j < x.length; j++) {
      residual -= x[j] * power;
      power *= t;
    }
    sum += residual * residual;
  }
  return sum / 2;
}
