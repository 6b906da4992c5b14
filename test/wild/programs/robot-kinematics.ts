/** Denavit–Hartenberg kinematics with flat typed-array matrices, and the manipulability by a numeric Jacobian's Gram determinant. */
export interface Link { a: number; alpha: number; d: number; theta?: number; kind: 'revolute' | 'prismatic' }

function dh({ a, alpha, d, theta = 0, kind }: Link, q: number, out = new Float64Array(16)): Float64Array {
  const t = kind === 'revolute' ? theta + q : theta;
  const z = kind === 'prismatic' ? d + q : d;
  const [ct, st, ca, sa] = [Math.cos(t), Math.sin(t), Math.cos(alpha), Math.sin(alpha)];
  out.set([ct, -st * ca, st * sa, a * ct, st, ct * ca, -ct * sa, a * st, 0, sa, ca, z, 0, 0, 0, 1]);
  return out;
}

function mul4(a: Float64Array, b: Float64Array): Float64Array {
  const c = new Float64Array(16);
  for (let i = 0; i < 4; i++)
    for (let j = 0; j < 4; j++)
      for (let k = 0; k < 4; k++) c[4 * i + j]! += a[4 * i + k]! * b[4 * k + j]!;
  return c;
}

export function forward(links: readonly Link[], q: ArrayLike<number>): { position: [number, number, number]; frames: Float64Array[] } {
  let T: Float64Array = Float64Array.from({ length: 16 }, (_, i) => (i % 5 === 0 ? 1 : 0));
  const frames = [T];
  links.forEach((link, i) => {
    T = mul4(T, dh(link, q[i]!));
    frames.push(T);
  });
  return { position: [T[3]!, T[7]!, T[11]!], frames };
}

// @differentiate
export function manipulability(links: Link[], q: Float64Array): number {
  const { position: [x, y, z], frames } = forward(links, q);
  const columns = links.map((link, i) => {
    const F = frames[i]!;
    const axis = [F[2]!, F[6]!, F[10]!] as const;
    if (link.kind === 'prismatic') return [...axis];
    const r = [x - F[3]!, y - F[7]!, z - F[11]!] as const;
    return [axis[1] * r[2] - axis[2] * r[1], axis[2] * r[0] - axis[0] * r[2], axis[0] * r[1] - axis[1] * r[0]];
  });
  const [[a, b, c], [d, e, f], [g, h, i]] = columns as [number[], number[], number[]];
  const det = a! * (e! * i! - f! * h!) - b! * (d! * i! - f! * g!) + c! * (d! * h! - e! * g!);
  return Math.abs(det);
}
