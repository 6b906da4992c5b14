/** The command line: what the commands are called, and what their exit codes mean. */
import { createRequire } from 'node:module';
import { Command, CommanderError, Option } from 'commander';
import { check } from './check.ts';
import { emit } from './emit.ts';
import { FORMATS, graph, type GraphOptions } from './graph.ts';
import { UsageError, type Output } from './output.ts';
import { MODES, show, type ShowOptions } from './show.ts';

/**
 * Runs a command.
 * @returns the exit code: 0, 1 for errors in the user's code, 2 for a command line that makes no sense.
 */
export async function main(args: readonly string[], stdout: Output = process.stdout, stderr: Output = process.stderr): Promise<number> {
  const { version } = createRequire(import.meta.url)('tapeless/package.json') as { version: string };
  let code = 0;
  const output = (color: boolean) => ({ stdout, stderr, color });
  const program = new Command('tapeless')
    .description('Derivatives of TypeScript functions, as TypeScript.')
    .version(version)
    .exitOverride()
    .configureOutput({ writeOut: (text) => stdout.write(text), writeErr: (text) => stderr.write(text) })
    .configureHelp({ showGlobalOptions: true })
    .option('--no-color', 'plain text also on a terminal');
  const project = () => new Option('-p, --project <tsconfig>', 'the tsconfig, or its folder; by default the nearest one upwards');

  program.command('show')
    .description('print the derivative of a function, or of every marked function of a file')
    .argument('<file[:function]>', 'such as src/spring.ts, src/spring.ts:energy or src/spring.ts:Spring.energy')
    .addOption(new Option('--mode <mode>', 'which derivative, or the primal\'s intermediate representation; by default grad where the result is a number, else vjp')
      .choices(MODES))
    .option('--explain', 'say at the end of each line which line of the function it belongs to, which terms of the chain rule it computes, and what was kept, saved or recomputed')
    .addOption(project())
    .action(async (target: string, options: ShowOptions) => {
      code = await show(target, options, output(program.opts().color));
    });

  program.command('graph')
    .description('draw the computational graph of a function')
    .argument('<file:function>', 'such as src/spring.ts:energy')
    .addOption(new Option('--format <format>', 'Mermaid, Graphviz, or a picture, which needs the package @viz-js/viz').choices(FORMATS).default('mermaid'))
    .addOption(new Option('--mode <mode>', 'the function itself, or the forward and the reverse sweep of its pullback').choices(['primal', 'vjp']).default('primal'))
    .addOption(project())
    .action(async (target: string, options: GraphOptions) => {
      code = await graph(target, options, output(program.opts().color));
    });

  program.command('emit')
    .description('write the modules that have derivatives, with them, as .ts files that need no plugin')
    .requiredOption('--outDir <folder>', 'where to; modules keep their places relative to each other')
    .option('--check', 'write nothing; exit with 1 and list the files that are out of date')
    .addOption(project())
    .action(async ({ outDir, check, project }: { outDir: string; check?: boolean; project?: string }) => {
      code = await emit({ outDir, check, project }, output(program.opts().color));
    });

  program.command('check')
    .description('print what tapeless has to say about the marked functions of a program')
    .addOption(project())
    .action(async ({ project }: { project?: string }) => {
      code = await check({ project }, output(program.opts().color));
    });

  try {
    await program.parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (!(error instanceof UsageError)) throw error;
    stderr.write(`tapeless: ${error.message}\n`);
    return 2;
  }
}
