/** Bill lengths and depths of 342 penguins of three species (Gorman, Williams, Fraser 2014), from `vega-datasets`. */
import { readFileSync } from 'node:fs';
import type { Point } from './mixture.js';

interface Row {
  'Species': string;
  'Beak Length (mm)': number | null;
  'Beak Depth (mm)': number | null;
}

export interface Penguin extends Point {
  species: string;
}

export function penguins(): Penguin[] {
  const file = new URL('../data/penguins.json', import.meta.resolve('vega-datasets'));
  const rows = JSON.parse(readFileSync(file, 'utf8')) as Row[];
  return rows.flatMap(({ Species: species, 'Beak Length (mm)': x, 'Beak Depth (mm)': y }) =>
    x === null || y === null ? [] : [{ species, x, y }]);
}

/** Mean and standard deviation of both coordinates. */
export function moments(points: Point[]): { mean: Point; deviation: Point } {
  const along = (get: (p: Point) => number) => {
    const mean = points.reduce((s, p) => s + get(p), 0) / points.length;
    const variance = points.reduce((s, p) => s + (get(p) - mean) ** 2, 0) / points.length;
    return [mean, Math.sqrt(variance)] as const;
  };
  const [x, dx] = along((p) => p.x);
  const [y, dy] = along((p) => p.y);
  return { mean: { x, y }, deviation: { x: dx, y: dy } };
}
