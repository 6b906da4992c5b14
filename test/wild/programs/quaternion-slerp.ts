/** Keyframed rotation: spherical interpolation of unit quaternions, and what it does to a vector. */
export type Quaternion = readonly [w: number, x: number, y: number, z: number];
export interface Keyframe { time: number; axis: [number, number, number]; angle: number }

const fromAxisAngle = ([x, y, z]: [number, number, number], angle: number): Quaternion => {
  const length = Math.hypot(x, y, z) || 1;
  const s = Math.sin(angle / 2) / length;
  return [Math.cos(angle / 2), x * s, y * s, z * s];
};
const multiply = ([a, b, c, d]: Quaternion, [e, f, g, h]: Quaternion): Quaternion => [
  a * e - b * f - c * g - d * h,
  a * f + b * e + c * h - d * g,
  a * g - b * h + c * e + d * f,
  a * h + b * g - c * f + d * e,
];
const conjugate = ([w, ...v]: Quaternion): Quaternion => [w, -v[0], -v[1], -v[2]];

function slerp(p: Quaternion, q: Quaternion, t: number): Quaternion {
  let dot = p.reduce((sum, pi, i) => sum + pi * q[i]!, 0);
  const target = dot < 0 ? (q.map((x) => -x) as unknown as Quaternion) : q;
  dot = Math.abs(dot);
  if (dot > 0.9995) return p.map((x, i) => x + t * (target[i]! - x)) as unknown as Quaternion;
  const theta = Math.acos(dot);
  const [a, b] = [Math.sin((1 - t) * theta) / Math.sin(theta), Math.sin(t * theta) / Math.sin(theta)];
  return p.map((x, i) => a * x + b * target[i]!) as unknown as Quaternion;
}

// @differentiate
export function pose(frames: Keyframe[], time: number, point: [number, number, number]): [number, number, number] {
  const next = frames.findIndex((f) => f.time >= time);
  if (next <= 0) return point;
  const [from, to] = [frames[next - 1]!, frames[next]!];
  const t = (time - from.time) / (to.time - from.time);
  const q = slerp(fromAxisAngle(from.axis, from.angle), fromAxisAngle(to.axis, to.angle), t);
  const [, x, y, z] = multiply(multiply(q, [0, ...point]), conjugate(q));
  return [x, y, z];
}
