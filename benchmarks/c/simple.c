/* The primals that have no gradient by hand here. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "bench.h"

/* ints: length; arrays: x */
static double lse_primal(const Input *in) {
  int n = in->ints[0];
  const double *x = in->arrays[0];
  double largest = -INFINITY, sum = 0;
  for (int i = 0; i < n; i++) if (x[i] > largest) largest = x[i];
  for (int i = 0; i < n; i++) sum += exp(x[i] - largest);
  return largest + log(sum);
}
const Workload lse = { "lse", lse_primal, NULL };

/* ints: coefficients, n; arrays: x */
static double llsq_primal(const Input *in) {
  int m = in->ints[0], n = in->ints[1];
  const double *x = in->arrays[0];
  double sum = 0;
  for (int i = 0; i < n; i++) {
    double t = -1 + 2.0 * i / (n - 1);
    double residual = t > 0 ? 1 : t < 0 ? -1 : 0, power = 1;
    for (int j = 0; j < m; j++) {
      residual -= x[j] * power;
      power *= t;
    }
    sum += residual * residual;
  }
  return sum / 2;
}
const Workload llsq = { "llsq", llsq_primal, NULL };

/* ints: n; arrays: the matrix */
static double minor_(const double *a, int n, int m, int *rows, int *columns) {
  int row = rows[n], column = columns[n];
  if (m == 1) return a[row * n + column];
  double sum = 0, sign = 1;
  int previous = n;
  rows[n] = rows[row];
  for (int j = 0; j < m; j++) {
    columns[previous] = columns[column];
    sum += sign * a[row * n + column] * minor_(a, n, m - 1, rows, columns);
    columns[previous] = column;
    previous = column;
    column = columns[column];
    sign = -sign;
  }
  rows[n] = row;
  return sum;
}

static double det_primal(const Input *in) {
  int n = in->ints[0], rows[32], columns[32];
  for (int i = 0; i < n; i++) rows[i] = columns[i] = i + 1;
  rows[n] = columns[n] = 0;
  return minor_(in->arrays[0], n, n, rows, columns);
}
const Workload det = { "det", det_primal, NULL };

/* ints: n, steps; arrays: x */
static void slope(int n, const double *restrict x, const double *restrict y, double *restrict k) {
  k[0] = x[0];
  for (int i = 1; i < n; i++) k[i] = x[i] * y[i - 1];
}

static double ode_primal(const Input *in) {
  int n = in->ints[0], steps = in->ints[1];
  const double *restrict x = in->arrays[0];
  double h = 2.0 / steps;
  double *restrict work = malloc(sizeof(double) * 6 * n);
  double *y = work, *at = work + n, *k1 = at + n, *k2 = k1 + n, *k3 = k2 + n, *k4 = k3 + n;
  memset(y, 0, sizeof(double) * n);
  for (int step = 0; step < steps; step++) {
    slope(n, x, y, k1);
    for (int i = 0; i < n; i++) at[i] = y[i] + h / 2 * k1[i];
    slope(n, x, at, k2);
    for (int i = 0; i < n; i++) at[i] = y[i] + h / 2 * k2[i];
    slope(n, x, at, k3);
    for (int i = 0; i < n; i++) at[i] = y[i] + h * k3[i];
    slope(n, x, at, k4);
    for (int i = 0; i < n; i++) y[i] += h / 6 * (k1[i] + 2 * k2[i] + 2 * k3[i] + k4[i]);
  }
  double last = y[n - 1];
  free(work);
  return last;
}
const Workload ode = { "ode", ode_primal, NULL };

/* ints: k, n, d; arrays: centroids, points */
static double kmeans_primal(const Input *in) {
  int k = in->ints[0], n = in->ints[1], d = in->ints[2];
  const double *centroids = in->arrays[0], *points = in->arrays[1];
  double sum = 0;
  for (int i = 0; i < n; i++) {
    double least = INFINITY;
    for (int c = 0; c < k; c++) {
      double distance = 0;
      for (int j = 0; j < d; j++) {
        double difference = points[i * d + j] - centroids[c * d + j];
        distance += difference * difference;
      }
      if (distance < least) least = distance;
    }
    sum += least;
  }
  return sum;
}
const Workload kmeans = { "kmeans", kmeans_primal, NULL };
