/** Free energy of a small Ising lattice by summing over all states, and by mean field. */
export interface Couplings {
  j: number;
  field: number | number[];
  temperature: number;
}

function energy(spins: Int8Array, size: number, { j, field }: Couplings): number {
  let e = 0;
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const s = spins[y * size + x];
      const right = spins[y * size + ((x + 1) % size)];
      const below = spins[((y + 1) % size) * size + x];
      e -= j * s * (right + below);
      e -= (typeof field === 'number' ? field : field[y * size + x]) * s;
    }
  }
  return e;
}

// @differentiate
export function freeEnergy(couplings: Couplings, size = 2): number {
  const n = size * size;
  const spins = new Int8Array(n);
  let partition = 0;
  for (let state = 0; state < 1 << n; state++) {
    for (let i = 0; i < n; i++) spins[i] = (state >> i) & 1 ? 1 : -1;
    partition += Math.exp(-energy(spins, size, couplings) / couplings.temperature);
  }
  return -couplings.temperature * Math.log(partition);
}

// @differentiate
export function magnetization(couplings: Couplings, neighbours = 4): number {
  const h = couplings.field as number;
  let m = 0.9;
  let previous;
  do {
    previous = m;
    m = Math.tanh((neighbours * couplings.j * m + h) / couplings.temperature);
  } while (Math.abs(m - previous) > 1e-13);
  return m;
}
