/**
 * What goes into the user's text: derivatives at its end, and, where the user's code needs them, references to them.
 * `Emission` collects what a module asks for; printing comes last, when it is known which functions there are.
 */
import type { Insertion } from '../assemble.ts';
import { type Diagnostic, CompileError, fail } from '../diagnostics.ts';
import type { Derivatives } from '../differentiate/derivatives.ts';
import type { Host } from '../host/host.ts';
import type { FuncRef } from '../ir/ir.ts';
import { type Program, functionId } from '../lower/program.ts';
import type { Escape, Mark, Module, TransformCall } from '../parse/module.ts';
import { differentiable, emitCall, recordFor, resolve } from './calls.ts';
import { type Family, describe, functionsOf, makeFamily, markedParameters, recordOf } from './families.ts';
import { Output } from './output.ts';
import { emitRule } from './rules.ts';
import type { Reaching } from './reach.ts';
import { type Demand, MEMBERS, type Mode, covers, demandOfOrder } from './transforms.ts';
import { strayLoopMarks } from './loopmarks.ts';
import type { RuleCall } from '../parse/rules.ts';

export type { Mode } from './transforms.ts';

export interface Derivative {
  /** The function's name in its module, `rosenbrock` or `Spring.energy`. */
  function: string;
  mode: Mode;
  wrt: number[];
  text: string;
}

export class Emission {
  readonly insertions: Insertion[] = [];
  readonly diagnostics: Diagnostic[] = [];
  readonly output: Output;
  /** Families whose functions are printed at the end of the module. */
  readonly families: Family[] = [];
  /** Functions of ours that are printed in place rather than at the end. */
  readonly inPlace = new Set<string>();
  /** Insertions that are written once every function has its name. */
  readonly writes: (() => Insertion[])[] = [];

  constructor(
    readonly module: Module, readonly program: Program, readonly derivatives: Derivatives, host: Host, exported: boolean, explain: boolean,
  ) {
    this.output = new Output(module, program, derivatives, host, exported, explain);
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
      const { order = 1 } = mark;
      if (order > 2) fail('TL1008', mark.span, order);
      const id = functionId(this.module.file, mark.name);
      const family = this.family(id, mark.name, markedParameters(this.derivatives, id, mark), demandOfOrder(order));
      describe(this.derivatives, family, mark.node, this.module);
      this.families.push(family);
      this.output.registers(family.gradient !== undefined);
      this.writes.push(() => this.registration(mark, family));
    });
  }

  rule(rule: RuleCall): void {
    this.attempt(() => emitRule(this, rule));
  }

  call(call: TransformCall): void {
    this.attempt(() => emitCall(this, call));
  }

  /** apply(f) → apply(__tapeless_register(f, { … })) */
  escape(escape: Escape): void {
    const found = this.locate(escape.name);
    const mark = found?.module.marks.find((m) => m.name === found.name);
    if (!found || !mark) return;
    this.attempt(() => {
      const family = this.family(found.id, found.name, markedParameters(this.derivatives, found.id, mark), demandOfOrder(mark.order ?? 1));
      this.output.registers(family.gradient !== undefined);
      const key = escape.shorthand ? `${escape.name}: ` : '';
      this.writes.push(() => [
        { at: escape.start, text: `${key}__tapeless_register(` },
        { at: escape.end, text: `, ${recordOf(family, this.reference(found.module))})` },
      ]);
    });
  }

  /** newton(f, x) → newton(__tapeless_register(f, { … }), x);  grad(c ? f : g) → grad(c ? __tapeless_register(f, { … }) : …) */
  passed({ target, argument, shorthand, demand }: Reaching): void {
    this.attempt(() => {
      const found = resolve(this, target);
      // A mark has registered it already, unless this is more.
      if (!found || (found.mark && shorthand) || (found.mark && covers(demandOfOrder(found.mark.order ?? 1), demand))) return;
      const wrt = found.mark ? markedParameters(this.derivatives, found.id, found.mark) : differentiable(this.derivatives, found, target.span);
      const record = recordFor(this, found, wrt, demand, target.span);
      this.output.registers(demand.gradient !== undefined);
      this.writes.push(() => [{ at: argument.start!, text: `${shorthand && argument.type === 'Identifier' ? `${argument.name}: ` : ''}__tapeless_register(` }, { at: argument.end!, text: `, ${record()})` }]);
    });
  }

  family(id: string, name: string, wrt: number[], demand: Demand): Family {
    return makeFamily(this.derivatives, id, name, wrt, demand);
  }

  /** How this module names the derivatives of another's functions, or of its own. */
  reference(module: Module): (func: FuncRef) => string {
    return (func) => (module === this.module ? this.output.nameOf(func) : this.output.imported(module.file, func.name));
  }

  private registration(mark: Mark, family: Family): Insertion[] {
    const record = recordOf(family, this.reference(this.module));
    if (mark.name === 'default') {
      if (mark.nameAt === undefined) {
        const { start, end } = mark.node;
        return [{ at: start!, text: '__tapeless_register(' }, { at: end!, text: `, ${record})` }];
      }
      const name = this.output.fresh('defaultFunction');
      return [{ at: mark.nameAt, text: ` ${name}` }, { at: mark.registerAt, text: statement(`__tapeless_register(${name}, ${record})`, mark, this.module) }];
    }
    return [{ at: mark.registerAt, text: statement(`__tapeless_register(${mark.expression}, ${record})`, mark, this.module) }];
  }

  /** The function of the program that a name means here. */
  locate(name: string): { id: string; name: string; module: Module } | undefined {
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

  /** The text after the user's, and the derivatives in it one by one. */
  finish(): { appended: string; derivatives: Derivative[] } {
    this.diagnostics.push(...strayLoopMarks(this.module));
    const { output, families, inPlace } = this;
    output.nameSaved();
    output.answerDemands();
    const derivatives = families.flatMap((family) => (Object.keys(MEMBERS) as Mode[]).flatMap((mode): Derivative[] => {
      const parts = MEMBERS[mode].flatMap((m) => family.functions[m] ?? []);
      if (parts.length === 0) return [];
      const needed = output.closure(parts.map((p) => p.id));
      const own = needed.map((func) => output.text(func));
      return [{ function: family.name, mode, wrt: family.wrt, text: [...output.savedTypes(needed), ...own].join('\n\n') + '\n' }];
    }));
    const all = output.closure([...families.flatMap((f) => functionsOf(f).map((r) => r.id)), ...inPlace]);
    for (const write of this.writes) this.insertions.push(...write());
    const texts = [...output.savedTypes(all), ...all.filter((f) => !inPlace.has(f.id)).map((f) => output.text(f))];
    const lines = output.lines();
    const parts = [...(lines.length ? [lines.join('\n')] : []), ...texts];
    return { appended: parts.length ? `\n${parts.join('\n\n')}\n` : '', derivatives };
  }
}

/** A statement that bundlers may drop, on the line where it is put. */
function statement(call: string, mark: Mark, module: Module): string {
  return mark.registerAt === module.firstStatement && mark.registerAt < mark.node.end! ? `/* @__PURE__ */ ${call}; ` : ` /* @__PURE__ */ ${call};`;
}
