/**
 * The README's table of the language. Each fixture says in its `cases.ts` which construct it shows,
 *   export const about = { section: 'Array methods', construct: '`map` with an index' };
 * and the table has a row for each section, with a link to each fixture in it. Fixtures named `found-…` (programs that
 * were once wrong) and `one-pass-…` (an optimisation) show no construct of their own and say nothing.
 */
import { readdirSync } from 'node:fs';
import { type Fixture, fixtureNames, loadFixture, root } from './fixtures.ts';

export const SECTIONS = [
  'Numbers', 'Control flow', 'Arrays', 'Array methods', 'Typed arrays', 'Destructuring and spread', 'Strings', 'Records and tuples', 'Optional values',
  'Functions', 'Classes', 'Types', 'Memory', 'Effects', 'Transforms', 'n-d arrays', 'Programs',
];

/** What is wrong with what a fixture says about itself; undefined if it is as it should be. */
export function complaint({ name, about }: Fixture): string | undefined {
  const silent = /^(found|one-pass)-/.test(name);
  if (silent || !about) return silent ? undefined : `fixtures/${name}/cases.ts says nothing about what it shows: export const about = { section: 'Arrays', construct: '…' };`;
  if (!SECTIONS.includes(about.section)) return `fixtures/${name}/cases.ts: there is no section ${about.section}; there are ${SECTIONS.join(', ')}`;
  return about.construct ? undefined : `fixtures/${name}/cases.ts: no construct`;
}

export async function languageTable(): Promise<string> {
  const fixtures = await Promise.all(fixtureNames().map(loadFixture));
  const row = (section: string) => fixtures.filter(({ about }) => about?.section === section).map(({ name, about }) => `[${cell(about!.construct)}](fixtures/${name})`);
  const refused = readdirSync(`${root}errors`).sort().map((name) => `[${name.slice('TL0000-'.length).replaceAll('-', ' ')}](fixtures/errors/${name})`);
  const rows = SECTIONS.map((section) => [section, row(section)] as const).filter(([, links]) => links.length > 0);
  return ['| | |', '|---|---|', ...[...rows, ['Refused', refused] as const].map(([title, links]) => `| **${title}** | ${links.join(', ')} |`)].map((line) => `${line}\n`).join('');
}

/** A bar would end the cell. */
const cell = (text: string) => text.replaceAll('|', '\\|');
