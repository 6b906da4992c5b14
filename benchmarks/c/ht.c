/* Hand tracking. ints: bones, vertices, points, mirrored, us?, parents…, correspondences…, triangles…
 * arrays: theta, us, relatives, inverse absolutes, positions, weights, points; matrices in rows. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "bench.h"

static void multiply(const double *a, const double *b, double *out) {
  for (int i = 0; i < 4; i++)
    for (int j = 0; j < 4; j++) {
      double sum = 0;
      for (int k = 0; k < 4; k++) sum += a[4 * i + k] * b[4 * k + j];
      out[4 * i + j] = sum;
    }
}

static void of_angles(const double *xzy, double *r) {
  double cx = cos(xzy[0]), sx = sin(xzy[0]), cz = cos(xzy[1]), sz = sin(xzy[1]), cy = cos(xzy[2]), sy = sin(xzy[2]);
  double m[16] = { cz * cy, cz * sy * sx - sz * cx, cz * sy * cx + sz * sx, 0,
                   sz * cy, sz * sy * sx + cz * cx, sz * sy * cx - cz * sx, 0,
                   -sy, cy * sx, cy * cx, 0, 0, 0, 0, 1 };
  memcpy(r, m, sizeof m);
}

static void of_axis(const double *a, double *r) {
  double angle = sqrt(a[0] * a[0] + a[1] * a[1] + a[2] * a[2]);
  if (angle < 0.0001) {
    double identity[9] = { 1, 0, 0, 0, 1, 0, 0, 0, 1 };
    memcpy(r, identity, sizeof identity);
    return;
  }
  double x = a[0] / angle, y = a[1] / angle, z = a[2] / angle, s = sin(angle), k = cos(angle);
  double m[9] = { x * x + (1 - x * x) * k, x * y * (1 - k) - z * s, x * z * (1 - k) + y * s,
                  x * y * (1 - k) + z * s, y * y + (1 - y * y) * k, y * z * (1 - k) - x * s,
                  x * z * (1 - k) - y * s, z * y * (1 - k) + x * s, z * z + (1 - z * z) * k };
  memcpy(r, m, sizeof m);
}

static double ht_primal(const Input *in) {
  int bones = in->ints[0], count = in->ints[1], points = in->ints[2], mirrored = in->ints[3], has_us = in->ints[4];
  const int *parents = in->ints + 5, *correspondences = parents + bones, *triangles = correspondences + points;
  const double *theta = in->arrays[0], *us = in->arrays[1], *relatives = in->arrays[2], *inverses = in->arrays[3];
  const double *positions = in->arrays[4], *weights = in->arrays[5], *measured = in->arrays[6];
  double *work = malloc(sizeof(double) * (bones * 3 + bones * 32 + count * 3));
  double *angles = work, *absolutes = angles + 3 * bones, *transforms = absolutes + 16 * bones, *vertices = transforms + 16 * bones;
  memset(angles, 0, sizeof(double) * 3 * bones);
  for (int finger = 0; finger < 5; finger++) {
    int bone = 2 + 4 * finger, at = 6 + 4 * finger;
    angles[3 * bone] = theta[at];
    angles[3 * bone + 1] = theta[at + 1];
    angles[3 * (bone + 1)] = theta[at + 2];
    angles[3 * (bone + 2)] = theta[at + 3];
  }
  for (int bone = 0; bone < bones; bone++) {
    double rotation[16], relative[16];
    of_angles(angles + 3 * bone, rotation);
    multiply(relatives + 16 * bone, rotation, relative);
    if (parents[bone] == -1) memcpy(absolutes + 16 * bone, relative, sizeof relative);
    else multiply(absolutes + 16 * parents[bone], relative, absolutes + 16 * bone);
    multiply(absolutes + 16 * bone, inverses + 16 * bone, transforms + 16 * bone);
  }
  double r[9];
  of_axis(theta, r);
  for (int i = 0; i < count; i++) {
    const double *p = positions + 4 * i, *w = weights + bones * i;
    double v[3] = { 0, 0, 0 };
    for (int bone = 0; bone < bones; bone++) {
      if (w[bone] == 0) continue;
      const double *t = transforms + 16 * bone;
      for (int j = 0; j < 3; j++) v[j] += w[bone] * (t[4 * j] * p[0] + t[4 * j + 1] * p[1] + t[4 * j + 2] * p[2] + t[4 * j + 3] * p[3]);
    }
    if (mirrored) v[0] = -v[0];
    for (int j = 0; j < 3; j++) vertices[3 * i + j] = r[3 * j] * v[0] + r[3 * j + 1] * v[1] + r[3 * j + 2] * v[2] + theta[3 + j];
  }
  double sum = 0;
  for (int i = 0; i < points; i++)
    for (int j = 0; j < 3; j++) {
      double at;
      if (has_us) {
        const int *t = triangles + 3 * correspondences[i];
        double u = us[2 * i], v = us[2 * i + 1];
        at = u * vertices[3 * t[0] + j] + v * vertices[3 * t[1] + j] + (1 - u - v) * vertices[3 * t[2] + j];
      } else at = vertices[3 * correspondences[i] + j];
      sum += measured[3 * i + j] - at;
    }
  free(work);
  return sum;
}
const Workload ht = { "ht", ht_primal, NULL };
