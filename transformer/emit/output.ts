/**
 * Printing: which functions there are, in which order, with their types, under which names; what is imported for them
 * and what is exported for others.
 */
import type { Derivatives } from '../differentiate/derivatives.ts';
import { type Demand, type Host, reservedName } from '../host/host.ts';
import type { Func, FuncRef, Result } from '../ir/ir.ts';
import { type Type, withoutNames } from '../ir/types.ts';
import { allOps, withComparators } from '../ir/walk.ts';
import { type Program, functionId } from '../lower/program.ts';
import { NUMPY } from '../parse/bindings.ts';
import type { Module } from '../parse/module.ts';
import { Names, type RuntimeFunction, printFunction, printSavedType } from '../print/index.ts';

export class Output {
  readonly demands: Demand[] = [];
  /** Some function is registered at run time. */
  /** What registers functions here, if anything does. */
  private registrar: 'register' | 'registerSecond' | undefined;
  private names: Names;
  /** Imports of other modules' bindings: by module and name, the local name. */
  private imports = new Map<string, string>();
  private runtimeFunctions = new Map<RuntimeFunction, string>();
  private exports: string[] = [];
  private printed = new Map<string, string>();

  constructor(
    private module: Module, private program: Program, private derivatives: Derivatives, private host: Host,
    private exported: boolean, private explain: boolean,
  ) {
    this.names = new Names(module.identifiers);
    for (const name of module.bindings.keys()) this.names.bind(functionId(module.file, name), name);
  }

  /** Functions are registered here, some of them with derivatives of the second order. */
  registers(second: boolean): void {
    if (second || !this.registrar) this.registrar = second ? 'registerSecond' : 'register';
  }

  /** The name of a derivative in this module. */
  nameOf(func: FuncRef): string { return this.names.of(func); }

  fresh(name: string): string { return this.names.fresh(name); }

  /** Gives names to the types of what is saved, before anything is printed. */
  nameSaved(): void {
    for (const type of this.derivatives.savedTypes) {
      for (const each of type.shadow ? [type, type.shadow] : [type]) {
        each.name = this.names.fresh(each.name);
        each.fields = each.fields.map((t) => withoutNames(t, this.isVisible));
      }
    }
  }

  /** Exports what other modules demand. */
  answerDemands(): void {
    for (const demanded of this.host.demands?.(this.module.file) ?? []) this.export(demanded);
  }

  /** The text of a function as a declaration. */
  text(func: Func): string {
    let t = this.printed.get(func.id);
    if (t === undefined) this.printed.set(func.id, (t = this.print(func, 'declaration')));
    return t;
  }

  /** Imports and exports, one on each line. */
  lines(): string[] {
    return [...this.importLines(), ...this.exports.map((e) => (e.startsWith('function') ? `export ${e}` : `export { ${e} };`))];
  }

  private isVisible = (name: string): boolean => this.module.scopes.module.lookup(name) !== undefined;

  /** export { table as __tapeless_table }; of a variable that is assigned, `=calls`, a function that does it. */
  private export(name: string): void {
    if (name.startsWith('=')) {
      this.exports.push(`function ${reservedName(name)}(value: typeof ${name.slice(1)}): void { ${name.slice(1)} = value; }`);
      return;
    }
    if (this.module.bindings.has(name)) {
      this.exports.push(`${name} as ${reservedName(name)}`);
      return;
    }
    for (const func of this.derivatives.functions.values()) {
      if (func.name === name && func.span.file === this.module.file) {
        this.exports.push(`${this.names.of({ id: func.id, name })} as ${reservedName(name)}`);
        return;
      }
    }
  }

  /** These functions and what they call that is not in the user's text: derivatives, in the order in which they were made, after instances. */
  closure(roots: string[]): Func[] {
    const { functions } = this.derivatives;
    const found = new Set<string>();
    const instances: Func[] = [];
    const visit = (id: string) => {
      const func = functions.get(id) ?? (this.program.isInstance(id) ? this.derivatives.primal(id) : undefined);
      if (!func || found.has(id)) return;
      found.add(id);
      const shown = this.derivatives.hasSolutions(func) || this.derivatives.hasArrays(func) ? this.derivatives.printed(func) : func;
      for (const op of allOps(shown.body)) {
        if (op.kind === 'call') visit(this.derivatives.user(op.attr.callee!.id));
        if (op.attr.product) visit(op.attr.product.of.id);
        if (op.attr.kernel) visit(op.attr.kernel.of.id);
      }
      if (!functions.has(id)) instances.push(func);
    };
    roots.forEach(visit);
    return [...instances, ...[...functions.values()].filter((f) => found.has(f.id))];
  }

  /** Declarations of the types of what these functions save. */
  savedTypes(functions: Func[]): string[] {
    const used = new Set<Type>();
    const visit = (type: Type) => {
      if (type.kind !== 'saved' || used.has(type)) {
        if (type.kind === 'array') visit(type.element);
        return;
      }
      used.add(type);
      type.fields.forEach(visit);
    };
    for (const f of functions) {
      f.params.forEach((p) => visit(p.value.type));
      f.body.yields.forEach((v) => visit(v.type));
      for (const op of allOps(f.body)) op.results.forEach((r) => visit(r.type));
    }
    return this.derivatives.savedTypes.flatMap((t) => (t.shadow ? [t, t.shadow] : [t])).filter((t) => used.has(t)).map((t) => this.exportable(this.withArrays(printSavedType(t))));
  }

