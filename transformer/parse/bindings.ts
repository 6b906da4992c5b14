/** The module-level bindings of a module, what it imports and exports. */
import type * as t from '@babel/types';
import type { Binding, Module } from './module.ts';
import { boundNames, isFunction, unwrap } from './walk.ts';

type Names = Pick<Module, 'bindings' | 'exports' | 'stars' | 'imports'>;

/** The package whose functions the compiler knows. */
export const PACKAGE = 'tapeless';
export const NUMPY = `${PACKAGE}/numpy`;

export function collectBindings(body: readonly t.Statement[]): Names {
  const names: Names = { bindings: new Map(), exports: new Map(), stars: [], imports: new Map() };
  for (const statement of body) collect(statement, names);
  for (const [exported, e] of names.exports) {
    const binding = 'local' in e ? names.bindings.get(e.local) : undefined;
    if (binding && binding.kind !== 'import') binding.exported ??= exported;
  }
  return names;
}

function collect(statement: t.Node, names: Names): void {
  const { bindings, exports } = names;
  const add = (binding: Binding) => bindings.set(binding.name, binding);
  switch (statement.type) {
    case 'FunctionDeclaration':
      if (statement.id) add({ kind: 'function', name: statement.id.name, node: statement });
      break;
    case 'TSDeclareFunction':
      if (statement.id && !bindings.has(statement.id.name)) add({ kind: 'other', name: statement.id.name, id: statement.id });
      break;
    case 'ClassDeclaration':
      if (statement.id) add({ kind: 'class', name: statement.id.name, node: statement });
      break;
    case 'TSEnumDeclaration': add({ kind: 'enum', name: statement.id.name, node: statement }); break;
    case 'TSModuleDeclaration': {
      if (statement.declare || statement.id.type !== 'Identifier' || statement.body.type !== 'TSModuleBlock') break;
      const { name } = statement.id;
      const before = bindings.get(name);
      if (before?.kind === 'block') before.nodes.push(statement);
      else if (!before) add({ kind: 'block', name, nodes: [statement] });
      break;
    }
    case 'VariableDeclaration':
      for (const { id, init } of statement.declarations) {
        const value = init && unwrap(init);
        if (id.type !== 'Identifier') boundNames(id).forEach((name) => add({ kind: 'other', name: name.name, id: name }));
        else if (statement.kind !== 'const') add({ kind: 'let', name: id.name, id });
        else if (isFunction(value)) add({ kind: 'function', name: id.name, node: value });
        else if (init) add({ kind: 'const', name: id.name, init, id });
        else add({ kind: 'other', name: id.name, id });
      }
      break;
    case 'ImportDeclaration':
      for (const s of statement.specifiers) {
        const imported = s.type === 'ImportNamespaceSpecifier' ? '*' : s.type === 'ImportDefaultSpecifier' ? 'default' : nameOf(s.imported);
        add({ kind: 'import', name: s.local.name, specifier: statement.source.value, imported });
        if (statement.source.value === PACKAGE) names.imports.set(s.local.name, imported);
        if (statement.source.value === `${PACKAGE}/implicit`) names.imports.set(s.local.name, `implicit.${imported}`);
        // `import { np }` and `import * as np` are the same.
        if (statement.source.value === NUMPY) names.imports.set(s.local.name, imported === 'np' ? 'numpy.*' : `numpy.${imported}`);
      }
      break;
    case 'ExportNamedDeclaration':
      if (statement.declaration) {
        collect(statement.declaration, names);
        for (const name of declaredNames(statement.declaration)) exports.set(name, { local: name });
      }
      for (const s of statement.specifiers) {
        const source = statement.source?.value;
        if (s.type === 'ExportNamespaceSpecifier') exports.set(s.exported.name, { specifier: source!, imported: '*' });
        else if (s.type === 'ExportSpecifier') {
          const local = nameOf(s.local);
          exports.set(nameOf(s.exported), source === undefined ? { local } : { specifier: source, imported: local });
        }
      }
      break;
    case 'ExportAllDeclaration': names.stars.push(statement.source.value); break;
    case 'ExportDefaultDeclaration': exports.set('default', { local: defaultExport(statement.declaration, bindings) }); break;
  }
}

/** Binds what is exported by default, under its own name or as `default`. */
function defaultExport(node: t.Node, bindings: Map<string, Binding>): string {
  const value = unwrap(node);
  if (value.type === 'Identifier') return value.name;
  const name = 'id' in value && value.id?.type === 'Identifier' ? value.id.name : 'default';
  if (isFunction(value)) bindings.set(name, { kind: 'function', name, node: value });
  else if (value.type === 'ClassDeclaration') bindings.set(name, { kind: 'class', name, node: value });
  else if (!bindings.has(name)) bindings.set(name, { kind: 'other', name });
  return name;
}

function declaredNames(node: t.Node): string[] {
  if (node.type === 'VariableDeclaration') return node.declarations.flatMap((d) => boundNames(d.id).map((id) => id.name));
  return 'id' in node && node.id?.type === 'Identifier' ? [node.id.name] : [];
}

export function nameOf(node: t.Identifier | t.StringLiteral): string {
  return node.type === 'Identifier' ? node.name : node.value;
}

