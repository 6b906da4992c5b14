/**
 * What goes into the user's text: derivatives at its end, and, where the user's code needs them, references to them.
 * `Emission` collects what a module asks for; printing comes last, when it is known which functions there are.
 */
import { type Diagnostic, CompileError, fail } from './diagnostics.ts';
import type { Derivatives } from './differentiate/derivatives.ts';
import { gradientFunction } from './differentiate/compose.ts';
import type { Request } from './differentiate/variant.ts';
import { type Demand, type Host, reservedName } from './host/host.ts';
import type { Func, FuncRef, Result } from './ir/ir.ts';
import { resultType } from './ir/ir.ts';
import { type Type, isDifferentiable, isMemory, withoutNames } from './ir/types.ts';
import { allOps, withComparators } from './ir/walk.ts';
import type { Program } from './lower/program.ts';
import { functionId } from './lower/program.ts';
import type { Escape, Mark, Module, TransformCall } from './parse/module.ts';
import { Names, type RuntimeFunction, printFunction, printSavedType } from './print/index.ts';
import type { Insertion } from './assemble.ts';

export type Mode = 'jvp' | 'vjp' | 'grad';

export interface Derivative {
  /** The function's name in its module, `rosenbrock` or `Spring.energy`. */
  function: string;
  mode: Mode;
  wrt: number[];
  text: string;
}

/** The derivatives of one function with respect to some of its parameters, as the run-time record lists them. */
interface Family {
  name: string;
  wrt: number[];
  parameters: number;
  /** The last parameter takes all further arguments. */
  rest: boolean;
  /** Pairs of arguments, the first of which is written, that must not share memory: their derivatives take them to be apart. */
  disjoint: [number, number][];
  functions: Partial<Record<'grad' | 'jvp' | 'fwd' | 'bwd', FuncRef>>;
}

const MEMBERS: Record<Mode, ('grad' | 'jvp' | 'fwd' | 'bwd')[]> = { grad: ['grad'], jvp: ['jvp'], vjp: ['fwd', 'bwd'] };
const MODES: Record<TransformCall['transform'], Mode> = { grad: 'grad', valueAndGrad: 'grad', jvp: 'jvp', vjp: 'vjp' };

export class Emission {
  readonly insertions: Insertion[] = [];
  readonly diagnostics: Diagnostic[] = [];
  readonly demands: Demand[] = [];
  private names: Names;
  private families: Family[] = [];
  /** Functions of ours that are printed in place rather than at the end. */
  private inPlace = new Set<string>();
  /** Imports of other modules' bindings: by module and name, the local name. */
  private imports = new Map<string, string>();
  private writes: (() => Insertion[])[] = [];
  private registers = false;

  constructor(
    private module: Module, private program: Program, private derivatives: Derivatives, private host: Host,
    private exported: boolean,
  ) {
    this.names = new Names(module.identifiers);
    for (const name of module.bindings.keys()) this.names.bind(functionId(module.file, name), name);
  }

