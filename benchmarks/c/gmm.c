/* A mixture of Gaussians. ints: d, k, n, m; arrays: alpha, mu, q, l, x, [gamma]. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "bench.h"

static double log_sum_exp(int n, const double *x) {
  double largest = x[0], sum = 0;
  for (int i = 1; i < n; i++) if (x[i] > largest) largest = x[i];
  for (int i = 0; i < n; i++) sum += exp(x[i] - largest);
  return largest + log(sum);
}

static double log_gamma_product(double a, int d) {
  double sum = 0.25 * d * (d - 1) * log(M_PI);
  for (int i = 0; i < d; i++) sum += lgamma(a - 0.5 * i);
  return sum;
}

/* With `out`, the gradient, too: alpha, mu, q, l. */
static double run(const Input *in, double *restrict out) {
  int d = in->ints[0], k = in->ints[1], n = in->ints[2], m = in->ints[3], below = d * (d - 1) / 2;
  const double *restrict alpha = in->arrays[0], *restrict mu = in->arrays[1], *restrict q = in->arrays[2];
  const double *restrict l = in->arrays[3], *restrict x = in->arrays[4];
  double gamma = in->arrays[5][0];
  double *restrict alpha_bar = out, *restrict mu_bar = out + k, *restrict q_bar = out + k + k * d, *restrict l_bar = out + k + 2 * k * d;
  if (out) memset(out, 0, sizeof(double) * (k + 2 * k * d + k * below));

  double *restrict diagonal = malloc(sizeof(double) * (k * d + k + k + 2 * k * d + d));
  double *restrict trace = diagonal + k * d, *restrict beta = trace + k, *restrict offset = beta + k, *restrict factored = offset + k * d;
  double *restrict offset_bar = factored + k * d;
  for (int j = 0; j < k; j++) {
    trace[j] = 0;
    for (int i = 0; i < d; i++) {
      diagonal[j * d + i] = exp(q[j * d + i]);
      trace[j] += q[j * d + i];
    }
  }
  double sum = 0;
  for (int p = 0; p < n; p++) {
    const double *restrict point = x + p * d;
    for (int j = 0; j < k; j++) {
      double *restrict o = offset + j * d, *restrict f = factored + j * d;
      const double *restrict lj = l + j * below;
      for (int i = 0; i < d; i++) {
        o[i] = point[i] - mu[j * d + i];
        f[i] = diagonal[j * d + i] * o[i];
      }
      for (int c = 0, at = 0; c < d; at += d - 1 - c, c++)
        for (int r = c + 1; r < d; r++) f[r] += lj[at + r - c - 1] * o[c];
      double square = 0;
      for (int i = 0; i < d; i++) square += f[i] * f[i];
      beta[j] = alpha[j] + trace[j] - 0.5 * square;
    }
    double total = log_sum_exp(k, beta);
    sum += total;
    if (!out) continue;
    for (int j = 0; j < k; j++) {
      double w = exp(beta[j] - total);
      const double *restrict o = offset + j * d, *restrict f = factored + j * d, *restrict lj = l + j * below;
      double *restrict lb = l_bar + j * below;
      alpha_bar[j] += w;
      for (int i = 0; i < d; i++) {
        q_bar[j * d + i] += w * (1 - f[i] * diagonal[j * d + i] * o[i]);
        offset_bar[i] = f[i] * diagonal[j * d + i];
      }
      for (int c = 0, at = 0; c < d; at += d - 1 - c, c++) {
        double carry = 0, wo = w * o[c];
        for (int r = c + 1; r < d; r++) {
          carry += lj[at + r - c - 1] * f[r];
          lb[at + r - c - 1] -= wo * f[r];
        }
        offset_bar[c] += carry;
      }
      for (int i = 0; i < d; i++) mu_bar[j * d + i] += w * offset_bar[i];
    }
  }
  double all = log_sum_exp(k, alpha);
  double result = sum - n * (0.5 * d * log(2 * M_PI) + all);
  int freedom = d + m + 1;
  for (int j = 0; j < k; j++) {
    double squares = 0;
    for (int i = 0; i < d; i++) squares += diagonal[j * d + i] * diagonal[j * d + i];
    for (int i = 0; i < below; i++) squares += l[j * below + i] * l[j * below + i];
    result += m * trace[j] - 0.5 * gamma * gamma * squares;
    if (!out) continue;
    alpha_bar[j] -= n * exp(alpha[j] - all);
    for (int i = 0; i < d; i++) q_bar[j * d + i] += m - gamma * gamma * diagonal[j * d + i] * diagonal[j * d + i];
    for (int i = 0; i < below; i++) l_bar[j * below + i] -= gamma * gamma * l[j * below + i];
  }
  free(diagonal);
  return result + k * (freedom * d * log(gamma / sqrt(2)) - log_gamma_product(0.5 * freedom, d));
}

static double gmm_primal(const Input *in) { return run(in, NULL); }
static int gmm_gradient(const Input *in, double *out) {
  int d = in->ints[0], k = in->ints[1];
  run(in, out);
  return k + 2 * k * d + k * (d * (d - 1) / 2);
}
const Workload gmm = { "gmm", gmm_primal, gmm_gradient };
