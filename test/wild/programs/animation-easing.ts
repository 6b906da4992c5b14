/** CSS-like cubic-bezier easing, and a keyframed track evaluated with it. */
export type Easing = 'linear' | 'ease-in' | 'ease-out' | [x1: number, y1: number, x2: number, y2: number];

export interface Keyframe {
  time: number;
  value: number;
  easing?: Easing;
}

const PRESETS: Record<'linear' | 'ease-in' | 'ease-out', [number, number, number, number]> = {
  'linear': [0, 0, 1, 1],
  'ease-in': [0.42, 0, 1, 1],
  'ease-out': [0, 0, 0.58, 1],
};

function cubicBezier(x1: number, y1: number, x2: number, y2: number): (x: number) => number {
  const cx = 3 * x1, bx = 3 * (x2 - x1) - cx, ax = 1 - cx - bx;
  const cy = 3 * y1, by = 3 * (y2 - y1) - cy, ay = 1 - cy - by;
  const sampleX = (t: number) => ((ax * t + bx) * t + cx) * t;
  const sampleY = (t: number) => ((ay * t + by) * t + cy) * t;
  const slopeX = (t: number) => (3 * ax * t + 2 * bx) * t + cx;

  return (x) => {
    let t = x;
    for (let i = 0; i < 8; i++) {
      const error = sampleX(t) - x;
      if (Math.abs(error) < 1e-15) break;
      const slope = slopeX(t);
      if (Math.abs(slope) < 1e-6) break;
      t -= error / slope;
    }
    return sampleY(t);
  };
}

// @differentiate
export function valueAt(track: Keyframe[], time: number): number {
  if (track.length === 0) return 0;
  const next = track.findIndex((k) => k.time > time);
  if (next === 0) return track[0].value;
  if (next === -1) return track[track.length - 1].value;
  const from = track[next - 1];
  const to = track[next];
  const { easing = 'linear' } = from;
  const [x1, y1, x2, y2] = typeof easing === 'string' ? PRESETS[easing] : easing;
  const progress = (time - from.time) / (to.time - from.time);
  return from.value + (to.value - from.value) * cubicBezier(x1, y1, x2, y2)(progress);
}
