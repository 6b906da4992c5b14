/* A recurrent network. ints: layers, count, width; arrays: main, extra, state, sequence. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "bench.h"

static double sigmoid(double x) { return 1 / (1 + exp(-x)); }

/* Of each step, layer and unit what the way back needs. */
typedef struct { double in, hidden, cell, forget, ingate, outgate, change, tanh_cell; } Unit;

static double run(const Input *in, double *restrict out) {
  int layers = in->ints[0], count = in->ints[1], width = in->ints[2], steps = count - 1;
  const double *restrict main_ = in->arrays[0], *restrict extra = in->arrays[1], *restrict sequence = in->arrays[3];
  double *restrict state = malloc(sizeof(double) * 2 * layers * width);
  memcpy(state, in->arrays[2], sizeof(double) * 2 * layers * width);
  Unit *restrict units = out ? malloc(sizeof(Unit) * steps * layers * width) : NULL;
  double *restrict softmax = out ? malloc(sizeof(double) * steps * width) : NULL;
  double *restrict last = out ? malloc(sizeof(double) * steps * width) : NULL;
  double *restrict prediction = malloc(sizeof(double) * width);
  double total = 0;
  for (int t = 0; t < steps; t++) {
    for (int i = 0; i < width; i++) prediction[i] = sequence[t * width + i] * extra[i];
    const double *signal = prediction;
    for (int layer = 0; layer < layers; layer++) {
      const double *restrict w = main_ + 8 * width * layer, *restrict b = w + 4 * width;
      double *hidden = state + 2 * width * layer, *cell = hidden + width;
      for (int i = 0; i < width; i++) {
        double x = signal[i], h = hidden[i], c = cell[i];
        double forget = sigmoid(x * w[i] + b[i]), ingate = sigmoid(h * w[width + i] + b[width + i]);
        double outgate = sigmoid(x * w[2 * width + i] + b[2 * width + i]), change = tanh(h * w[3 * width + i] + b[3 * width + i]);
        cell[i] = c * forget + ingate * change;
        double tanh_cell = tanh(cell[i]);
        hidden[i] = outgate * tanh_cell;
        if (out) units[(t * layers + layer) * width + i] = (Unit){ x, h, c, forget, ingate, outgate, change, tanh_cell };
      }
      signal = hidden;
    }
    double sum = 2, gold = 0;
    for (int i = 0; i < width; i++) {
      if (out) last[t * width + i] = signal[i];
      prediction[i] = signal[i] * extra[width + i] + extra[2 * width + i];
      sum += exp(prediction[i]);
    }
    double normaliser = log(sum);
    for (int i = 0; i < width; i++) {
      total += sequence[(t + 1) * width + i] * (prediction[i] - normaliser);
      gold += sequence[(t + 1) * width + i];
    }
    if (out) for (int i = 0; i < width; i++) softmax[t * width + i] = sequence[(t + 1) * width + i] - gold * exp(prediction[i] - normaliser);
  }
  double scale = -1.0 / ((double)steps * width);
  if (out) {
    double *restrict main_bar = out, *restrict extra_bar = out + 8 * width * layers;
    double *restrict state_bar = calloc(2 * layers * width, sizeof(double));
    double *restrict signal_bar = malloc(sizeof(double) * width);
    memset(out, 0, sizeof(double) * (8 * width * layers + 3 * width));
    for (int t = steps - 1; t >= 0; t--) {
      for (int i = 0; i < width; i++) {
        double g = scale * softmax[t * width + i];
        extra_bar[2 * width + i] += g;
        extra_bar[width + i] += g * last[t * width + i];
        state_bar[2 * width * (layers - 1) + i] += g * extra[width + i];
      }
      for (int layer = layers - 1; layer >= 0; layer--) {
        const double *restrict w = main_ + 8 * width * layer;
        double *restrict wb = main_bar + 8 * width * layer, *restrict bb = wb + 4 * width;
        double *hidden_bar = state_bar + 2 * width * layer, *cell_bar = hidden_bar + width;
        for (int i = 0; i < width; i++) {
          Unit u = units[(t * layers + layer) * width + i];
          double hb = hidden_bar[i], cb = cell_bar[i] + hb * u.outgate * (1 - u.tanh_cell * u.tanh_cell);
          double ob = hb * u.tanh_cell * u.outgate * (1 - u.outgate), fb = cb * u.cell * u.forget * (1 - u.forget);
          double ib = cb * u.change * u.ingate * (1 - u.ingate), gb = cb * u.ingate * (1 - u.change * u.change);
          cell_bar[i] = cb * u.forget;
          wb[i] += fb * u.in; bb[i] += fb;
          wb[width + i] += ib * u.hidden; bb[width + i] += ib;
          wb[2 * width + i] += ob * u.in; bb[2 * width + i] += ob;
          wb[3 * width + i] += gb * u.hidden; bb[3 * width + i] += gb;
          hidden_bar[i] = ib * w[width + i] + gb * w[3 * width + i];
          signal_bar[i] = fb * w[i] + ob * w[2 * width + i];
        }
        if (layer > 0) for (int i = 0; i < width; i++) state_bar[2 * width * (layer - 1) + i] += signal_bar[i];
        else for (int i = 0; i < width; i++) extra_bar[i] += signal_bar[i] * sequence[t * width + i];
      }
    }
    free(state_bar); free(signal_bar); free(units); free(softmax); free(last);
  }
  free(state); free(prediction);
  return scale * total;
}

static double lstm_primal(const Input *in) { return run(in, NULL); }
static int lstm_gradient(const Input *in, double *out) {
  run(in, out);
  return (8 * in->ints[0] + 3) * in->ints[2];
}
const Workload lstm = { "lstm", lstm_primal, lstm_gradient };
