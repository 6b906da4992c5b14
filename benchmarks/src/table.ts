/** Measured tables in the documentation: between `<!-- NAME -->` and `<!-- /NAME -->`, written by `npm run bench -- … --write`. */
import { readFileSync, writeFileSync } from 'node:fs';

/** Prints a Markdown table, and puts it into the file where the command line says `--write`. */
export function table(file: string, name: string, head: string[], rows: string[][]): void {
  const lines = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |\n`).join('');
  console.log(lines);
  if (!process.argv.includes('--write')) return;
  const url = new URL(`../../docs/${file}`, import.meta.url);
  const text = readFileSync(url, 'utf8');
  const place = new RegExp(`(?<=<!-- ${name} -->\\n)[^]*?(?=<!-- /${name} -->)`);
  if (!place.test(text)) throw new Error(`${file} has no place for the table ${name}`);
  writeFileSync(url, text.replace(place, () => lines));
}
