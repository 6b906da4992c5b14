/**
 * A saddle point: the least over x of the greatest over y of (x₁² + x₂²) − (y₁² + y₂²). The results are x and y, one after
 * the other. Of the two letters in a name, the first is the mode of the search for x, the second that of the search for
 * y within it: r reverse, f forward.
 */
import { grad, jvp } from 'tapeless';
import { argmin, units } from './descent.js';

export function saddleRR(start: number[]): number[] {
  const f = (x: number[]) => greatestR(x, start);
  const x = argmin(f, grad(f), start);
  return [...x, ...highestR(x, start)];
}

export function saddleRF(start: number[]): number[] {
  const f = (x: number[]) => greatestF(x, start);
  const x = argmin(f, grad(f), start);
  return [...x, ...highestR(x, start)];
}

export function saddleFR(start: number[]): number[] {
  const f = (x: number[]) => greatestR(x, start);
  const x = argmin(f, (at) => units(2).map((unit) => jvp(f, [at], [unit])[1]), start);
  return [...x, ...highestF(x, start)];
}

export function saddleFF(start: number[]): number[] {
  const f = (x: number[]) => greatestF(x, start);
  const x = argmin(f, (at) => units(2).map((unit) => jvp(f, [at], [unit])[1]), start);
  return [...x, ...highestF(x, start)];
}

function greatestR(x: number[], start: number[]): number {
  return height(x, highestR(x, start));
}

function greatestF(x: number[], start: number[]): number {
  return height(x, highestF(x, start));
}

/** The y that is highest over x. */
function highestR(x: number[], start: number[]): number[] {
  const depth = (y: number[]) => -height(x, y);
  return argmin(depth, grad(depth), start);
}

function highestF(x: number[], start: number[]): number[] {
  const depth = (y: number[]) => -height(x, y);
  return argmin(depth, (at) => units(2).map((unit) => jvp(depth, [at], [unit])[1]), start);
}

function height(x: number[], y: number[]): number {
  return x[0] ** 2 + x[1] ** 2 - (y[0] ** 2 + y[1] ** 2);
}
