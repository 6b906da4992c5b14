/**
 * `npm run bench -- scaling [FILE.svg]`: time of primal and gradient against the size of the problem, on logarithmic axes,
 * for gmm (dimension), lstm (length of the sequence) and ode (components), as an SVG.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { median } from './src/measure.ts';
import { gmm, lstm, ode, type Workload } from './gradbench/workloads.ts';

const SERIES: { title: string; sizes: number[]; make: (n: number) => Workload }[] = [
  { title: 'gmm, k = 5: dimension', sizes: [2, 4, 8, 16, 32, 64], make: (d) => gmm(d, 5) },
  { title: 'lstm, 2 layers: length of the sequence', sizes: [16, 64, 256, 1024, 4096], make: (n) => lstm(2, n) },
  { title: 'ode, 10 steps: components', sizes: [16, 64, 256, 1024, 4096, 16384], make: (n) => ode(n, 10) },
];
const SAMPLE = 4;
const REPETITIONS = 21;

interface Point { size: number; primal: number; gradient: number }

async function measure(workload: Workload, size: number): Promise<Point> {
  const functions = (await import(new URL(`gradbench/dist/evals/${workload.eval}.js`, import.meta.url).href))[workload.eval];
  const runs = [workload.primal, workload.derivative].map((name) => functions[name](workload.input).run as () => void);
  const time = (run: () => void, count: number) => {
    const start = performance.now();
    for (let i = 0; i < count; i++) run();
    return (performance.now() - start) / count;
  };
  const counts = runs.map((run) => {
    time(run, Math.min(2000, Math.ceil(200 / Math.max(0.001, time(run, 1)))));
    return Math.max(1, Math.round(SAMPLE / Math.max(0.0001, time(run, 10))));
  });
  const times: number[][] = [[], []];
  for (let i = 0; i < REPETITIONS; i++) runs.forEach((run, k) => times[k].push(time(run, counts[k])));
  return { size, primal: median(times[0]), gradient: median(times[1]) };
}

/** One panel: both curves, with a grid at powers of ten. */
function panel(title: string, points: Point[], left: number): string {
  const [width, height, top] = [300, 240, 40];
  const values = points.flatMap((p) => [p.primal, p.gradient]);
  const range = (list: number[]) => [Math.floor(Math.log10(Math.min(...list))), Math.ceil(Math.log10(Math.max(...list)))];
  const [x0, x1] = range(points.map((p) => p.size));
  const [y0, y1] = range(values);
  const x = (size: number) => left + (width * (Math.log10(size) - x0)) / (x1 - x0);
  const y = (ms: number) => top + height - (height * (Math.log10(ms) - y0)) / (y1 - y0);
  const power = (k: number) => `10<tspan dy="-5" font-size="8">${k}</tspan>`;
  const parts = [`<text x="${left}" y="${top - 14}" font-weight="bold">${title}</text>`];
  for (let k = x0; k <= x1; k++) parts.push(`<path d="M${x(10 ** k)} ${top}V${top + height}" stroke="#ddd"/><text x="${x(10 ** k)}" y="${top + height + 18}" text-anchor="middle">${power(k)}</text>`);
  for (let k = y0; k <= y1; k++) parts.push(`<path d="M${left} ${y(10 ** k)}H${left + width}" stroke="#ddd"/><text x="${left - 6}" y="${y(10 ** k) + 4}" text-anchor="end">${power(k)}</text>`);
  for (const [name, colour] of [['primal', '#4269d0'], ['gradient', '#ff725c']] as const) {
    parts.push(`<polyline fill="none" stroke="${colour}" stroke-width="2" points="${points.map((p) => `${x(p.size).toFixed(1)},${y(p[name]).toFixed(1)}`).join(' ')}"/>`);
    parts.push(...points.map((p) => `<circle cx="${x(p.size).toFixed(1)}" cy="${y(p[name]).toFixed(1)}" r="3" fill="${colour}"/>`));
    const last = points[points.length - 1];
    parts.push(`<text x="${x(last.size) + 6}" y="${y(last[name]) + 4}" fill="${colour}">${name}</text>`);
  }
  return parts.join('\n');
}

const panels: string[] = [];
for (const [i, { title, sizes, make }] of SERIES.entries()) {
  const points: Point[] = [];
  for (const size of sizes) points.push(await measure(make(size), size));
  console.log(title);
  for (const { size, primal, gradient } of points) {
    console.log(`${String(size).padStart(8)} ${primal.toPrecision(4).padStart(12)} ms ${gradient.toPrecision(4).padStart(12)} ms  ratio ${(gradient / primal).toFixed(2)}`);
  }
  const [first, last] = [points[0], points[points.length - 1]];
  const slope = (name: 'primal' | 'gradient') => (Math.log(last[name] / first[name]) / Math.log(last.size / first.size)).toFixed(2);
  console.log(`  grows as the size to the power of ${slope('primal')} (primal), ${slope('gradient')} (gradient)\n`);
  panels.push(panel(`${title} (ms)`, points, 60 + 420 * i));
}
const file = process.argv[3] ?? fileURLToPath(new URL('gradbench/dist/scaling.svg', import.meta.url));
writeFileSync(file, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1290 310" font-family="sans-serif" font-size="12">\n${panels.join('\n')}\n</svg>\n`);
console.log(`drawn in ${file}`);
