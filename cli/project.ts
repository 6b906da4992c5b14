/**
 * The program that a command works on: its modules, and a host that answers for them. With TypeScript (up to 6)
 * installed next to the tsconfig, its checker answers; otherwise (TypeScript 7 has no checker that other programs
 * can ask) the annotations in the text do.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parse } from '@babel/parser';
import { createFilesMatcher, findTsconfig, parseTsconfig, type TsConfigJsonResolved } from 'get-tsconfig';
import { annotationHost } from '../transformer/host/annotations.ts';
import { checkerHost, isSource, type TypeScript } from '../transformer/host/checker.ts';
import type { Host } from '../transformer/host/host.ts';
import { UsageError, type Problem } from './output.ts';

export interface Project {
  /** The program's modules, as absolute paths with `/`: no declaration files, nothing from `node_modules`. */
  files: string[];
  /** `rootDir` of the tsconfig. */
  rootDir?: string;
  host: Omit<Host, 'demands'>;
  syntaxErrors(files: Iterable<string>): Problem[];
}

/**
 * @param path of the tsconfig or its folder; by default the nearest one, upwards from `file` or the current folder.
 * @param file belongs to the program even if the tsconfig does not include it.
 */
export async function openProject(path: string | undefined, file?: string): Promise<Project> {
  const tsconfig = path === undefined ? findTsconfig(resolve(file ?? '.')) : tsconfigAt(path);
  if (tsconfig === undefined && file === undefined) throw new UsageError('no tsconfig.json here or upwards; name one with -p');
  const ts = await findTypeScript(tsconfig ?? file!);
  return ts && tsconfig !== undefined ? checkedProject(ts, tsconfig, file) : annotatedProject(tsconfig, file);
}

function tsconfigAt(path: string): string {
  const file = existsSync(path) && statSync(path).isDirectory() ? join(path, 'tsconfig.json') : path;
  if (!existsSync(file)) throw new UsageError(`there is no ${file}`);
  return resolve(file);
}

/** The TypeScript that compiles the user's project. */
async function findTypeScript(near: string): Promise<TypeScript | undefined> {
  let entry: string;
  try {
    entry = createRequire(resolve(near)).resolve('typescript');
  } catch {
    return undefined;
  }
  const { default: ts } = await import(pathToFileURL(entry).href) as { default?: TypeScript };
  return typeof ts?.createProgram === 'function' ? ts : undefined;
}

function checkedProject(ts: TypeScript, tsconfig: string, file?: string): Project {
  const unreadable = (problem: import('typescript').Diagnostic): never => {
    throw new UsageError(ts.flattenDiagnosticMessageText(problem.messageText, '\n'));
  };
  const parsed = ts.getParsedCommandLineOfConfigFile(tsconfig, undefined, { ...ts.sys, onUnRecoverableConfigFileDiagnostic: unreadable })!;
  // 18003: the tsconfig includes no file, which is no matter where one is named.
  for (const problem of parsed.errors) if (!(problem.code === 18003 && file !== undefined)) unreadable(problem);
  const program = ts.createProgram({
    rootNames: file === undefined ? parsed.fileNames : [...new Set([...parsed.fileNames, file])],
    options: { ...parsed.options, noEmit: true },
    projectReferences: parsed.projectReferences,
  });
  return {
    files: program.getSourceFiles().filter((source) => isSource(ts, program, source)).map((source) => source.fileName),
    rootDir: parsed.options.rootDir,
    host: checkerHost(ts, program),
    syntaxErrors: (files) => [...files].flatMap((name) => program.getSyntacticDiagnostics(program.getSourceFile(name))).map((d) => ({
      code: `TS${d.code}`,
      message: ts.flattenDiagnosticMessageText(d.messageText, '\n'),
      span: { file: d.file.fileName, start: d.start, end: d.start + d.length },
    })),
  };
}

function annotatedProject(tsconfig: string | undefined, file?: string): Project {
  const config = tsconfig === undefined ? undefined : parseTsconfig(tsconfig);
  const rootDir = config?.compilerOptions?.rootDir;
  const included = tsconfig === undefined || !config ? [] : includedFiles(tsconfig, config);
  const files = file === undefined || included.includes(file) ? included : [...included, file];
  const host = annotationHost(new Sources());
  return {
    files,
    rootDir: tsconfig !== undefined && rootDir !== undefined ? resolve(dirname(tsconfig), rootDir) : undefined,
    host,
    syntaxErrors: (files) => [...files].flatMap((name) => syntaxErrors(name, host.source(name) ?? '')),
  };
}

/** Modules on the disk, read when they are asked for. */
class Sources extends Map<string, string> {
  override get(file: string): string | undefined {
    if (!super.has(file) && isModule(file) && existsSync(file)) this.set(file, readFileSync(file, 'utf8'));
    return super.get(file);
  }
  override has(file: string): boolean {
    return this.get(file) !== undefined;
  }
}

const isModule = (file: string) => /(?<!\.d)\.[cm]?tsx?$/.test(file) && !file.includes('/node_modules/');

function includedFiles(tsconfig: string, config: TsConfigJsonResolved): string[] {
  const matches = createFilesMatcher({ path: tsconfig, config });
  const walk = (folder: string): string[] => readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return entry.name === 'node_modules' || entry.name.startsWith('.') ? [] : walk(path);
    return isModule(path) && matches(path) ? [path] : [];
  });
  return walk(dirname(tsconfig).replaceAll('\\', '/'));
}

function syntaxErrors(file: string, text: string): Problem[] {
  try {
    parse(text, { sourceType: 'module', plugins: ['typescript', 'decorators', ...(file.endsWith('x') ? ['jsx' as const] : [])] });
    return [];
  } catch (error) {
    const { pos, message } = error as { pos: number; message: string };
    return [{ code: 'syntax', message, span: { file, start: pos, end: pos } }];
  }
}