  private exportable(text: string): string {
    return this.exported ? `export ${text}` : text;
  }

  /** Types of other modules are spelled out where this module has no name for them. */
  private nameTypes(func: Func): void {
    const values = [...func.params.map((p) => p.value), ...allOps(func.body).flatMap((op) => [...op.results, ...op.params])];
    for (const v of values) v.type = withoutNames(v.type, this.isVisible);
    const rename = (result: Result): Result => {
      switch (result.kind) {
        case 'value': return { ...result, type: withoutNames(result.type, this.isVisible) };
        case 'tuple': return { ...result, parts: result.parts.map(rename) };
        case 'record': {
          const { type, ...rest } = result;
          return { ...rest, parts: result.parts.map(rename), ...(type && this.isVisible(type) ? { type } : {}) };
        }
        default: return result;
      }
    };
    func.result = rename(func.result);
  }

  print(given: Func, form: 'declaration' | 'arrow'): string {
    const func = this.derivatives.printed(given);
    if (form === 'declaration') this.nameTypes(func);
    for (const op of withComparators(func)) {
      const callee = op.attr.primitive?.callee;
      const from = callee?.id.slice(0, callee.id.lastIndexOf('#'));
      if (callee && from !== this.module.file) this.names.bind(callee.id, this.member(from!, callee.name));
      if (op.kind !== 'call' || op.attr.method !== undefined) continue;
      const { id: own, name } = op.attr.callee!;
      const id = this.derivatives.user(own);
      const isOurs = this.derivatives.functions.has(id) || this.program.isInstance(id);
      const file = id.slice(0, id.lastIndexOf('#'));
      if (!isOurs && file !== this.module.file) this.names.bind(id, this.member(file, name));
      if (own !== id) this.names.bind(own, this.names.of({ id, name }));
    }
    const text = printFunction(func, {
      names: this.names, form, file: this.module.file, resultOf: ({ id }) => this.derivatives.primal(id).result, exported: this.exported && form === 'declaration',
      ...(this.explain ? { explain: (file: string) => this.host.source(file) } : {}),
      runtime: (name) => this.runtimeFunction(name),
      resolveFree: (name, file) => (file && file !== this.module.file && this.program.module(file)?.bindings.has(name.split('.')[0]) ? this.member(file, name) : name),
      resolveSetter: (name, file) => (file && file !== this.module.file ? this.imported(file, `=${name}`) : undefined),
    });
    return this.withArrays(text);
  }

  /** Types of arrays, `np.Array`, by the name that numpy has here. */
  private withArrays(text: string): string {
    return /\bnp\.(Array|Elements)\b/.test(text) ? text.replace(/\bnp\.(?=(Array|Elements)\b)/g, `${this.runtimeFunction('np')}.`) : text;
  }

  /** Of a member, `Vec3.zero` or `Vec3.of`, the class is what is imported. */
  private member(file: string, name: string): string {
    const [root, ...rest] = name.split('.');
    return [this.imported(file, root), ...rest].join('.');
  }

  /** The local name of another module's binding, which that module exports under a reserved name. */
  imported(file: string, name: string): string {
    const key = `${file}#${name}`;
    let local = this.imports.get(key);
    if (!local) {
      this.imports.set(key, (local = this.names.fresh(name.replace(/^=/, 'set_'))));
      this.demands.push({ file, name });
    }
    return local;
  }

  private runtimeFunction(name: RuntimeFunction): string {
    const own = [...this.module.imports].find(([, imported]) => imported === (name === 'np' ? 'numpy.*' : name));
    if (own) return own[0];
    let local = this.runtimeFunctions.get(name);
    if (!local) this.runtimeFunctions.set(name, (local = this.names.fresh(name)));
    return local;
  }

  private importLines(): string[] {
    const lines = this.registrar ? [`import { ${this.registrar} as __tapeless_register } from 'tapeless';`] : [];
    const np = this.runtimeFunctions.get('np');
    if (np) lines.push(`import { ${np === 'np' ? np : `np as ${np}`} } from '${NUMPY}';`);
    const functions = [...this.runtimeFunctions].filter(([name]) => name !== 'np').map(([name, local]) => (name === local ? name : `${name} as ${local}`));
    if (functions.length) lines.push(`import { ${functions.join(', ')} } from 'tapeless';`);
    for (const [key, local] of this.imports) {
      const at = key.lastIndexOf('#');
      lines.push(`import { ${reservedName(key.slice(at + 1))} as ${local} } from '${this.specifier(key.slice(0, at))}';`);
    }
    return lines;
  }

  /** How this module would import that file: as it does already, or by a relative path in the same style. */
  private specifier(file: string): string {
    const relative: string[] = [];
    for (const statement of this.module.ast.program.body) {
      if (statement.type !== 'ImportDeclaration') continue;
      const specifier = statement.source.value;
      if (this.host.resolve(this.module.file, specifier) === file) return specifier;
      if (specifier.startsWith('.')) relative.push(specifier);
    }
    const ending = /\.\w+$/.exec(relative[0] ?? '.js')?.[0] ?? '';
    const from = this.module.file.split('/').slice(0, -1);
    const to = file.split('/');
    while (from.length && from[0] === to[0]) {
      from.shift();
      to.shift();
    }
    const path = [...from.map(() => '..'), ...to].join('/').replace(/\.([cm]?)tsx?$/, (whole, kind) => (/^\.[cm]?ts/.test(ending) ? whole : ending && `.${kind}js`));
    return path.startsWith('.') ? path : `./${path}`;
  }
}

