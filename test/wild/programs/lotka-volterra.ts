// Predators and prey, integrated by Runge–Kutta–Fehlberg 4(5) with step size control.

export interface Parameters {
  alpha: number; // growth of the prey
  beta: number;  // predation
  delta: number; // growth of the predators
  gamma: number; // death of the predators
}

export type State = [prey: number, predators: number];

function derivative({ alpha, beta, delta, gamma }: Parameters, [x, y]: State): State {
  return [alpha * x - beta * x * y, delta * x * y - gamma * y];
}

const A = [
  [],
  [1 / 4],
  [3 / 32, 9 / 32],
  [1932 / 2197, -7200 / 2197, 7296 / 2197],
  [439 / 216, -8, 3680 / 513, -845 / 4104],
  [-8 / 27, 2, -3544 / 2565, 1859 / 4104, -11 / 40],
];
const B4 = [25 / 216, 0, 1408 / 2565, 2197 / 4104, -1 / 5, 0];
const B5 = [16 / 135, 0, 6656 / 12825, 28561 / 56430, -9 / 50, 2 / 55];

interface Options {
  tolerance?: number;
  initialStep?: number;
  maxSteps?: number;
}

// @differentiate
export function simulate(p: Parameters, start: State, tEnd: number, { tolerance = 1e-3, initialStep = 0.5, maxSteps = 1000 }: Options = {}): State {
  let t = 0;
  let h = initialStep;
  let state: State = [start[0], start[1]];

  for (let n = 0; n < maxSteps && t < tEnd; n++) {
    if (t + h > tEnd) h = tEnd - t;

    const k: State[] = [];
    for (let s = 0; s < 6; s++) {
      const stage: State = [state[0], state[1]];
      for (let j = 0; j < s; j++) {
        stage[0] += h * A[s][j] * k[j][0];
        stage[1] += h * A[s][j] * k[j][1];
      }
      k.push(derivative(p, stage));
    }

    const next: State = [state[0], state[1]];
    let error = 0;
    for (let d = 0; d < 2; d++) {
      let difference = 0;
      for (let s = 0; s < 6; s++) {
        next[d] += h * B5[s] * k[s][d];
        difference += h * (B5[s] - B4[s]) * k[s][d];
      }
      error = Math.max(error, Math.abs(difference));
    }

    if (error > tolerance) {
      // rejected: try again with a smaller step
      h *= 0.5;
      continue;
    }
    t += h;
    state = next;
    if (error < tolerance / 20) h *= 2;
  }
  return state;
}
