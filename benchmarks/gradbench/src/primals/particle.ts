/**
 * A charged particle in the field of two others, one of which is where `w` says: the `w` for which it meets the origin.
 * Of the two letters in a name, the first is the mode of the gradient that `w` is found with, the second that of the force:
 * r reverse, f forward.
 */
import { grad, jvp } from 'tapeless';
import { argmin, units } from './descent.js';

export function particleRR(w: number): number {
  return argmin(missR, grad(missR), [w])[0];
}

export function particleRF(w: number): number {
  return argmin(missF, grad(missF), [w])[0];
}

export function particleFR(w: number): number {
  return argmin(missR, (at) => [jvp(missR, [at], [[1]])[1]], [w])[0];
}

export function particleFF(w: number): number {
  return argmin(missF, (at) => [jvp(missF, [at], [[1]])[1]], [w])[0];
}

function missR([w]: number[]): number {
  const potential = (x: number[]) => potentialAt(x, w);
  return miss((x) => grad(potential)(x));
}

function missF([w]: number[]): number {
  const potential = (x: number[]) => potentialAt(x, w);
  return miss((x) => units(2).map((unit) => jvp(potential, [x], [unit])[1]));
}

/** Where the particle crosses the x-axis, squared, by Euler's method. */
function miss(slope: (x: number[]) => number[]): number {
  const dt = 0.1;
  let x = [0, 8];
  let velocity = [0.75, 0];
  while (true) {
    const [sx, sy] = slope(x);
    const next = [x[0] + dt * velocity[0], x[1] + dt * velocity[1]];
    if (next[1] <= 0) break;
    x = next;
    velocity = [velocity[0] - dt * sx, velocity[1] - dt * sy];
  }
  const rest = -x[1] / velocity[1];
  const at = x[0] + rest * velocity[0];
  return at * at;
}

function potentialAt(x: number[], w: number): number {
  const charges = [[10, 10 - w], [10, 0]];
  return charges.reduce((sum, charge) => sum + 1 / distance(x, charge), 0);
}

function distance(a: number[], b: number[]): number {
  return Math.sqrt((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2);
}
