/** Prints a function of the IR back into its module, to run it there beside the original. */
import type { Func } from '../../transformer/ir/ir.ts';
import { type Program, functionId } from '../../transformer/lower/program.ts';
import { Names, printFunction } from '../../transformer/print/index.ts';
import type { Sources } from './programs.ts';

export interface PrintedBack {
  /** The name of the printed function. */
  name: string;
  text: string;
  /** The program with the printed function in its module. */
  sources: Sources;
}

export function printBack(sources: Sources, file: string, program: Program, func: Func): PrintedBack {
  const module = program.module(file)!;
  const names = new Names(module.identifiers);
  for (const binding of module.bindings.values()) if (binding.kind !== 'import') names.bind(functionId(file, binding.name), binding.name);
  // Other modules are reached through the scopes that `load` gives them.
  const others = new Map<string, string>();
  const scopeOf = (other: string) => {
    if (!others.has(other)) others.set(other, names.fresh('other'));
    return others.get(other)!;
  };
  const bind = (id: string) => {
    const [other, name] = id.split('#');
    if (other !== file) names.bind(id, `${scopeOf(other)}.${name === 'default' ? name : `__scope.${name}`}`);
    return program.function(id);
  };
  const name = names.fresh(`${func.name.replace(/\W/g, '_')}_printed`);
  names.bind(func.id, name);
  const instances = new Map<string, Func>();
  const print = (f: Func): string => printFunction(f, {
    names, file, exported: true,
    resultOf: (callee) => {
      if (!program.isInstance(callee.id)) return bind(callee.id).result;
      const instance = program.function(callee.id);
      instances.set(callee.id, instance);
      return instance.result;
    },
    resolveFree: (free, other) => (other && other !== file ? `${scopeOf(other)}.__scope.${free}` : free),
  });
  const texts = [print(func)];
  const printed = new Set<string>();
  for (const [id, instance] of instances) {
    if (!printed.has(id)) texts.push(print(instance));
    printed.add(id);
  }
  const text = texts.join('\n\n');
  const imports = [...others].map(([other, local]) => `import * as ${local} from './${other}';`);
  return { name, text, sources: { ...sources, [file]: [sources[file], ...imports, text, ''].join('\n') } };
}
