/** A gated recurrent unit, and the loss of its prediction of the next value of a sequence. */
type Vector = number[];
type Matrix = number[][];

export interface Gate {
  input: Matrix;
  hidden: Matrix;
  bias: Vector;
}

export interface GruWeights {
  update: Gate;
  reset: Gate;
  candidate: Gate;
  output: Vector;
}

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const matVec = (m: Matrix, v: Vector): Vector => m.map((row) => row.reduce((sum, w, i) => sum + w * v[i], 0));
const add = (...vectors: Vector[]): Vector => vectors[0].map((_, i) => vectors.reduce((sum, v) => sum + v[i], 0));

function applyGate(gate: Gate, x: Vector, h: Vector, activation: (x: number) => number): Vector {
  return add(matVec(gate.input, x), matVec(gate.hidden, h), gate.bias).map(activation);
}

function step(weights: GruWeights, x: Vector, h: Vector): Vector {
  const z = applyGate(weights.update, x, h, sigmoid);
  const r = applyGate(weights.reset, x, h, sigmoid);
  const c = applyGate(weights.candidate, x, h.map((v, i) => v * r[i]), Math.tanh);
  return h.map((v, i) => (1 - z[i]) * v + z[i] * c[i]);
}

// @differentiate
export function sequenceLoss(weights: GruWeights, sequence: number[]): number {
  let h: Vector = weights.output.map(() => 0);
  let loss = 0;
  for (let t = 0; t + 1 < sequence.length; t++) {
    h = step(weights, [sequence[t]], h);
    const prediction = h.reduce((sum, v, i) => sum + v * weights.output[i], 0);
    loss += (prediction - sequence[t + 1]) ** 2;
  }
  return loss / (sequence.length - 1);
}
