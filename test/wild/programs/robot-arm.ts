/** Forward kinematics of a robot arm, with rotations as quaternions. */
export class Vector3 {
  constructor(readonly x: number, readonly y: number, readonly z: number) {}

  static readonly ZERO = new Vector3(0, 0, 0);

  add(other: Vector3): Vector3 {
    return new Vector3(this.x + other.x, this.y + other.y, this.z + other.z);
  }

  sub(other: Vector3): Vector3 {
    return new Vector3(this.x - other.x, this.y - other.y, this.z - other.z);
  }

  get length(): number {
    return Math.sqrt(this.x * this.x + this.y * this.y + this.z * this.z);
  }
}

export class Quaternion {
  constructor(public w: number, public x: number, public y: number, public z: number) {}

  static identity(): Quaternion {
    return new Quaternion(1, 0, 0, 0);
  }

  static fromAxisAngle(axis: Vector3, angle: number): Quaternion {
    const half = angle / 2;
    const s = Math.sin(half) / axis.length;
    return new Quaternion(Math.cos(half), axis.x * s, axis.y * s, axis.z * s);
  }

  multiply(q: Quaternion): Quaternion {
    return new Quaternion(
      this.w * q.w - this.x * q.x - this.y * q.y - this.z * q.z,
      this.w * q.x + this.x * q.w + this.y * q.z - this.z * q.y,
      this.w * q.y - this.x * q.z + this.y * q.w + this.z * q.x,
      this.w * q.z + this.x * q.y - this.y * q.x + this.z * q.w,
    );
  }

  conjugate(): Quaternion {
    return new Quaternion(this.w, -this.x, -this.y, -this.z);
  }

  rotate(v: Vector3): Vector3 {
    const r = this.multiply(new Quaternion(0, v.x, v.y, v.z)).multiply(this.conjugate());
    return new Vector3(r.x, r.y, r.z);
  }
}

export interface Joint {
  axis: 'x' | 'y' | 'z';
  length: number;
}

const AXES = {
  x: new Vector3(1, 0, 0),
  y: new Vector3(0, 1, 0),
  z: new Vector3(0, 0, 1),
};

function endEffector(joints: Joint[], angles: number[]): Vector3 {
  let orientation = Quaternion.identity();
  let position = Vector3.ZERO;
  joints.forEach((joint, i) => {
    orientation = orientation.multiply(Quaternion.fromAxisAngle(AXES[joint.axis], angles[i]));
    position = position.add(orientation.rotate(new Vector3(0, 0, joint.length)));
  });
  return position;
}

// @differentiate
export function distanceToTarget(joints: Joint[], angles: number[], target: Vector3): number {
  return endEffector(joints, angles).sub(target).length;
}
