/** Least squares on a table that arrives as text: parsing, feature maps, normal equations by Cholesky. */
export interface Options { ridge: number; degree?: number }

function parse(csv: string): Record<string, number>[] {
  const [header, ...lines] = csv.trim().split('\n');
  const names = header!.split(',').map((s) => s.trim());
  return lines.filter((line) => line.length > 0 && !line.startsWith('#')).map((line) => {
    const cells = line.split(',');
    const row: Record<string, number> = {};
    names.forEach((name, i) => { row[name] = parseFloat(cells[i] ?? '0'); });
    return row;
  });
}

function cholesky(A: number[][]): number[][] {
  const L: number[][] = [];
  for (const [i, row] of A.entries()) {
    L.push([]);
    for (let j = 0; j <= i; j++) {
      const s = row[j]! - L[i]!.reduce((sum, l, k) => sum + l * L[j]![k]!, 0);
      L[i]!.push(i === j ? Math.sqrt(s) : s / L[j]![j]!);
    }
  }
  return L;
}

function solve(L: number[][], b: number[]): number[] {
  const y: number[] = [];
  L.forEach((row, i) => y.push((b[i]! - y.reduce((s, yk, k) => s + row[k]! * yk, 0)) / row[i]!));
  const x = y.slice();
  for (let i = x.length - 1; i >= 0; i--) {
    for (let k = i + 1; k < x.length; k++) x[i]! -= L[k]![i]! * x[k]!;
    x[i]! /= L[i]![i]!;
  }
  return x;
}

// @differentiate
export function prediction(csv: string, at: number, { ridge, degree = 2 }: Options, weightOf: number): number {
  const rows = parse(csv);
  const features = (x: number) => Array.from({ length: degree + 1 }, (_, k) => x ** k);
  const n = degree + 1;
  const A: number[][] = Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => (i === j ? ridge : 0)));
  const b = new Array<number>(n).fill(0);
  for (const row of rows) {
    const phi = features(row.x!);
    const weight = Math.exp(-weightOf * (row.x! - at) ** 2);
    for (let i = 0; i < n; i++) {
      b[i]! += weight * phi[i]! * row['y']!;
      for (let j = 0; j < n; j++) A[i]![j]! += weight * phi[i]! * phi[j]!;
    }
  }
  const w = solve(cholesky(A), b);
  return features(at).reduce((s, f, k) => s + f * w[k]!, 0);
}
