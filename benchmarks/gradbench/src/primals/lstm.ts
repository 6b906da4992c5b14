/** A recurrent network of long short-term memory with diagonal weights, which predicts the next of a sequence of vectors. */

export interface Network {
  /** Of each layer the weights of its four gates, then their biases: [2 layers][4 width]. */
  main: Float64Array[];
  /** Weights of the input, weights of the output, biases of the output: [3][width]. */
  extra: Float64Array[];
}

/** −1/N Σ over the sequence of what it is, weighted with the logarithm of what was predicted. */
// @differentiate wrt=network
export function loss(network: Network, initial: Float64Array[], sequence: Float64Array[]): number {
  const width = sequence[0].length;
  const state = initial.map((row) => row.slice());
  const prediction = new Float64Array(width);
  let total = 0;
  for (let t = 0; t + 1 < sequence.length; t++) {
    predict(network, state, sequence[t], prediction);
    const normaliser = logSumExp(prediction);
    for (let i = 0; i < width; i++) total += sequence[t + 1][i] * (prediction[i] - normaliser);
  }
  return -total / ((sequence.length - 1) * width);
}

function predict({ main, extra }: Network, state: Float64Array[], input: Float64Array, output: Float64Array): void {
  const [inWeight, outWeight, outBias] = extra;
  for (let i = 0; i < input.length; i++) output[i] = input[i] * inWeight[i];
  let signal = output;
  for (let layer = 0; layer < state.length; layer += 2) {
    step(main[layer], main[layer + 1], state[layer], state[layer + 1], signal);
    signal = state[layer];
  }
  for (let i = 0; i < input.length; i++) output[i] = signal[i] * outWeight[i] + outBias[i];
}

/** One layer: changes `hidden` and `cell`. */
function step(weights: Float64Array, biases: Float64Array, hidden: Float64Array, cell: Float64Array, input: Float64Array): void {
  const width = hidden.length;
  for (let i = 0; i < width; i++) {
    const forget = sigmoid(input[i] * weights[i] + biases[i]);
    const ingate = sigmoid(hidden[i] * weights[width + i] + biases[width + i]);
    const outgate = sigmoid(input[i] * weights[2 * width + i] + biases[2 * width + i]);
    const change = Math.tanh(hidden[i] * weights[3 * width + i] + biases[3 * width + i]);
    cell[i] = cell[i] * forget + ingate * change;
    hidden[i] = outgate * Math.tanh(cell[i]);
  }
}

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

/** log(2 + Σ exp xᵢ) */
function logSumExp(x: Float64Array): number {
  let sum = 2;
  for (let i = 0; i < x.length; i++) sum += Math.exp(x[i]);
  return Math.log(sum);
}
