/** A planetary system under leapfrog integration, with a mutable vector class. */
export class Vec3 {
  x: number;
  y: number;
  z: number;

  constructor(x = 0, y = 0, z = 0) {
    this.x = x;
    this.y = y;
    this.z = z;
  }

  clone(): Vec3 {
    return new Vec3(this.x, this.y, this.z);
  }

  add(v: Vec3): this {
    this.x += v.x;
    this.y += v.y;
    this.z += v.z;
    return this;
  }

  addScaled(v: Vec3, s: number): this {
    this.x += v.x * s;
    this.y += v.y * s;
    this.z += v.z * s;
    return this;
  }

  subtract(v: Vec3): this {
    return this.addScaled(v, -1);
  }

  multiplyScalar(s: number): this {
    this.x *= s;
    this.y *= s;
    this.z *= s;
    return this;
  }

  dot(v: Vec3): number {
    return this.x * v.x + this.y * v.y + this.z * v.z;
  }

  lengthSq(): number {
    return this.dot(this);
  }
}

export class Body {
  readonly acceleration = new Vec3();

  constructor(public mass: number, public position: Vec3, public velocity: Vec3) {}

  get kineticEnergy(): number {
    return 0.5 * this.mass * this.velocity.lengthSq();
  }
}

function computeAccelerations(bodies: Body[], softening: number): void {
  for (const b of bodies) b.acceleration.multiplyScalar(0);
  for (let i = 0; i < bodies.length; i++) {
    for (let j = i + 1; j < bodies.length; j++) {
      const a = bodies[i];
      const b = bodies[j];
      const d = b.position.clone().subtract(a.position);
      const r2 = d.lengthSq() + softening * softening;
      const inv = 1 / (r2 * Math.sqrt(r2));
      a.acceleration.addScaled(d, b.mass * inv);
      b.acceleration.addScaled(d, -a.mass * inv);
    }
  }
}

// @differentiate
export function finalDistance(masses: number[], positions: number[][], velocities: number[][], steps: number, dt = 0.05): number {
  const bodies = masses.map((m, i) => {
    const [px, py, pz] = positions[i];
    const [vx, vy, vz] = velocities[i];
    return new Body(m, new Vec3(px, py, pz), new Vec3(vx, vy, vz));
  });
  computeAccelerations(bodies, 0.1);
  for (let step = 0; step < steps; step++) {
    for (const b of bodies) {
      b.velocity.addScaled(b.acceleration, dt / 2);
      b.position.addScaled(b.velocity, dt);
    }
    computeAccelerations(bodies, 0.1);
    for (const b of bodies) b.velocity.addScaled(b.acceleration, dt / 2);
  }
  const separation = bodies[0].position.clone().subtract(bodies[1].position);
  return Math.sqrt(separation.lengthSq()) + bodies.reduce((e, b) => e + b.kineticEnergy, 0);
}
