/** What a few steps of an optimizer class reach, as a function of its hyperparameters. */
interface OptimizerOptions {
  learningRate: number;
  momentum?: number;
}

abstract class Optimizer {
  protected readonly learningRate: number;

  constructor({ learningRate }: { learningRate: number }) {
    this.learningRate = learningRate;
  }

  abstract step(x: number[], gradient: number[]): number[];
}

class Momentum extends Optimizer {
  private velocity: number[] | undefined;
  private readonly momentum: number;

  constructor(options: OptimizerOptions) {
    super(options);
    this.momentum = options.momentum ?? 0.9;
  }

  override step(x: number[], gradient: number[]): number[] {
    const previous = this.velocity ?? x.map(() => 0);
    this.velocity = previous.map((v, i) => this.momentum * v - this.learningRate * gradient[i]);
    return x.map((xi, i) => xi + this.velocity![i]);
  }
}

class Adam extends Optimizer {
  private m: number[] = [];
  private v: number[] = [];
  private t = 0;

  constructor(options: { learningRate: number }, private readonly beta1 = 0.9, private readonly beta2 = 0.99) {
    super(options);
  }

  override step(x: number[], gradient: number[]): number[] {
    this.t += 1;
    return x.map((xi, i) => {
      this.m[i] = this.beta1 * (this.m[i] ?? 0) + (1 - this.beta1) * gradient[i];
      this.v[i] = this.beta2 * (this.v[i] ?? 0) + (1 - this.beta2) * gradient[i] ** 2;
      const mHat = this.m[i] / (1 - this.beta1 ** this.t);
      const vHat = this.v[i] / (1 - this.beta2 ** this.t);
      return xi - (this.learningRate * mHat) / (Math.sqrt(vHat) + 1e-8);
    });
  }
}

const valley = ([x, y]: number[]) => (1 - x) ** 2 + 10 * (y - x * x) ** 2;
const slope = ([x, y]: number[]): number[] => [-2 * (1 - x) - 40 * x * (y - x * x), 20 * (y - x * x)];

function createOptimizer(kind: 'momentum' | 'adam', options: OptimizerOptions): Optimizer {
  return kind === 'adam' ? new Adam(options) : new Momentum(options);
}

// @differentiate
export function reached(kind: 'momentum' | 'adam', options: OptimizerOptions, start: number[], steps = 5): number {
  const optimizer = createOptimizer(kind, options);
  let x = start;
  for (let i = 0; i < steps; i++) x = optimizer.step(x, slope(x));
  return valley(x);
}
