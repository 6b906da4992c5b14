/** A small neural network out of layer classes, trained by an optimizer class. */
export interface Layer {
  forward(input: number[]): number[];
}

export class Dense implements Layer {
  constructor(readonly weights: number[][], readonly biases: number[]) {}

  forward(input: number[]): number[] {
    return this.weights.map((row, i) => {
      let sum = this.biases[i];
      for (let j = 0; j < row.length; j++) sum += row[j] * input[j];
      return sum;
    });
  }
}

export class Tanh implements Layer {
  forward(input: number[]): number[] {
    return input.map(Math.tanh);
  }
}

export class LeakyRelu implements Layer {
  constructor(private slope = 0.01) {}

  forward(input: number[]): number[] {
    return input.map((x) => (x > 0 ? x : this.slope * x));
  }
}

export class Sequential implements Layer {
  private readonly layers: Layer[];

  constructor(...layers: Layer[]) {
    this.layers = layers;
  }

  forward(input: number[]): number[] {
    return this.layers.reduce((x, layer) => layer.forward(x), input);
  }
}

export interface Weights {
  w1: number[][];
  b1: number[];
  w2: number[][];
  b2: number[];
}

// @differentiate
export function loss(p: Weights, inputs: number[][], targets: number[][]): number {
  const net = new Sequential(new Dense(p.w1, p.b1), new Tanh(), new Dense(p.w2, p.b2), new LeakyRelu(0.1));
  let total = 0;
  inputs.forEach((input, n) => {
    const output = net.forward(input);
    output.forEach((y, i) => {
      total += (y - targets[n][i]) ** 2;
    });
  });
  return total / inputs.length;
}
