/**
 * What each line of a derivative is for, as a comment at its end:
 *
 *   const b_bar = 200 * b * s_bar;   // rosenbrock.ts:9 `s += a * a + 100 * b * b;` | b_bar += ∂/∂b (100 * b * b) · … = …
 *
 * A comment names the line of the primal that it belongs to, the terms of the chain rule that it computes, and what has
 * become of the primal's values that the derivative needs: one is *kept* in a variable, *saved* in an array, or
 * *recomputed*. All that is read off the operations of the line, after everything was optimised: a line that merges terms
 * of several operations says so for each, and what is at hand in the end is not called recomputed.
 */
import * as t from '@babel/types';
import { type ChainTerm, Func, Op, OPERATORS, type Span, type Value } from '../ir/ir.ts';
import { allOps } from '../ir/walk.ts';
import { partialOf, ruleOf } from '../rules/rule.ts';
import { generate, raw } from './syntax.ts';

/** The text of a module of the program. */
export type Source = (file: string) => string | undefined;

const MOST_TERMS = 4;
const LONGEST = 36;

export class Explainer {
  /** Values of the primal that the derivative's operations use. */
  private needed = new Set<Value>();
  private handedOver = new Set<Value>();

  constructor(func: Func, private source: Source) {
    for (const op of allOps(func.body)) {
      if (op.kind === 'literal' && op.result.type.kind === 'saved') for (const a of op.args) this.handedOver.add(a);
      else if (op.attr.shadow || op.attr.terms?.some((term) => term.mode === 'vjp')) for (const a of op.args) if (a.def instanceof Op && isPrimal(a.def)) this.needed.add(a);
    }
  }

  /** The comment of a line: of the operation that it is a statement for, and of those in its expressions. */
  comment(ops: readonly Op[], nameOf: (v: Value) => string | undefined): string {
    const terms = this.terms(ops);
    const parts = [this.places(ops, terms), this.sum(terms), this.fate(ops, nameOf)];
    return parts.filter(Boolean).join(' | ');
  }

  /** rosenbrock.ts:8 `const b = x[i + 1] - x[i] * x[i];` */
  private places([first, ...others]: readonly Op[], terms: readonly ChainTerm[]): string {
    const main = others.find((op) => op.result?.type.kind === 'saved') ?? first;
    if (!main || main.attr.shadow || main.attr.saves || main.attr.origin === 'saved' || isSave(main) || isHandedOver(main)) return '';
    if (isStart(main) || main.result?.type.kind === 'saved') return '';
    // A constant of the derivative.
    if (main.kind === 'const' && this.source(main.span.file)?.slice(main.span.start, main.span.end) !== String(main.attr.value)) return '';
    const lines = new Map<string, string>();
    for (const op of terms.length > 0 ? terms.map((term) => term.op) : [main]) {
      const line = this.lineOf(op.span);
      if (line) lines.set(line.place, line.text);
    }
    const backwards = main.kind === 'loop' && main.attr.index ? ', backwards' : '';
    return [...lines].map(([place, text]) => `${place} \`${text}\`${backwards}`).join(', ');
  }

  private sum(terms: readonly ChainTerm[]): string {
    const texts = new Map<string, number>();
    for (const term of terms) {
      const text = termText(term, this.textOf);
      texts.set(text, (texts.get(text) ?? 0) + 1);
    }
    const all = [...texts].map(([text, count]) => (count > 1 ? `${text}, ${count === 2 ? 'twice' : `${count} times`}` : text));
    return [...all.slice(0, MOST_TERMS), ...(all.length > MOST_TERMS ? [`and ${all.length - MOST_TERMS} more terms`] : [])].join('; ');
  }

  private lineOf({ file, start }: Span): { place: string; text: string } | undefined {
    const text = this.source(file);
    if (text === undefined) return undefined;
    const from = text.lastIndexOf('\n', start - 1) + 1;
    const to = text.indexOf('\n', start);
    const line = text.slice(0, start).split('\n').length;
    return { place: `${file.slice(file.lastIndexOf('/') + 1)}:${line}`, text: text.slice(from, to < 0 ? undefined : to).trim() };
  }

