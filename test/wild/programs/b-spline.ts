/** A point of a B-spline curve by de Boor's algorithm, and the length of the curve. */
export interface Point {
  x: number;
  y: number;
}

const lerp = (a: Point, b: Point, t: number): Point => ({
  x: (1 - t) * a.x + t * b.x,
  y: (1 - t) * a.y + t * b.y,
});

function findSpan(knots: number[], degree: number, t: number): number {
  let low = degree;
  let high = knots.length - degree - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (t < knots[middle]) high = middle;
    else low = middle;
  }
  return low;
}

// @differentiate
export function evaluate(controls: Point[], knots: number[], degree: number, t: number): Point {
  const span = findSpan(knots, degree, t);
  const d: Point[] = [];
  for (let j = 0; j <= degree; j++) d.push(controls[span - degree + j]);
  for (let r = 1; r <= degree; r++) {
    for (let j = degree; j >= r; j--) {
      const left = knots[span - degree + j];
      const right = knots[span + 1 + j - r];
      d[j] = lerp(d[j - 1], d[j], (t - left) / (right - left));
    }
  }
  return d[degree];
}

// @differentiate
export function arcLength(controls: Point[], knots: number[], degree: number, segments: number): number {
  const start = knots[degree];
  const end = knots[knots.length - degree - 1];
  let length = 0;
  let previous = evaluate(controls, knots, degree, start);
  for (let i = 1; i <= segments; i++) {
    const current = evaluate(controls, knots, degree, start + ((end - start) * i) / segments);
    length += Math.hypot(current.x - previous.x, current.y - previous.y);
    previous = current;
  }
  return length;
}
