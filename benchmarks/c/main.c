/*
 * Times the workloads in C: `bench NAME FILE` reads an input from FILE, then lines "primal COUNT" or "gradient COUNT"
 * from standard input, and answers each with the nanoseconds of one run, the mean of COUNT; "print" prints the gradient.
 * FILE: the number of ints, the ints, the number of arrays, and of each array its length and its doubles; all as doubles.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "bench.h"

static const Workload *workloads[] = { &ba, &det, &gmm, &ht, &kmeans, &llsq, &lse, &lstm, &ode };

static double next(FILE *file) {
  double x;
  if (fread(&x, sizeof x, 1, file) != 1) exit(3);
  return x;
}

static Input load(const char *name) {
  FILE *file = fopen(name, "rb");
  if (!file) exit(3);
  Input in;
  int ints = (int)next(file);
  in.ints = malloc(sizeof(int) * (ints + 1));
  for (int i = 0; i < ints; i++) in.ints[i] = (int)next(file);
  in.count = (int)next(file);
  in.arrays = malloc(sizeof(double *) * (in.count + 1));
  for (int i = 0; i < in.count; i++) {
    size_t length = (size_t)next(file);
    in.arrays[i] = malloc(sizeof(double) * (length + 1));
    if (fread(in.arrays[i], sizeof(double), length, file) != length) exit(3);
  }
  fclose(file);
  return in;
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return 1e9 * t.tv_sec + t.tv_nsec;
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  const Workload *w = NULL;
  for (size_t i = 0; i < sizeof workloads / sizeof *workloads; i++) if (strcmp(workloads[i]->name, argv[1]) == 0) w = workloads[i];
  if (!w) return 2;
  Input in = load(argv[2]);
  double *out = malloc(sizeof(double) * 100000000 / 8);
  char what[16];
  int count;
  volatile double sink = 0;
  while (scanf("%15s %d", what, &count) == 2) {
    if (strcmp(what, "print") == 0) {
      printf("%.17g", w->primal(&in));
      int length = w->gradient ? w->gradient(&in, out) : 0;
      for (int i = 0; i < length; i++) printf(" %.17g", out[i]);
      printf("\n");
    } else {
      double start = now();
      for (int i = 0; i < count; i++) {
        if (what[0] == 'p') sink += w->primal(&in);
        else { w->gradient(&in, out); sink += out[0]; }
      }
      printf("%.1f\n", (now() - start) / count);
    }
    fflush(stdout);
  }
  return 0;
}
