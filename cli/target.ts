/** What a command works on that is given `FILE:FUNCTION`. */
import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Host } from '../transformer/host/host.ts';
import type { Module } from '../transformer/parse/module.ts';
import { isFunction, keyOf, unwrap } from '../transformer/parse/walk.ts';
import { UsageError, type Problem } from './output.ts';
import { openProject } from './project.ts';

export interface Target {
  host: Host;
  file: string;
  text: string;
  /** The function or method, `Spring.energy`. */
  name?: string;
  /** Syntax errors of the file. */
  broken: Problem[];
}

export async function openTarget(target: string, path: string | undefined): Promise<Target> {
  const { file, name } = parseTarget(target);
  const project = await openProject(path, file);
  const host: Host = { ...project.host, demands: () => [] };
  const text = host.source(file);
  if (text === undefined) throw new UsageError(`${target} is no TypeScript source`);
  return { host, file, text, ...(name === undefined ? {} : { name }), broken: project.syntaxErrors([file]) };
}

/** `src/spring.ts:Spring.energy`; a colon may also be part of the path. */
function parseTarget(target: string): { file: string; name?: string } {
  const isFile = (path: string) => existsSync(path) && statSync(path).isFile();
  const colon = target.lastIndexOf(':');
  const [path, name] = isFile(target) || colon < 0 ? [target] : [target.slice(0, colon), target.slice(colon + 1)];
  if (!isFile(path)) throw new UsageError(`there is no file ${path}`);
  const file = resolve(path).replaceAll('\\', '/');
  return name ? { file, name } : { file };
}

/** Functions and methods at the module's top level by name, and where a mark of each would stand. */
export function functions(module: Module): Map<string, number> {
  const found = new Map<string, number>();
  for (const statement of module.ast.program.body) {
    const inner = 'declaration' in statement && statement.declaration ? statement.declaration : statement;
    const start = statement.start!;
    if (inner.type === 'VariableDeclaration') {
      const [{ id, init }] = inner.declarations;
      if (id.type === 'Identifier' && init && isFunction(unwrap(init))) found.set(id.name, start);
    } else if (inner.type === 'ClassDeclaration' && inner.id) {
      for (const member of inner.body.body) {
        if (member.type === 'ClassMethod' && member.kind === 'method' && keyOf(member) !== undefined) found.set(`${inner.id.name}.${keyOf(member)}`, member.start!);
      }
    } else if (isFunction(unwrap(inner))) {
      found.set(inner.type === 'FunctionDeclaration' && inner.id ? inner.id.name : 'default', start);
    }
  }
  return found;
}

export function noFunction(name: string, module: Module): UsageError {
  const names = [...functions(module).keys()];
  return new UsageError(`there is no function \`${name}\` in ${module.file}${names.length ? `, but ${names.map((n) => `\`${n}\``).join(', ')}` : ''}`);
}
