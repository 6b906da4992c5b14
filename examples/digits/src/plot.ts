/** The loss of each step as an SVG image, drawn by Observable Plot. */
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';

export function plot(losses: number[], title: string): string {
  const points = losses.map((loss, step) => ({ step: step + 1, loss }));
  const { document } = parseHTML('<html></html>');
  const svg = Plot.plot({
    document,
    width: 760, height: 420, marginTop: 60, marginLeft: 52, marginBottom: 46,
    style: { background: 'white', fontFamily: 'Helvetica, Arial, sans-serif', fontSize: '12px' },
    x: { label: 'Step', labelAnchor: 'center', labelArrow: 'none' },
    y: { type: 'log', label: 'Cross-entropy', labelArrow: 'none', grid: true, ticks: 5 },
    marks: [
      Plot.dot(points, { x: 'step', y: 'loss', r: 1, fill: '#4269d0', fillOpacity: 0.4 }),
      Plot.lineY(points, Plot.windowY({ k: 25, strict: false }, { x: 'step', y: 'loss', stroke: '#4269d0', strokeWidth: 2 })),
      Plot.text([title], { frameAnchor: 'top-left', dy: -40, fontSize: 16, fontWeight: 'bold', fill: '#333' }),
    ],
  }) as unknown as { outerHTML: string };
  return svg.outerHTML.replace('<svg ', '<svg xmlns="http://www.w3.org/2000/svg" ');
}
