/** `tapeless check`: diagnostics of a whole program. */
import { transformProgram } from '../transformer/program.ts';
import { printProblems, type Streams } from './output.ts';
import { openProject } from './project.ts';

export async function check({ project: path }: { project?: string }, streams: Streams): Promise<number> {
  const project = await openProject(path);
  const results = transformProgram(project.files, project.host);
  const problems = [...project.syntaxErrors(project.files), ...[...results.values()].flatMap((r) => r.diagnostics)];
  if (problems.length) {
    printProblems(problems, project.host.source, streams);
    return 1;
  }
  const functions = new Set([...results].flatMap(([file, r]) => r.derivatives.map((d) => `${file}:${d.function}`)));
  const count = (n: number, what: string) => `${n} ${what}${n === 1 ? '' : 's'}`;
  streams.stdout.write(`No errors; derivatives of ${count(functions.size, 'function')} in ${count(results.size, 'module')}.\n`);
  return 0;
}