  /** Runs one part of the work; an error in it is reported, and the rest goes on. */
  private attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof CompileError)) throw error;
      const { diagnostic: d } = error;
      const same = (o: Diagnostic) => o.code === d.code && o.span.file === d.span.file && o.span.start === d.span.start;
      if (!this.diagnostics.some(same)) this.diagnostics.push(d);
    }
  }

  mark(mark: Mark): void {
    this.attempt(() => {
      if ((mark.order ?? 1) > 1) fail('TL1008', mark.span, mark.order!);
      const id = functionId(this.module.file, mark.name);
      const family = this.family(id, mark.name, this.markedParameters(id, mark), ['jvp', 'vjp', 'grad'], mark);
      this.registers = true;
      this.writes.push(() => this.registration(mark, family));
    });
  }

  /** Which parameters a marked function is differentiated with respect to: those of the mark, or all that the result depends on. */
  private markedParameters(id: string, mark: Mark | undefined): number[] {
    const primal = this.derivatives.primal(id);
    if (!isDifferentiable(resultType(primal.result))) fail('TL3004', mark?.span ?? primal.span, primal.name, 'result');
    const active = this.derivatives.activeParameters(id);
    if (!mark?.wrt) {
      if (active.length === 0) fail('TL3004', mark?.span ?? primal.span, primal.name, 'argument');
      return active;
    }
    const wrt = mark.wrt.map((name) => {
      const i = primal.params.findIndex((p) => p.value.name === name);
      if (!active.includes(i)) fail('TL3005', mark.span, primal.name, name);
      return i;
    });
    return wrt.sort((a, b) => a - b);
  }

  private family(id: string, name: string, wrt: number[], modes: Mode[], mark?: Mark): Family {
    const primal = this.derivatives.primal(id);
    const request: Request = this.derivatives.request(id, wrt);
    const family: Family = { name, wrt, parameters: primal.params.length, rest: hasRest(primal), disjoint: this.disjoint(id), functions: {} };
    for (const mode of modes) {
      if (mode === 'jvp') family.functions.jvp = this.derivatives.jvp(request);
      if (mode === 'vjp') Object.assign(family.functions, pick(this.derivatives.vjp(request)));
      if (mode === 'grad' && resultType(primal.result).kind === 'number') family.functions.grad = this.derivatives.grad(request);
    }
    if (mark) this.describe(family, mark);
    this.families.push(family);
    return family;
  }

  /** Arguments whose memory the function writes. */
  private written(id: string): number[] {
    const { params } = this.derivatives.primal(id);
    const aliases = this.derivatives.summaries(id);
    if (!aliases || aliases === 'nothing') return [];
    const cells = new Set([...aliases.writes.values()].flatMap((written) => [...written].map((c) => c.find())));
    return params.flatMap((p, i) => (isMemory(p.value.type) && [...aliases.of(p.value).reachable()].some((cell) => cells.has(cell)) ? [i] : []));
  }

  private disjoint(id: string): [number, number][] {
    const { params } = this.derivatives.primal(id);
    const pairs: [number, number][] = [];
    for (const i of this.written(id)) {
      params.forEach((p, j) => { if (j !== i && isMemory(p.value.type) && !pairs.some(([x, y]) => x === j && y === i)) pairs.push([i, j]); });
    }
    return pairs;
  }

  private describe(family: Family, mark: Mark): void {
    const line = this.module.text.slice(0, mark.node.start!).split('\n').length;
    const where = `(${this.module.file.slice(this.module.file.lastIndexOf('/') + 1)}:${line})`;
    const docs = { grad: 'Value and gradient', jvp: 'Value and tangent', fwd: 'Forward sweep', bwd: 'Reverse sweep' };
    for (const key of Object.keys(family.functions) as (keyof typeof docs)[]) {
      this.derivatives.functions.get(family.functions[key]!.id)!.doc = `${docs[key]} of \`${family.name}\` ${where}.`;
    }
  }

  private registration(mark: Mark, family: Family): Insertion[] {
    const record = this.record(family);
    if (mark.name === 'default') {
      if (mark.nameAt === undefined) {
        const { start, end } = mark.node;
        return [{ at: start!, text: '__tapeless_register(' }, { at: end!, text: `, ${record})` }];
      }
      const name = this.names.fresh('defaultFunction');
      return [{ at: mark.nameAt, text: ` ${name}` }, { at: mark.registerAt, text: statement(`__tapeless_register(${name}, ${record})`, mark, this.module) }];
    }
    return [{ at: mark.registerAt, text: statement(`__tapeless_register(${mark.expression}, ${record})`, mark, this.module) }];
  }

  private record(family: Family, modes: Mode[] = ['grad', 'jvp', 'vjp'], file = this.module.file, inPlace?: (id: string) => string): string {
    const parts = [`wrt: [${family.wrt.join(', ')}]`, `params: ${family.parameters}`];
    if (family.rest) parts.push('rest: true');
    if (family.disjoint.length) parts.push(`disjoint: ${JSON.stringify(family.disjoint).replaceAll(',', ', ')}`);
    for (const member of modes.flatMap((m) => MEMBERS[m])) {
      const func = family.functions[member];
      if (!func) continue;
      parts.push(`${member}: ${inPlace ? inPlace(func.id) : file === this.module.file ? this.names.of(func) : this.imported(file, func.name)}`);
    }
    return `{ ${parts.join(', ')} }`;
  }

  call(call: TransformCall): void {
    const { target } = call;
    if (target.kind === 'value' && target.clash) this.attempt(() => fail('TL1009', target.span, target.clash!));
    if (target.kind === 'value' || call.inside) return;
    this.attempt(() => {
      const mode = MODES[call.transform];
      if (target.kind === 'literal') return this.literal(call, target.node, mode);
      if (target.kind === 'transform') {
        const inner = this.gradient(target.start);
        if (!inner) return;
        const wrt = this.parameters(call, inner.id, mode, undefined);
        if (!wrt) return;
        if (inner.inPlace) return this.printInPlace(call, inner.id, wrt, mode);
        const family = this.family(inner.id, inner.name, wrt, [mode]);
        this.writes.push(() => [this.argument(call, this.record(family, [mode]))]);
        return;
      }
      const found = this.locate(target.name);
      if (!found) return;
      const marked = found.module.marks.find((m) => m.name === found.name);
      const wrt = this.parameters(call, found.id, mode, marked);
      if (!wrt) return;
      // A marked function of another module has its derivatives there.
      const own = marked && found.module !== this.module && sameNumbers(this.markedParameters(found.id, marked), wrt);
      const family = this.family(found.id, found.name, wrt, [mode]);
      if (own) this.families.pop();
      this.writes.push(() => [this.argument(call, this.record(family, [mode], own ? found.module.file : this.module.file))]);
    });
  }

  /** The function that a call of `grad` or `valueAndGrad` gives, for transforms of it. */
  private gradient(start: number): { id: string; name: string; inPlace?: boolean } | undefined {
    const call = this.module.calls.find((c) => c.span.start === start);
    if (!call || call.inside || call.argnums === 'dynamic') return undefined;
    const { target } = call;
    const found: { id: string; name: string; inPlace?: boolean } | undefined = target.kind === 'transform' ? this.gradient(target.start) : target.kind === 'binding' ? this.locate(target.name)
      : target.kind === 'literal' ? this.defineLiteral(target.node) : undefined;
    const wrt = found && this.parameters(call, found.id, 'grad', undefined);
    if (!found || !wrt) return undefined;
    const argnums = call.argnums ?? 0;
    // What a gradient of gradients takes is an array there.
    if (hasRest(this.derivatives.primal(found.id))) return undefined;
    const withValue = call.transform === 'valueAndGrad';
    const id = `${found.id}:${call.transform}:${Array.isArray(argnums) ? `[${argnums.join()}]` : argnums}`;
    const name = `${found.name.replace(/\W/g, '_')}_gradient`;
    this.derivatives.define(id, () => {
      const reference = this.derivatives.grad(this.derivatives.request(found.id, wrt));
      return gradientFunction(this.derivatives.primal(found.id), this.derivatives.functions.get(reference.id)!, reference, { id, name, wrt, argnums, withValue });
    });
    return { id, name, ...(found.inPlace ? { inPlace: true } : {}) };
  }

  private defineLiteral(node: Parameters<Program['literal']>[1]): { id: string; name: string; inPlace: boolean } {
    const id = functionId(this.module.file, `literal@${node.start}`);
    this.derivatives.define(id, () => this.program.literal(this.module, node, id, 'f'));
    return { id, name: 'f', inPlace: true };
  }

  private literal(call: TransformCall, node: Parameters<Program['literal']>[1], mode: Mode): void {
    const { id } = this.defineLiteral(node);
    const wrt = this.parameters(call, id, mode, undefined);
    if (wrt) this.printInPlace(call, id, wrt, mode);
  }

  /** Derivatives of a literal stand where it stands, and see the variables around it. */
  private printInPlace(call: TransformCall, id: string, wrt: number[], mode: Mode): void {
    const family = this.family(id, 'f', wrt, [mode]);
    this.families.pop();
    const own = Object.values(family.functions).map((f) => f.id);
    for (const func of this.closure(own)) {
      if (own.includes(func.id)) continue;
      // Functions that these call stand at the end of the module, and see only what is declared there.
      for (const op of withComparators(func)) {
        const { module } = op.attr;
        const name = op.kind === 'free' ? op.attr.name : op.attr.assigns;
        if (!module && name && !this.module.bindings.has(name) && !isGlobal(name)) fail('TL3009', call.target.span, name);
      }
    }
    for (const f of own) this.inPlace.add(f);
    this.writes.push(() => {
      const text = (id: string) => this.print(this.derivatives.functions.get(id)!, 'arrow');
      return [this.argument(call, this.record(family, [mode], undefined, text))];
    });
  }

  /** The parameters that a call of a transform asks for; undefined where the call is wrong in a way that the type checker reports. */
  private parameters(call: TransformCall, id: string, mode: Mode, mark: Mark | undefined): number[] | undefined {
    const primal = this.derivatives.primal(id);
    const type = resultType(primal.result);
    if (mode === 'grad' && type.kind !== 'number') return fail('TL3006', call.target.span, call.transform, primal.name);
    if (!isDifferentiable(type)) return fail('TL3004', call.target.span, primal.name, 'result');
    const active = mark ? this.markedParameters(id, mark) : this.derivatives.activeParameters(id);
    if (mode !== 'grad' || call.argnums === 'dynamic') {
      if (active.length === 0) fail('TL3004', call.target.span, primal.name, 'argument');
      return active;
    }
    const asked = typeof call.argnums === 'number' ? [call.argnums] : call.argnums ?? [0];
    const places = asked.map((i) => (hasRest(primal) ? Math.min(i, primal.params.length - 1) : i));
    for (const i of places) {
      if (i >= primal.params.length) return undefined;
      if (!active.includes(i)) fail('TL3005', call.target.span, primal.name, primal.params[i].value.name ?? String(i));
    }
    return [...new Set(places)].sort((a, b) => a - b);
  }

  private locate(name: string): { id: string; name: string; module: Module } | undefined {
    const [head, ...tail] = name.split('.');
    const resolved = this.program.resolve(this.module, head);
    if (!resolved) return undefined;
    const { binding } = resolved;
    const inModule = binding.kind === 'namespace' ? this.program.exported(binding.module, tail.shift() ?? '') : resolved;
    if (!inModule || inModule.binding.kind === 'namespace') return undefined;
    const local = [inModule.binding.name, ...tail].join('.');
    const { module } = inModule;
    return this.program.has(module.file, local) ? { id: functionId(module.file, local), name: local, module } : undefined;
  }

  /** Inserts the record as the last argument of a call, with `undefined` for options that were not given. */
  private argument(call: TransformCall, record: string): Insertion {
    const before = MODES[call.transform] === 'jvp' ? 3 : 2;
    return { at: call.insertAt, text: ', undefined'.repeat(Math.max(0, before - call.argumentCount)) + `, ${record}` };
  }

  /** apply(f) → apply(__tapeless_register(f, { … })) */
  escape(escape: Escape): void {
    const found = this.locate(escape.name);
    const mark = found?.module.marks.find((m) => m.name === found.name);
    if (!found || !mark) return;
    this.attempt(() => {
      const family = this.family(found.id, found.name, this.markedParameters(found.id, mark), ['jvp', 'vjp', 'grad']);
      this.families.pop();
      this.registers = true;
      const key = escape.shorthand ? `${escape.name}: ` : '';
      this.writes.push(() => [
        { at: escape.start, text: `${key}__tapeless_register(` },
        { at: escape.end, text: `, ${this.record(family, undefined, found.module.file)})` },
      ]);
    });
  }

  /** The text after the user's, and the derivatives in it one by one. */
  finish(): { appended: string; derivatives: Derivative[] } {
    const derivatives: Derivative[] = [];
    const texts: string[] = [];
    const printed = new Map<string, string>();
    const text = (func: Func) => {
      let t = printed.get(func.id);
      if (t === undefined) printed.set(func.id, (t = this.print(func, 'declaration')));
      return t;
    };
    const visible = (name: string) => this.module.scopes.module.lookup(name) !== undefined;
    for (const type of this.derivatives.savedTypes) {
      for (const each of type.shadow ? [type, type.shadow] : [type]) {
        each.name = this.names.fresh(each.name);
        each.fields = each.fields.map((t) => withoutNames(t, visible));
      }
    }
    for (const demanded of this.host.demands?.(this.module.file) ?? []) this.export(demanded);
    for (const family of this.families) {
      for (const mode of Object.keys(MEMBERS) as Mode[]) {
        const parts = MEMBERS[mode].flatMap((m) => (family.functions[m] ? [family.functions[m]] : []));
        if (parts.length === 0) continue;
        const needed = this.closure(parts.map((p) => p.id));
        const own = needed.map((func) => text(func));
        const types = this.savedTypes(needed);
        derivatives.push({ function: family.name, mode, wrt: family.wrt, text: [...types, ...own].join('\n\n') + '\n' });
      }
    }
    const roots = [...this.families.flatMap((f) => Object.values(f.functions).map((r) => r.id)), ...this.inPlace];
    const all = this.closure(roots);
    for (const write of this.writes) this.insertions.push(...write());
    texts.push(...this.savedTypes(all), ...all.filter((f) => !this.inPlace.has(f.id)).map(text));
    const exports = this.exports.map((e) => (e.startsWith('function') ? `export ${e}` : `export { ${e} };`));
    const lines = [...this.importLines(), ...exports];
    const parts = [...(lines.length ? [lines.join('\n')] : []), ...texts];
    return { appended: parts.length ? `\n${parts.join('\n\n')}\n` : '', derivatives };
  }

  private exports: string[] = [];

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
  private closure(roots: string[]): Func[] {
    const { functions } = this.derivatives;
    const found = new Set<string>();
    const instances: Func[] = [];
    const visit = (id: string) => {
      const func = functions.get(id) ?? (this.program.isInstance(id) ? this.derivatives.primal(id) : undefined);
      if (!func || found.has(id)) return;
      found.add(id);
      for (const op of allOps(func.body)) if (op.kind === 'call') visit(op.attr.callee!.id);
      if (!functions.has(id)) instances.push(func);
    };
    roots.forEach(visit);
    return [...instances, ...[...functions.values()].filter((f) => found.has(f.id))];
  }

  private savedTypes(functions: Func[]): string[] {
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
    return this.derivatives.savedTypes.flatMap((t) => (t.shadow ? [t, t.shadow] : [t])).filter((t) => used.has(t)).map((t) => this.exportable(printSavedType(t)));
  }

  private exportable(text: string): string {
    return this.exported ? `export ${text}` : text;
  }

  /** Types of other modules are spelled out where this module has no name for them. */
  private nameTypes(func: Func): void {
    const visible = (name: string) => this.module.scopes.module.lookup(name) !== undefined;
    const values = [...func.params.map((p) => p.value), ...[...allOps(func.body)].flatMap((op) => [...op.results, ...op.params])];
    for (const v of values) v.type = withoutNames(v.type, visible);
    const rename = (result: Result): Result => {
      switch (result.kind) {
        case 'value': return { ...result, type: withoutNames(result.type, visible) };
        case 'tuple': return { ...result, parts: result.parts.map(rename) };
        case 'record': {
          const { type, ...rest } = result;
          return { ...rest, parts: result.parts.map(rename), ...(type && visible(type) ? { type } : {}) };
        }
        default: return result;
      }
    };
    func.result = rename(func.result);
  }

  private print(func: Func, form: 'declaration' | 'arrow'): string {
    if (form === 'declaration') this.nameTypes(func);
    for (const op of withComparators(func)) {
      if (op.kind !== 'call' || op.attr.method !== undefined || this.derivatives.functions.has(op.attr.callee!.id) || this.program.isInstance(op.attr.callee!.id)) continue;
      const { id, name } = op.attr.callee!;
      const file = id.slice(0, id.lastIndexOf('#'));
      if (file !== this.module.file) this.names.bind(id, this.member(file, name));
    }
    return printFunction(func, {
      names: this.names, form, file: this.module.file, resultOf: ({ id }) => this.derivatives.primal(id).result, exported: this.exported && form === 'declaration',
      runtime: (name) => this.runtimeFunction(name),
      resolveFree: (name, file) => (file && file !== this.module.file && this.program.module(file)?.bindings.has(name.split('.')[0]) ? this.member(file, name) : name),
      resolveSetter: (name, file) => (file && file !== this.module.file ? this.imported(file, `=${name}`) : undefined),
    });
  }

  /** Of a member, `Vec3.zero` or `Vec3.of`, the class is what is imported. */
  private member(file: string, name: string): string {
    const [root, ...rest] = name.split('.');
    return [this.imported(file, root), ...rest].join('.');
  }

  /** The local name of another module's binding, which that module exports under a reserved name. */
  private imported(file: string, name: string): string {
    const key = `${file}#${name}`;
    let local = this.imports.get(key);
    if (!local) {
      this.imports.set(key, (local = this.names.fresh(name.replace(/^=/, 'set_'))));
      this.demands.push({ file, name });
    }
    return local;
  }

  private runtimeFunctions = new Map<RuntimeFunction, string>();

  private runtimeFunction(name: RuntimeFunction): string {
    let local = this.runtimeFunctions.get(name);
    if (!local) this.runtimeFunctions.set(name, (local = this.names.fresh(name)));
    return local;
  }

  private importLines(): string[] {
    const lines = this.registers ? [`import { register as __tapeless_register } from 'tapeless';`] : [];
    const functions = [...this.runtimeFunctions].map(([name, local]) => (name === local ? name : `${name} as ${local}`));
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
    for (const binding of this.module.bindings.values()) {
      if (binding.kind !== 'import') continue;
      if (this.host.resolve(this.module.file, binding.specifier) === file) return binding.specifier;
      if (binding.specifier.startsWith('.')) relative.push(binding.specifier);
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

function pick(pair: { fwd: FuncRef; bwd: FuncRef }): { fwd: FuncRef; bwd: FuncRef } {
  return { fwd: pair.fwd, bwd: pair.bwd };
}

function hasRest(func: Func): boolean { return func.params.at(-1)?.rest === true; }

function isGlobal(name: string): boolean {
  return name in globalThis;
}

function sameNumbers(a: number[], b: number[]): boolean {
  return a.length === b.length && a.every((x, i) => x === b[i]);
}

/** A statement that bundlers may drop, on the line where it is put. */
function statement(call: string, mark: Mark, module: Module): string {
  return mark.registerAt === module.firstStatement && mark.registerAt < mark.node.end! ? `/* @__PURE__ */ ${call}; ` : ` /* @__PURE__ */ ${call};`;
}

