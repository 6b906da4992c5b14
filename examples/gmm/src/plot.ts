/** Data and fit as an SVG image, drawn by Observable Plot. */
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import type { Penguin } from './data.js';
import { logWeights, type Component, type Point } from './mixture.js';

const INK = '#333';
const COLORS = ['#4269d0', '#e6a400', '#ff725c'];

/** The points at `radius` standard deviations from the mean: mean + radius · L (cos t, sin t)ᵀ. */
function ellipse(c: Component, radius: number): Point[] {
  return Array.from({ length: 97 }, (_, i) => {
    const t = (2 * Math.PI * i) / 96;
    const u = radius * Math.cos(t);
    const v = radius * Math.sin(t);
    return { x: c.x + Math.exp(c.logScaleX) * u, y: c.y + c.shear * u + Math.exp(c.logScaleY) * v };
  });
}

export function plot(penguins: Penguin[], mixture: Component[], title: string): string {
  const weights = logWeights(mixture);
  const species = [...new Set(penguins.map((p) => p.species))];
  const outline = (radius: number) => mixture.flatMap((c, component) => ellipse(c, radius).map((p) => ({ ...p, component })));
  const area = { x: 'x', y: 'y', z: 'component', stroke: INK, fill: INK, curve: 'catmull-rom-closed' } as const;
  const top = mixture.map((c, k) => ({
    ...ellipse(c, 2).reduce((highest, p) => (p.y > highest.y ? p : highest)),
    text: `${(100 * Math.exp(weights[k])).toFixed(0)} %`,
  }));
  const heading = { frameAnchor: 'top-left', textAnchor: 'start', dx: -38, fill: INK } as const;

  const { document } = parseHTML('<html></html>');
  const svg = Plot.plot({
    document,
    width: 760, height: 600, marginTop: 100, marginLeft: 52, marginBottom: 46,
    style: { background: 'white', fontFamily: 'Helvetica, Arial, sans-serif', fontSize: '12px' },
    x: { label: 'Bill length (mm)', labelAnchor: 'center', labelArrow: 'none', inset: 10, nice: true },
    y: { label: 'Bill depth (mm)', labelAnchor: 'center', labelArrow: 'none', inset: 10, nice: true },
    color: { type: 'categorical', domain: species, range: COLORS },
    symbol: { domain: species, range: ['circle', 'triangle', 'square'] },
    marks: [
      Plot.gridX({ strokeOpacity: 0.07 }), Plot.gridY({ strokeOpacity: 0.07 }),
      Plot.line(outline(2), { ...area, fillOpacity: 0.05, strokeOpacity: 0.6, strokeDasharray: '5 4' }),
      Plot.line(outline(1), { ...area, fillOpacity: 0.07, strokeWidth: 1.6 }),
      Plot.dot(penguins, { x: 'x', y: 'y', symbol: 'species', fill: 'species', r: 3.2, fillOpacity: 0.8, stroke: 'white', strokeWidth: 0.5 }),
      Plot.dot(mixture, { x: 'x', y: 'y', symbol: 'plus', stroke: INK, r: 5, strokeWidth: 2 }),
      Plot.text(top, { x: 'x', y: 'y', text: 'text', dy: -11, fill: INK, stroke: 'white', strokeWidth: 4, fontWeight: 'bold', fontSize: 13 }),
      Plot.text([title], { ...heading, dy: -86, fontSize: 17, fontWeight: 'bold' }),
      Plot.text(['Ellipses: one and two standard deviations of each component, with its weight. Colours: species, which the fit does not see.'],
        { ...heading, dy: -60 }),
      ...species.map((name, i) => Plot.text([`${'●▲■'[i]} ${name}`], { ...heading, dx: 110 * i - 38, dy: -34, fill: COLORS[i], fontWeight: 'bold' })),
    ],
  });
  svg.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  return svg.outerHTML;
}
