/** Finite elements: tip deflection of an Euler–Bernoulli cantilever with stepped cross sections. */
export interface Section {
  length: number;
  width: number;
  height: number;
}

export interface Material {
  youngsModulus: number;
}

function elementStiffness(ei: number, l: number): number[][] {
  const k = ei / l ** 3;
  return [
    [12 * k, 6 * l * k, -12 * k, 6 * l * k],
    [6 * l * k, 4 * l * l * k, -6 * l * k, 2 * l * l * k],
    [-12 * k, -6 * l * k, 12 * k, -6 * l * k],
    [6 * l * k, 2 * l * l * k, -6 * l * k, 4 * l * l * k],
  ];
}

/** Gaussian elimination without pivoting: the matrix is positive definite. */
function eliminate(m: number[][], rhs: number[]): number[] {
  const n = rhs.length;
  for (let k = 0; k < n; k++) {
    for (let i = k + 1; i < n; i++) {
      const factor = m[i][k] / m[k][k];
      if (factor === 0) continue;
      for (let j = k; j < n; j++) m[i][j] -= factor * m[k][j];
      rhs[i] -= factor * rhs[k];
    }
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let j = i + 1; j < n; j++) rhs[i] -= m[i][j] * rhs[j];
    rhs[i] /= m[i][i];
  }
  return rhs;
}

// @differentiate
export function tipDeflection(sections: Section[], { youngsModulus: E }: Material, load: number): number {
  const dof = 2 * (sections.length + 1);
  const K: number[][] = [];
  for (let i = 0; i < dof; i++) K.push(new Array<number>(dof).fill(0));

  sections.forEach(({ length, width, height }, e) => {
    const inertia = (width * height ** 3) / 12;
    const ke = elementStiffness(E * inertia, length);
    for (let i = 0; i < 4; i++) {
      for (let j = 0; j < 4; j++) K[2 * e + i][2 * e + j] += ke[i][j];
    }
  });

  // The first node is clamped: drop its two rows and columns.
  const reduced = K.slice(2).map((row) => row.slice(2));
  const force: number[] = new Array(dof - 2).fill(0);
  force[dof - 4] = load;
  return eliminate(reduced, force)[dof - 4];
}
