/** No marks here: these are differentiated because marked functions call them. */
const weights = [0.5, 1.5, -0.25];

export interface Spring {
  stiffness: number;
  rest: number;
}

export function stretch(spring: Spring, length: number): number {
  return spring.stiffness * (length - spring.rest);
}

export function weighted(v: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < v.length; i++) sum += weights[i % weights.length]! * v[i]!;
  return sum;
}

export function cube(x: number): number {
  return x * x * x;
}
