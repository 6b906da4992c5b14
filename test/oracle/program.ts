/** Modules of the interpreted program: loading, imports, exports. */
import { parse } from '@babel/parser';
import type * as t from '@babel/types';
import { makeClass } from './classes.ts';
import { Interpreter } from './interpret.ts';
import { GLOBALS } from './library.ts';
import { type Cell, Scope } from './scope.ts';

type Exports = Map<string, () => Cell>;
interface Module { scope: Scope; exports: Exports }

export interface ProgramOptions {
  /** Modules and globals that replace or extend the usual ones: `console`, or what `tapeless` exports. */
  globals?: Record<string, unknown>;
  modules?: Record<string, Record<string, unknown>>;
  /** Statements and calls after which the program counts as endless. */
  fuel?: number;
}

export class Program {
  private readonly loaded = new Map<string, Module>();
  private readonly globals = new Scope();
  private readonly interpreter: Interpreter;

  constructor(private readonly sources: Record<string, string>, private readonly options: ProgramOptions = {}) {
    this.interpreter = new Interpreter(options.fuel ?? 2e7);
    for (const [name, value] of Object.entries({ ...GLOBALS, ...options.globals })) this.globals.declare(name, value);
    this.globals.declare('this', undefined);
  }

  /** A function of a module by its name: `f`, `Class.method` or `default`. */
  lookup(file: string, name: string): any {
    const { scope, exports } = this.load(file);
    if (name === 'default') return exports.get('default')!().value;
    const [head, ...rest] = name.split('.');
    return rest.reduce((object, key) => (object.prototype && key in object.prototype ? object.prototype[key] : object[key]), scope.find(head).value);
  }

  private load(file: string): Module {
    const known = this.loaded.get(file);
    if (known) return known;
    const ast = parsed(this.sources[file]);
    const module: Module = { scope: new Scope(this.globals, true), exports: new Map() };
    this.loaded.set(file, module);
    const { body } = ast.program;
    for (const s of body) if (s.type === 'ImportDeclaration' && s.importKind !== 'type') this.import(s, file, module.scope);
    this.interpreter.hoist(body.map((s) => ((s.type === 'ExportNamedDeclaration' || s.type === 'ExportDefaultDeclaration') && s.declaration ? s.declaration as t.Statement : s)), module.scope);
    for (const s of body) this.topLevel(s, file, module);
    return module;
  }

  private exportsOf(specifier: string, from: string): Exports {
    const given = this.options.modules?.[specifier];
    if (given) return new Map(Object.entries(given).map(([name, value]) => [name, () => ({ value })]));
    const path = specifier.startsWith('.') ? new URL(specifier, `file:///${from.replace(/^\//, '')}`).pathname.slice(1) : specifier;
    const base = path.replace(/\.[cm]?js$/, '');
    for (const file of Object.keys(this.sources)) {
      if ([path, base, `${base}.ts`, `${base}/index.ts`].includes(file.replace(/^\//, ''))) return this.load(file).exports;
    }
    throw new Error(`the oracle has no module ${specifier}`);
  }

  private import(s: t.ImportDeclaration, file: string, scope: Scope): void {
    const exports = this.exportsOf(s.source.value, file);
    for (const specifier of s.specifiers) {
      if (specifier.type === 'ImportNamespaceSpecifier') {
        const namespace = Object.defineProperties({}, Object.fromEntries([...exports].map(([name, cell]) => [name, { get: () => cell().value, enumerable: true }])));
        scope.declare(specifier.local.name, namespace);
      } else if (specifier.type === 'ImportDefaultSpecifier' || specifier.importKind !== 'type') {
        const name = specifier.type === 'ImportDefaultSpecifier' ? 'default' : nameOf(specifier.imported);
        const cell = exports.get(name);
        if (cell) scope.cells.set(specifier.local.name, cell());
      }
    }
  }

  private topLevel(s: t.Statement, file: string, { scope, exports }: Module): void {
    switch (s.type) {
      case 'ImportDeclaration': break;
      case 'ExportNamedDeclaration': {
        if (s.exportKind === 'type') break;
        if (s.declaration) {
          this.interpreter.statement(s.declaration, scope);
          for (const name of declaredNames(s.declaration)) exports.set(name, () => scope.find(name));
        }
        const source = s.source && this.exportsOf(s.source.value, file);
        for (const specifier of s.specifiers) {
          if (specifier.type === 'ExportNamespaceSpecifier') exports.set(specifier.exported.name, () => ({ value: Object.fromEntries([...source!].map(([n, c]) => [n, c().value])) }));
          else if (specifier.type === 'ExportSpecifier') exports.set(nameOf(specifier.exported), () => (source ? source.get(specifier.local.name)!() : scope.find(specifier.local.name)));
        }
        break;
      }
      case 'ExportAllDeclaration':
        for (const [name, cell] of this.exportsOf(s.source.value, file)) exports.set(name, cell);
        break;
      case 'ExportDefaultDeclaration': {
        const d = s.declaration;
        if (d.type === 'TSDeclareFunction') break;
        const value = d.type === 'FunctionDeclaration' ? (d.id ? scope.find(d.id.name).value : this.interpreter.makeFunction(d, scope))
          : d.type === 'ClassDeclaration' ? makeClass(this.interpreter, d, scope) : this.interpreter.evaluate(d as t.Expression, scope);
        if (d.type === 'ClassDeclaration' && d.id) scope.declare(d.id.name, value);
        exports.set('default', () => ({ value }));
        break;
      }
      default: this.interpreter.statement(s, scope);
    }
  }
}

/** The same program is run at many points. */
const trees = new Map<string, ReturnType<typeof parse>>();
function parsed(text: string): ReturnType<typeof parse> {
  let tree = trees.get(text);
  if (!tree) {
    if (trees.size > 100) trees.clear();
    trees.set(text, tree = parse(text, { sourceType: 'module', plugins: ['typescript'] }));
  }
  return tree;
}

function nameOf(node: t.Identifier | t.StringLiteral): string {
  return node.type === 'Identifier' ? node.name : node.value;
}

function declaredNames(d: t.Declaration): string[] {
  const names = (node: t.Node | null): string[] => {
    switch (node?.type) {
      case 'Identifier': return [node.name];
      case 'ArrayPattern': return node.elements.flatMap((e) => names(e as t.Node | null));
      case 'ObjectPattern': return node.properties.flatMap((p) => names(p.type === 'RestElement' ? p.argument : p.value));
      case 'AssignmentPattern': return names(node.left);
      case 'RestElement': return names(node.argument);
      default: return [];
    }
  };
  if (d.type === 'VariableDeclaration') return d.declarations.flatMap((v) => names(v.id));
  return 'id' in d && d.id?.type === 'Identifier' && !d.type.startsWith('TSInterface') && !d.type.startsWith('TSType') && d.type !== 'TSDeclareFunction' ? [d.id.name] : [];
}

