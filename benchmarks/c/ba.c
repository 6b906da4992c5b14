/* Bundle adjustment. ints: n, m, p; arrays: cameras, points, weights, features; observation i sees camera i % n and point i % m. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "bench.h"

typedef struct { double e[2], cam[2][11], point[2][3], weight[2]; } Block;

static void cross(const double *a, const double *b, double *out) {
  out[0] = a[1] * b[2] - a[2] * b[1];
  out[1] = a[2] * b[0] - a[0] * b[2];
  out[2] = a[0] * b[1] - a[1] * b[0];
}

static double dot(const double *a, const double *b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }

static inline void error_of(const double *cam, const double *x, double w, const double *feature, Block *b, int jacobian) {
  double p[3] = { x[0] - cam[3], x[1] - cam[4], x[2] - cam[5] }, y[3], axis[3], turned[3], c = 1, s = 0, along = 0, theta = 0;
  double square = dot(cam, cam);
  if (square != 0) {
    theta = sqrt(square);
    c = cos(theta);
    s = sin(theta);
    for (int i = 0; i < 3; i++) axis[i] = cam[i] / theta;
    cross(axis, p, turned);
    along = dot(axis, p);
    for (int i = 0; i < 3; i++) y[i] = p[i] * c + turned[i] * s + axis[i] * along * (1 - c);
  } else {
    cross(cam, p, turned);
    for (int i = 0; i < 3; i++) y[i] = p[i] + turned[i];
  }
  double u = y[0] / y[2], v = y[1] / y[2], r2 = u * u + v * v, f = cam[6];
  double factor = 1 + cam[9] * r2 + cam[10] * r2 * r2;
  b->e[0] = w * (u * factor * f + cam[7] - feature[0]);
  b->e[1] = w * (v * factor * f + cam[8] - feature[1]);
  if (!jacobian) return;

  double slope = cam[9] + 2 * cam[10] * r2;
  for (int k = 0; k < 2; k++) {
    double uv = k == 0 ? u : v;
    double ub = w * f * (2 * uv * u * slope + (k == 0 ? factor : 0)), vb = w * f * (2 * uv * v * slope + (k == 1 ? factor : 0));
    double yb[3] = { ub / y[2], vb / y[2], -(ub * u + vb * v) / y[2] }, pb[3], rb[3], t[3];
    double *cb = b->cam[k];
    if (square != 0) {
      /* y = c p + s (a × p) + (1 − c)(a · p) a; the adjoint of a × p is p̄ = ȳ × a, ā = p × ȳ. */
      double ay = dot(axis, yb), ab[3], thetab;
      cross(yb, axis, t);
      for (int i = 0; i < 3; i++) pb[i] = c * yb[i] + s * t[i] + (1 - c) * ay * axis[i];
      cross(p, yb, t);
      for (int i = 0; i < 3; i++) ab[i] = s * t[i] + (1 - c) * (ay * p[i] + along * yb[i]);
      thetab = -s * dot(p, yb) + c * dot(turned, yb) + s * along * ay;
      double radial = thetab - dot(ab, axis) / theta;
      for (int i = 0; i < 3; i++) rb[i] = ab[i] / theta + radial * axis[i];
    } else {
      cross(yb, cam, t);
      for (int i = 0; i < 3; i++) pb[i] = yb[i] + t[i];
      cross(p, yb, rb);
    }
    for (int i = 0; i < 3; i++) {
      cb[i] = rb[i];
      cb[3 + i] = -pb[i];
      b->point[k][i] = pb[i];
    }
    cb[6] = w * uv * factor;
    cb[7] = k == 0 ? w : 0;
    cb[8] = k == 1 ? w : 0;
    cb[9] = w * f * uv * r2;
    cb[10] = w * f * uv * r2 * r2;
    b->weight[k] = uv * factor * f + cam[7 + k] - feature[k];
  }
}

static double ba_primal(const Input *in) {
  int n = in->ints[0], m = in->ints[1], p = in->ints[2];
  double *errors = malloc(sizeof(double) * 3 * p), last;
  for (int i = 0; i < p; i++) {
    Block b;
    error_of(in->arrays[0] + 11 * (i % n), in->arrays[1] + 3 * (i % m), in->arrays[2][i], in->arrays[3] + 2 * i, &b, 0);
    errors[2 * i] = b.e[0];
    errors[2 * i + 1] = b.e[1];
    errors[2 * p + i] = 1 - in->arrays[2][i] * in->arrays[2][i];
  }
  last = errors[0] + errors[2 * p - 1] + errors[3 * p - 1];
  free(errors);
  return last;
}

/* The values of the sparse Jacobian, by rows; rows and columns are written, too. */
static int ba_gradient(const Input *in, double *vals) {
  int n = in->ints[0], m = in->ints[1], p = in->ints[2], at = 0, row = 0;
  int *rows = malloc(sizeof(int) * (3 * p + 1)), *cols = malloc(sizeof(int) * 31 * p);
  rows[0] = 0;
  for (int i = 0; i < p; i++) {
    Block b;
    error_of(in->arrays[0] + 11 * (i % n), in->arrays[1] + 3 * (i % m), in->arrays[2][i], in->arrays[3] + 2 * i, &b, 1);
    for (int k = 0; k < 2; k++) {
      for (int j = 0; j < 11; j++, at++) { cols[at] = 11 * (i % n) + j; vals[at] = b.cam[k][j]; }
      for (int j = 0; j < 3; j++, at++) { cols[at] = 11 * n + 3 * (i % m) + j; vals[at] = b.point[k][j]; }
      cols[at] = 11 * n + 3 * m + i;
      vals[at++] = b.weight[k];
      rows[++row] = at;
    }
  }
  for (int i = 0; i < p; i++) {
    cols[at] = 11 * n + 3 * m + i;
    vals[at++] = -2 * in->arrays[2][i];
    rows[++row] = at;
  }
  volatile int used = rows[row] + cols[at - 1];
  (void)used;
  free(rows); free(cols);
  return at;
}
const Workload ba = { "ba", ba_primal, ba_gradient };