  /**
   * The terms that the operations compute. Where a partial is 1 there is no operation for its term: what a load adds to
   * the shadow of an array, and the cotangent of a variable, have those of their users, too.
   */
  private terms(ops: readonly Op[]): ChainTerm[] {
    const found: ChainTerm[] = [];
    const add = (term: ChainTerm) => {
      if (!found.some((other) => other.op === term.op && other.operand === term.operand)) found.push(term);
    };
    const all = ops.flatMap((op) => op.attr.terms ?? []);
    for (const term of all) {
      const v = isRead(term) ? term.op.result : term.op.args[term.operand ?? -1];
      if (!isRead(term)) add(term);
      // The whole cotangent of a variable.
      const whole = term.mode === 'vjp' && v?.name !== undefined && ops[0].result?.name === `${v.name}_bar`;
      if (v && (whole || isRead(term))) for (const use of plainUses(v)) add({ ...use, mode: 'vjp' });
    }
    // A sum that is kept in a variable of its own is explained there.
    return found.length > 0 ? found : all;
  }

  /** What has become of values: kept, saved, recomputed. */
  private fate(ops: readonly Op[], nameOf: (v: Value) => string | undefined): string {
    const said: string[] = [];
    const names = (test: (op: Op) => unknown) => [...new Set(ops.filter(test).flatMap((op) => op.results.flatMap((r) => nameOf(r) ?? r.name ?? [])))].join(', ');
    const say = (text: string, list: string) => { if (list) said.push(`${text}: ${list}`); };
    for (const op of ops) {
      if (op.attr.saves && op.results.length) said.push(`room to save ${op.result.name?.replace(/_saved$/, '') ?? 'a value'} of each iteration`);
      if (isSave(op)) said.push(`saved: ${nameOf(op.args.at(-1)!) ?? op.args.at(-1)!.name ?? 'the value'}`);
      if (op.attr.shadow && (op.kind === 'new' || op.kind === 'zeros' || op.kind === 'literal')) said.push('zero at first');
      if (isStart(op)) said.push('zero at first');
      if (op.kind === 'literal' && op.result.type.kind === 'saved') say('saved for the reverse sweep', op.args.map((a) => nameOf(a) ?? a.name ?? '').filter(Boolean).join(', '));
    }
    say('kept', names((op) => isPrimal(op) && op.results.some((r) => this.needed.has(r) || this.handedOver.has(r)) && op.kind !== 'const'));
    say('was saved', names((op) => op.attr.origin === 'saved' || isHandedOver(op)));
    const again = ops.filter((op) => op.attr.origin === 'recomputed' && !['const', 'free', 'load', 'length', 'field'].includes(op.kind));
    if (again.length) said.push(`recomputed: ${[...new Set(again.map((op) => nameOf(op.result) ?? this.textOf(op.result)))].slice(0, MOST_TERMS).join(', ')}`);
    return said.join(', ');
  }

  /** A value of the primal, in the user's words. */
  private textOf = (v: Value): string => {
    const { def } = v;
    if (def instanceof Func) return v.name ?? 'x';
    if (def.kind === 'const') return def.attr.name ?? String(def.attr.value);
    if (v.name) return v.name;
    if (def.kind === 'load') return `${this.textOf(def.args[0])}[${this.textOf(def.args[1])}]`;
    if (def.kind === 'field') return /^\d/.test(def.attr.key!) ? `${this.textOf(def.args[0])}[${def.attr.key}]` : `${this.textOf(def.args[0])}.${def.attr.key}`;
    if (def.kind === 'prim') return short(expression(def, this.textOf));
    const text = this.source(def.span.file)?.slice(def.span.start, def.span.end).replace(/\s+/g, ' ');
    return short(text ?? '…');
  };
}

