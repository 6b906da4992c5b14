/* What the workloads share: their inputs, and the functions that are timed. */
#ifndef BENCH_H
#define BENCH_H

/* Whole numbers and doubles, as the caller has written them. */
typedef struct {
  int count;
  int *ints;
  double **arrays;
} Input;

typedef struct {
  const char *name;
  /* Returns one number that depends on all that was computed. */
  double (*primal)(const Input *);
  /* A gradient written by hand, or null; its entries into `out`, their number as the result. */
  int (*gradient)(const Input *, double *out);
} Workload;

extern const Workload ba, det, gmm, ht, kmeans, llsq, lse, lstm, ode;

#endif
