/** A cloth of springs under Verlet integration, as in a game. */
export interface Particle {
  x: number; y: number; z: number;
  px: number; py: number; pz: number;
  pinned: boolean;
}

interface Spring {
  a: Particle;
  b: Particle;
  rest: number;
}

const GRAVITY = -9.81;

function makeParticle(x: number, y: number, pinned = false): Particle {
  return { x, y, z: 0, px: x, py: y, pz: 0, pinned };
}

function buildCloth(columns: number, rows: number, spacing: number): { particles: Particle[]; springs: Spring[] } {
  const particles: Particle[] = [];
  const springs: Spring[] = [];
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) {
      const particle = makeParticle(c * spacing, -r * spacing, r === 0);
      particles.push(particle);
      if (c > 0) springs.push({ a: particles[r * columns + c - 1], b: particle, rest: spacing });
      if (r > 0) springs.push({ a: particles[(r - 1) * columns + c], b: particle, rest: spacing });
    }
  }
  return { particles, springs };
}

function integrate(p: Particle, wind: number, dt: number, damping: number) {
  if (p.pinned) return;
  const vx = (p.x - p.px) * damping;
  const vy = (p.y - p.py) * damping;
  const vz = (p.z - p.pz) * damping;
  [p.px, p.py, p.pz] = [p.x, p.y, p.z];
  p.x += vx;
  p.y += vy + GRAVITY * dt * dt;
  p.z += vz + wind * dt * dt;
}

function relax({ a, b, rest }: Spring, stiffness: number) {
  const dx = b.x - a.x, dy = b.y - a.y, dz = b.z - a.z;
  const length = Math.hypot(dx, dy, dz);
  const correction = (stiffness * (length - rest)) / length;
  const wa = a.pinned ? 0 : b.pinned ? 1 : 0.5;
  const wb = b.pinned ? 0 : 1 - wa;
  a.x += dx * correction * wa; a.y += dy * correction * wa; a.z += dz * correction * wa;
  b.x -= dx * correction * wb; b.y -= dy * correction * wb; b.z -= dz * correction * wb;
}

// @differentiate
export function sway(stiffness: number, damping: number, wind: number, spacing: number, frames: number): number {
  const { particles, springs } = buildCloth(3, 3, spacing);
  for (let frame = 0; frame < frames; frame++) {
    for (const p of particles) integrate(p, wind, 1 / 30, damping);
    for (let i = 0; i < 2; i++) springs.forEach((s) => relax(s, stiffness));
  }
  const last = particles[particles.length - 1];
  return last.z + 0.1 * last.y;
}