function short(text: string): string { return text.length <= LONGEST ? text : '…'; }

function isDerivative(op: Op): boolean { return op.attr.terms !== undefined || op.attr.shadow === true; }

/** Of the function itself, in its own place. */
function isPrimal(op: Op): boolean {
  return !isDerivative(op) && !op.attr.loose && op.attr.origin === undefined && !op.attr.saves && op.attr.index === undefined && !isHandedOver(op);
}

/** The zero from which a cotangent or tangent starts. */
function isStart({ kind, attr, result }: Op): boolean { return kind === 'const' && attr.value === 0 && /_(bar|dot)$/.test(result.name ?? ''); }

/** Does the operation save a value for the reverse sweep? */
function isSave(op: Op): boolean { return (op.kind === 'store' || op.kind === 'push') && op.args[0].def instanceof Op && Boolean(op.args[0].def.attr.saves); }

function isRead({ op, operand, mode }: ChainTerm): boolean { return mode === 'vjp' && operand === undefined && (op.kind === 'load' || op.kind === 'field'); }

/** Uses of a value of the primal in sums, where the partial is 1 or -1. */
function plainUses(v: Value): { op: Op; operand: number }[] {
  return usesOf(v).flatMap((op) => op.args.flatMap((a, operand) => (a === v && isPlain(op, operand) ? [{ op, operand }] : [])));
}

function isPlain(op: Op, operand: number): boolean {
  return op.kind === 'prim' && (op.attr.fn === 'add' || op.attr.fn === 'neg' || (op.attr.fn === 'sub' && operand < 2));
}

const uses = new WeakMap<Func, Map<Value, Op[]>>();

function ownerOf(v: Value): Func {
  let owner: Op | Func = v.def;
  while (owner instanceof Op) owner = owner.parent.owner;
  return owner;
}

/** Operations of the primal that use a value. */
function usesOf(v: Value): Op[] {
  const owner = ownerOf(v);
  let known = uses.get(owner);
  if (!known) {
    uses.set(owner, (known = new Map()));
    for (const op of allOps(owner.body)) for (const a of new Set(op.args)) known.set(a, [...known.get(a) ?? [], op]);
  }
  return known.get(v) ?? [];
}

/** What the forward sweep has handed over. */
function isHandedOver(op: Op): boolean { return op.kind === 'field' && op.args[0].type.kind === 'saved'; }

/** `a * b`, `sin(x)`, of the operands' texts. */
function expression(op: Op, text: (v: Value) => string): string {
  const operator = OPERATORS[op.attr.fn!];
  const level = (v: Value) => (!v.name && v.def instanceof Op && v.def.kind === 'prim' ? LEVELS[v.def.attr.fn!] : undefined) ?? 0;
  const own = LEVELS[op.attr.fn!] ?? 9;
  const args = op.args.map((a, i) => (!operator || (level(a) > own || (i === 0 && level(a) === own)) ? text(a) : grouped(text(a))));
  if (operator?.arity === 2) return args.join(` ${operator.text} `);
  return operator ? `${operator.text}${args[0]}` : `${op.attr.fn}(${args.join(', ')})`;
}

const LEVELS: Record<string, number> = { add: 1, sub: 1, mul: 2, div: 2 };

function grouped(text: string): string { return isWhole(text) ? text : `(${text})`; }

/** A name, a number, an element, a call, or something in brackets: nothing whose parts a neighbour could draw to itself. */
function isWhole(text: string): boolean {
  let depth = 0;
  return !text.startsWith('-') && [...text].every((c, i) => {
    if (/[([]/.test(c)) depth++;
    if (/[)\]]/.test(c)) depth--;
    return depth > 0 || (/[\w$.…)\]]/.test(c) && !(c === ')' && i < text.length - 1 && !/^_(bar|dot)/.test(text.slice(i + 1))));
  });
}

/** `b_bar`, `x_bar[i]`, `(x * y)_bar` */
function companion(text: string, suffix: string): string {
  const place = /^([\w$]+)((?:\[[^[\]]*\]|\.[\w$]+)*)$/.exec(text);
  return place && Number.isNaN(Number(place[1])) ? `${place[1]}_${suffix}${place[2]}` : `(${text})_${suffix}`;
}

/** The cotangent of a sum's part without a name is that of the sum; `-` of what is subtracted. */
function companionOf(v: Value, text: (v: Value) => string, suffix: string): string {
  const [user, ...more] = v.name || suffix !== 'bar' ? [] : usesOf(v);
  if (user && more.length === 0 && user.kind === 'prim' && user.args.filter((a) => a === v).length === 1) {
    const operand = user.args.indexOf(v);
    if (isPlain(user, operand)) {
      const whole = companionOf(user.result, text, suffix);
      return user.attr.fn === 'neg' || (user.attr.fn === 'sub' && operand === 1) ? `-${grouped(whole)}` : whole;
    }
  }
  // The result of the function.
  if (!v.name && suffix === 'bar' && !user && ownerOf(v).body.yields.includes(v)) return 'y_bar';
  return companion(text(v), suffix);
}

/** a_bar += ∂/∂a (a * b) · y_bar = b · y_bar */
function termText({ op, operand, mode }: ChainTerm, text: (v: Value) => string): string {
  const suffix = mode === 'vjp' ? 'bar' : 'dot';
  if (operand === undefined) return accessText(op, text, suffix);
  const argument = text(op.args[operand]);
  const [inside, outside] = [companion(argument, suffix), companionOf(op.result, text, suffix)];
  const [from, to] = mode === 'vjp' ? [outside, inside] : [inside, outside];
  const partial = partialText(op, operand, text);
  const value = partial === '1' ? from : partial === '-1' ? `-${grouped(from)}` : `${grouped(partial)} · ${from}`;
  return `${to} += ∂/∂${grouped(argument)} ${grouped(expression(op, text))} · ${from} = ${value}`;
}

/** The rule's partial, with the user's operands in it. */
function partialText(op: Op, operand: number, text: (v: Value) => string): string {
  const rule = ruleOf(op.attr.fn!, op.args.length)!;
  const partial = partialOf(rule, operand);
  if (!partial) return '0';
  const node = t.cloneNode(partial, true);
  const words = new Map(rule.parameters.map((p, j) => [p, grouped(text(op.args[rule.variadic ? operand : j]))]));
  words.set('y', op.result.name ?? grouped(short(expression(op, text))));
  const replace = (e: t.Node): t.Node => {
    if (t.isIdentifier(e)) return words.has(e.name) ? raw(words.get(e.name)!) : e;
    for (const key of t.VISITOR_KEYS[e.type] ?? []) {
      const child = e[key as keyof t.Node] as t.Node | t.Node[] | null;
      // The name of a function is no variable.
      if (t.isCallExpression(e) && key === 'callee') continue;
      if (Array.isArray(child)) Object.assign(e, { [key]: child.map(replace) });
      else if (child) Object.assign(e, { [key]: replace(child) });
    }
    return e;
  };
  return generate(replace(node), true).replace(/\(\(([^()]*)\)\)/g, '($1)');
}

/** Terms of what reads and writes memory. */
function accessText(op: Op, text: (v: Value) => string, suffix: string): string {
  const place = () => {
    const [object, index] = op.args;
    const whole = op.attr.key === undefined ? `${text(object)}[${text(index)}]` : `${text(object)}.${op.attr.key}`;
    return { whole, bar: companion(whole, suffix) };
  };
  switch (op.kind) {
    case 'load': case 'field': return `${place().bar} += the cotangent of what was read`;
    case 'store': case 'setfield': {
      const { whole, bar } = place();
      return `${companion(text(op.args.at(-1)!), suffix)} += ${bar}, then ${bar} = 0: ${whole} was another number before`;
    }
    default: return `the cotangent goes where \`${op.kind}\` had the value from`;
  }
}
