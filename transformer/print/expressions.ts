/**
 * Expressions of values: a variable's name, or the operation with its operands nested.
 *
 * Arithmetic of derivatives (`loose`) is written without needless minus signs: an expression that *looks
 * negative* (`-a`, `-2 * a`, `-a - b`) has a positive form, its negation, and sums take that.
 *
 *   a + -2 * b    →    a - 2 * b                   x_bar[i] += -2 * a - b    →    x_bar[i] -= 2 * a + b
 */
import * as t from '@babel/types';
import { type FuncRef, Op, OPERATORS, type Result, SPECIAL, type Value } from '../ir/ir.ts';
import type { NumpyCall } from '../ir/numpy.ts';
import { type RecordType, type Type, fieldKeys, fieldType, isDynamic, present, someType } from '../ir/types.ts';
import type { Source } from './explain.ts';
import type { Names } from './names.ts';
import type { Nesting } from './nest.ts';
import type { Scopes } from './scopes.ts';
import { access, annotation, at, element, generate, length, method, number, raw, record } from './syntax.ts';
import { type Tree, isConst } from './tree.ts';
import * as memory from './memory.ts';

/** What is done to an object of which only itself knows its parts, see `isDynamic`. */
export type RuntimeFunction = 'zerosLike' | 'cloneOf' | 'linksOf' | 'addInto' | 'clear' | 'nextSnapshot' | 'snapshotOf' | 'checkInverse' | 'grown' | 'np' | keyof typeof SPECIAL & string;

export interface PrintOptions {
  /** Names of functions of the module. */
  names: Names;
  form?: 'declaration' | 'arrow';
  /** Comments that say what each line is for; it needs the texts of the program. */
  explain?: Source;
  /** Words that cannot be names. */
  reserved?: readonly string[];
  exported?: boolean;
  /** The module to which the text goes, whose constants are printed by their names. */
  file?: string;
  /** The text for a binding outside the function; its name unless given. */
  resolveFree?: (name: string, module?: string) => string;
  /** The function that sets a variable of another module; undefined for one of this. */
  resolveSetter?: (name: string, module?: string) => string | undefined;
  /** The name here of a function that the package exports for derivatives; the same unless given. */
  runtime?: (name: RuntimeFunction) => string;
  /** How a callee puts its results together; one value or a tuple of all unless given. */
  resultOf?: (callee: FuncRef) => Result | undefined;
}

/** What one expression needs of the whole printer. */
export interface Inner {
  /** The comparator of an argsort, as an arrow function of two indexes; `names` are those of the array and of what is captured. */
  comparator(op: Op, names: readonly string[]): t.Expression;
}

/** Is this a constant of the module to which the text goes, or a global one (`Math.PI`)? It has its name there. */
export function isNamedHere(op: Op, { file }: PrintOptions): boolean {
  if (op.kind !== 'const' || op.attr.name === undefined) return false;
  return (op.attr.name.includes('.') && op.attr.module === undefined) || (file !== undefined && (op.attr.module ?? op.span.file) === file);
}

/** The text of an `extern`, with the name that its root has in this module. */
export function externalText(op: Op, { resolveFree, runtime }: PrintOptions): string {
  if (op.attr.np) return op.attr.np.form === 'function' ? runtime?.('np') ?? 'np' : '';
  if (op.attr.runtime) return runtime?.(op.attr.text as RuntimeFunction) ?? op.attr.text!;
  return resolveFree ? op.attr.text!.replace(/^(new\s+)?([A-Za-z_$][\w$]*)/, (_, start = '', root) => start + resolveFree(root, op.attr.module)) : op.attr.text!;
}

export class Expressions {
  constructor(
    private tree: Tree, private nesting: Nesting, private scopes: Scopes, private options: PrintOptions,
    private inner: Inner,
  ) {}

  value(v: Value): t.Expression {
    return this.nesting.isVariable(v) ? t.identifier(this.scopes.name(v)) : this.operation(v.def as Op);
  }

  readonly helper = (base: string, depth: number) => this.scopes.helper(base, depth);

  /** The expression of an operation with one result. */
  operation(op: Op): t.Expression {
    const arg = (i: number) => this.value(op.args[i]);
    switch (op.kind) {
      case 'const': return isNamedHere(op, this.options) ? raw(op.attr.name!) : literal(op.attr.value);
      case 'undef': return zero(op.result.type) ?? raw('undefined!');
      case 'free': return raw(this.options.resolveFree?.(op.attr.name!, op.attr.module) ?? op.attr.name!);
      case 'prim': return this.primitive(op);
      case 'load': return at(arg(0), arg(1), op.args[0].type);
      case 'field': return this.field(op);
      case 'length': return length(arg(0));
      case 'new': return memory.create(op.result.type, arg(0));
      case 'literal': return this.literal(op);
      case 'copy': return memory.copy(arg(0), op.args[0].type, op.result.type, this.range(op));
      case 'cast': return this.cast(op);
      case 'zeros': return op.attr.shared || op.attr.absent || isDynamic(op.args[0].type) ? this.runtime('zerosLike', arg(0), ...(op.attr.shared ? [t.booleanLiteral(true)] : [])) : memory.zeros(arg(0), op.args[0].type, this.helper);
      case 'clone': return op.attr.shared ? this.runtime('snapshotOf', arg(0)) : isDynamic(op.args[0].type) || someType(op.args[0].type, (part) => part.kind === 'record' && part.classes !== undefined) ? this.runtime('cloneOf', arg(0)) : memory.clone(arg(0), op.args[0].type, this.helper, op.attr.absent);
      case 'links': return this.runtime('linksOf', arg(0));
      case 'pop': case 'shift': return t.tsNonNullExpression(method(arg(0), op.kind));
      case 'splice': return this.splice(op);
      case 'view': return this.view(op);
      case 'argsort': return this.argsort(op);
      case 'call': {
        const shape = this.options.resultOf?.(op.attr.callee!);
        return this.onlyPart(this.call(op), shape);
      }
      case 'extern': return this.external(op);
      case 'if': return this.ternary(op);
      default: throw new Error(`${op.kind} is no expression`);
    }
  }

  call(op: Op): t.Expression {
    const args = op.args.map((v) => this.value(v));
    const { method: name, accessor } = op.attr;
    if (name === undefined) return t.callExpression(raw(this.options.names.of(op.attr.callee!)), args);
    const member = t.memberExpression(args[0], raw(name));
    if (accessor === 'get') return member;
    return accessor === 'set' ? t.assignmentExpression('=', member, args[1]) : t.callExpression(member, args.slice(1));
  }

  /** A call of `console.log`, a regular expression, or a text with places for the operands, such as `$0[$1]`. */
  external(op: Op): t.Expression {
    if (op.attr.kernel) return this.fused(op, op.attr.kernel);
    if (op.attr.np) return this.numpy(op, op.attr.np);
    if (op.attr.product) return this.solution(op);
    // What only its derivative knows of is not printed.
    const values = (op.attr.custom !== undefined && op.attr.text === 'cloneOf' ? op.args.slice(0, 1) : op.args).map((v) => this.value(v));
    if (op.attr.assigns) return this.assignment(op, values[0]);
    const text = externalText(op, this.options);
    if (text.startsWith('/') || text === 'debugger') return raw(text);
    if (!/\$\d/.test(text)) return t.callExpression(raw(text), values);
    const [, operator] = /^\$0 (instanceof|in) \$1$/.exec(text) ?? [];
    if (operator) return t.binaryExpression(operator as 'in', values[0], values[1]);
    return raw(text.replace(/\$(\d+)/g, (place: string, i: string, at: number) => {
      const value = values[Number(i)];
      const enclosed = /[([,]\s*$/.test(text.slice(0, at)) && /^\s*[)\],]/.test(text.slice(at + place.length));
      const whole = enclosed || t.isIdentifier(value) || t.isMemberExpression(value) || t.isCallExpression(value) || t.isStringLiteral(value);
      return whole ? generate(value, true) : `(${generate(value, true)})`;
    }));
  }

  /** `np.tanh(x)`, `x.add(y)`, `x.shape` */
  private numpy({ args }: Op, { fn, form, as = fn }: NumpyCall): t.Expression {
    const [first, ...rest] = args.map((v) => this.value(v));
    if (fn === 'stopGradient') return first;
    if (form === 'getter') return t.memberExpression(first, t.identifier(as));
    if (form === 'method') return method(first, as, ...rest);
    return t.callExpression(raw(`${this.options.runtime?.('np') ?? 'np'}.${as}`), args.length > 0 ? [first, ...rest] : []);
  }

  /** `np.fuse(f_kernel, { arrays: [x], numbers: [y_bar], outputs: 1, total: 'sum' })` */
  private fused({ args }: Op, { of, arrays, broadcast, outputs, total }: NonNullable<Op['attr']['kernel']>): t.Expression {
    const values = args.map((v) => this.value(v));
    const lists = { arrays: values.slice(0, arrays), broadcast: values.slice(arrays, arrays + broadcast), numbers: values.slice(arrays + broadcast) };
    const given = Object.entries(lists).filter(([, list]) => list.length > 0).map(([key, list]) => [key, t.arrayExpression(list)] as const);
    const parts = [...given, ...outputs > 0 ? [['outputs', t.numericLiteral(outputs)] as const] : [], ...total ? [['total', t.stringLiteral(total)] as const] : []];
    return t.callExpression(raw(`${this.options.runtime?.('np') ?? 'np'}.fuse`), [raw(this.options.names.of(of)), record(parts.map(([key]) => key), parts.map(([, value]) => value))]);
  }

  /** `solveLinear((v) => f_push(saved, v), b, …)` */
  private solution({ attr, args: [right, ...captured] }: Op): t.Expression {
    const { product, text, shown } = attr;
    const v = this.helper('v', 0);
    const call = t.callExpression(raw(this.options.names.of(product!.of)), [...captured.map((c) => this.value(c)), t.identifier(v)]);
    const map = t.arrowFunctionExpression([t.identifier(v)], product!.part ? t.memberExpression(call, t.numericLiteral(0), true) : call);
    return t.callExpression(raw(this.options.runtime?.(text!) ?? text!), [map, this.value(right), raw(shown!)]);
  }

  /** `calls = calls + 1`; a variable of another module is set by a function there. */
  private assignment({ attr: { assigns, module } }: Op, value: t.Expression): t.Expression {
    const setter = this.options.resolveSetter?.(assigns!, module);
    return setter ? t.callExpression(raw(setter), [value]) : t.assignmentExpression('=', t.identifier(assigns!), value);
  }

  /** `f(x)[0]` where f returns `[value]` */
  private onlyPart(call: t.Expression, shape: Result | undefined): t.Expression {
    if (shape?.kind !== 'tuple' && shape?.kind !== 'record') return call;
    const k = shape.parts.findIndex((p) => p.kind !== 'void');
    return this.onlyPart(shape.kind === 'tuple' ? element(call, t.numericLiteral(k)) : t.memberExpression(call, t.identifier(shape.names[k])), shape.parts[k]);
  }

  runtime(name: RuntimeFunction, ...args: t.Expression[]): t.CallExpression {
    return t.callExpression(raw(this.options.runtime?.(name) ?? name), args);
  }

  /** `p.x`; of a field that may be of several types, `(p.x as number)`. */
  field(op: Op): t.Expression {
    const [object] = op.args;
    const key = op.attr.key!;
    const { def } = object;
    // A literal that is printed where it is read from has no type by which it could have the field.
    if (def instanceof Op && def.kind === 'literal' && def.attr.missing?.includes(key) && !this.nesting.isVariable(object)) return t.tsAsExpression(t.identifier('undefined'), annotation(fieldType(object.type, key)!).typeAnnotation);
    if (!(def instanceof Op) || def.kind !== 'cast' || !isNarrowed(def.args[0].type, object.type, key)) return access(this.value(object), object.type, key);
    const whole = this.nesting.isVariable(object) ? object : def.args[0];
    const read = access(this.value(whole), object.type, key);
    return whole === object ? read : t.tsAsExpression(read, annotation(fieldType(object.type, key)!).typeAnnotation);
  }

  /** `shape as Circle`; nothing where the type of the object is part of the other, or for shadows. */
  private cast(op: Op): t.Expression {
    const object = this.value(op.args[0]);
    const { type } = op.result;
    const from = op.args[0].type;
    if (from.kind === 'union' || fieldKeys(type).some((key) => isNarrowed(from, type, key))) return t.tsAsExpression(object, annotation(present(type)).typeAnnotation);
    if (op.attr.shadow || (from.kind === 'record' && type.kind === 'record' && isWider(from, type))) return object;
    return t.tsAsExpression(object, annotation(memberType(from, type)).typeAnnotation);
  }

  private literal(op: Op): t.Expression {
    const values = op.args.map((v) => this.value(v));
    const { type } = op.result;
    const { missing = [], optional = [], instance } = op.attr;
    if (type.kind === 'dictionary') return type.form === 'map' ? raw('new Map()') : raw('{}');
    if (type.kind === 'record') {
      const parts = fieldKeys(type).map((key, i) => ({ key, value: values[i] })).filter((p) => !missing.includes(p.key));
      if (!instance) return record(parts.map((p) => p.key), parts.map((p) => p.value), parts.map((p) => (optional.includes(p.key) ? this.isThere(op.args[fieldKeys(type).indexOf(p.key)], p.key) : undefined)));
      const name = raw(this.options.resolveFree?.(instance.class.name, instance.class.file) ?? instance.class.name);
      if (instance.parameters) return t.newExpression(name, instance.parameters.map((key) => parts.find((p) => p.key === key)!.value));
      const bare = t.callExpression(raw('Object.create'), [t.memberExpression(name, t.identifier('prototype'))]);
      return t.callExpression(raw('Object.assign'), [bare, record(parts.map((p) => p.key), parts.map((p) => p.value))]);
    }
    return type.kind === 'typed' ? method(raw(type.name), 'of', ...values) : t.arrayExpression(values);
  }

  /** Is there a property for this part? */
  private isThere(part: Value, key: string): t.Expression {
    const from = this.nesting.isVariable(part) ? undefined : part.def as Op;
    return from?.kind === 'field' && from.attr.key === key ? t.binaryExpression('in', t.stringLiteral(key), this.value(from.args[0]))
      : t.binaryExpression('!==', this.value(part), t.identifier('undefined'));
  }

  private primitive(op: Op): t.Expression {
    const { fn, loose } = op.attr;
    const operator = OPERATORS[fn!];
    if (fn === 'stopGradient') return this.value(op.args[0]);
    if (op.attr.primitive) return t.callExpression(raw(this.options.names.of(op.attr.primitive.callee)), op.args.map((v) => this.value(v)));
    if (fn! in SPECIAL) return this.runtime(fn!, ...op.args.map((v) => this.value(v)));
    if (!operator) {
      const owner = /^is[A-Z]/.test(fn!) ? 'Number' : 'Math';
      return t.callExpression(t.memberExpression(t.identifier(owner), t.identifier(fn!)), op.args.map((v) => this.value(v)));
    }
    const [a, b] = op.args;
    if (operator.arity === 1) {
      if (fn === 'not') return this.not(a);
      return t.unaryExpression(operator.text as '-', this.value(a));
    }
    if (loose && (fn === 'add' || fn === 'sub')) {
      if (this.looksNegative(b)) return t.binaryExpression(fn === 'add' ? '-' : '+', this.value(a), this.negated(b));
      if (fn === 'add' && this.looksNegative(a) && !this.hasCall(a) && !this.hasCall(b)) return t.binaryExpression('-', this.value(b), this.negated(a));
    }
    return t.binaryExpression(operator.text as '+', this.value(a), this.value(b));
  }

  /** The value as a condition: what only makes a boolean of it is not needed. */
  test(v: Value): t.Expression {
    const negated = this.operandOfNot(v);
    const inner = negated && this.operandOfNot(negated);
    return inner ? this.value(inner) : this.value(v);
  }

  private operandOfNot(v: Value): Value | undefined {
    if (this.nesting.isVariable(v)) return undefined;
    const op = v.def as Op;
    return op.attr.fn === 'not' ? op.args[0] : undefined;
  }

  /** `x.splice(i, 2)`, `x.splice(i, 0, a, b)`, `x.splice(i, 1, ...items)` */
  private splice(op: Op): t.Expression {
    const [array, start, count, items] = op.args;
    const values = this.nesting.isVariable(items) ? undefined : this.value(items);
    const inserted = !values ? [t.spreadElement(this.value(items))] : t.isArrayExpression(values) ? values.elements as t.Expression[] : [t.spreadElement(values)];
    return t.callExpression(t.memberExpression(this.value(array), t.identifier('splice')), [this.value(start), this.value(count), ...inserted]);
  }

  /** `x.subarray(a)`, `x.subarray(a, b)` */
  private view(op: Op): t.Expression { return method(this.value(op.args[0]), 'subarray', ...this.range(op)); }

  /** Start and end of a part. */
  private range(op: Op): t.Expression[] { return op.args.slice(1).map((v) => this.value(v)); }

  /** Array.from(x.keys()).sort((i, j) => x[i] - x[j]) */
  private argsort(op: Op): t.Expression {
    const names = op.args.map((v) => generate(this.value(v)));
    return method(t.callExpression(raw('Array.from'), [method(raw(names[0]), 'keys')]), 'sort', this.inner.comparator(op, names));
  }

  /** What is read, plus the value. */
  sum(read: t.Expression, v: Value): t.Expression {
    return this.looksNegative(v) ? t.binaryExpression('-', read, this.negated(v)) : t.binaryExpression('+', read, this.value(v));
  }

  /** The negation of a condition. */
  not(v: Value): t.Expression {
    if (!this.nesting.isVariable(v)) {
      const op = v.def as Op;
      if (op.attr.fn === 'not' && op.args[0].type.kind === 'boolean') return this.value(op.args[0]);
      if (op.attr.fn === 'eq' || op.attr.fn === 'ne') {
        return t.binaryExpression(op.attr.fn === 'eq' ? '!==' : '===', this.value(op.args[0]), this.value(op.args[1]));
      }
    }
    return t.unaryExpression('!', this.test(v));
  }

  private ternary(op: Op): t.Expression {
    const [then, otherwise] = this.tree.ternaries.get(op)!.map((b) => (b.stmts.at(-1) as { values: Value[] }).values[0]);
    const [c] = op.args;
    if (op.result.type.kind === 'boolean') {
      if (isConst(otherwise, false)) return isConst(then, true) ? this.value(c) : t.logicalExpression('&&', this.value(c), this.value(then));
      if (isConst(then, true)) return t.logicalExpression('||', this.value(c), this.value(otherwise));
      if (isConst(then, false)) return isConst(otherwise, true) ? this.not(c) : t.logicalExpression('&&', this.not(c), this.value(otherwise));
      if (isConst(otherwise, true)) return t.logicalExpression('||', this.not(c), this.value(then));
    }
    // x && y is x where x is falsy, whatever its type.
    if (this.nesting.isVariable(c) && otherwise === c) return t.logicalExpression('&&', this.value(c), this.value(then));
    if (this.nesting.isVariable(c) && then === c) return t.logicalExpression('||', this.value(c), this.value(otherwise));
    return t.conditionalExpression(this.test(c), this.value(then), this.value(otherwise));
  }

  looksNegative(v: Value): boolean {
    if (this.nesting.isVariable(v)) return false;
    const { kind, attr, args } = v.def as Op;
    if (kind === 'const') return !isNamedHere(v.def as Op, this.options) && typeof attr.value === 'number' && attr.value < 0;
    // a + -b and a - b are the same; the rest is only so for derivatives.
    if (kind === 'prim' && attr.fn === 'neg') return true;
    if (kind !== 'prim' || !attr.loose) return false;
    switch (attr.fn) {
      case 'mul': case 'div': return this.looksNegative(args[0]);
      case 'add': return args.every((a) => this.looksNegative(a));
      case 'sub': return this.looksNegative(args[0]) && !this.looksNegative(args[1]);
      default: return false;
    }
  }

  /** The expression of -v, for a v that looks negative. */
  negated(v: Value): t.Expression {
    const { kind, attr, args } = v.def as Op;
    if (kind === 'const') return number(-(attr.value as number));
    const [a, b] = args;
    switch (attr.fn) {
      case 'neg': return this.value(a);
      case 'mul': {
        // -1 * a
        if (isConst(a, -1)) return this.value(b);
        return t.binaryExpression('*', this.negated(a), this.value(b));
      }
      case 'div': return t.binaryExpression('/', this.negated(a), this.value(b));
      case 'add': return t.binaryExpression('+', this.negated(a), this.negated(b));
      default: return t.binaryExpression('+', this.negated(a), this.value(b));
    }
  }

  private hasCall(v: Value): boolean {
    if (this.nesting.isVariable(v)) return false;
    const op = v.def as Op;
    if (op.kind === 'call' || op.kind === 'extern' || op.kind === 'if' || op.kind === 'pop' || op.kind === 'shift' || op.kind === 'splice') return true;
    return op.args.some((a) => this.hasCall(a));
  }
}

function literal(value: unknown): t.Expression {
  switch (typeof value) {
    case 'number': return number(value);
    case 'boolean': return t.booleanLiteral(value);
    case 'string': return t.stringLiteral(value);
    default: return value === null ? t.nullLiteral() : raw('undefined');
  }
}

/** Something to start a variable with that nobody reads before it is assigned. */
export function zero(type: Type): t.Expression | undefined {
  switch (type.kind) {
    case 'number': return number(0);
    case 'boolean': return t.booleanLiteral(false);
    case 'string': return t.stringLiteral('');
    default: return undefined;
  }
}

/** How to name one member of a union. */
function memberType(union: Type, member: Type): Type {
  if (member.kind !== 'record' || member.name) return present(member);
  const tag = member.fields.find((f) => f.tag);
  const named = union.kind === 'record' && union.name !== undefined && tag !== undefined;
  return { kind: 'opaque', text: named ? `Extract<${union.name}, { ${tag.name}: ${tag.tag} }>` : 'any' };
}

/** Is a field that may be of several types of one of them in the other type? */
function isNarrowed(from: Type, to: Type, key: string): boolean {
  return fieldType(from, key)?.kind === 'union' && fieldType(to, key)?.kind !== 'union';
}

/** Has the first type all fields that the second needs? */
function isWider(from: RecordType, to: RecordType): boolean {
  return to.fields.every((f) => f.optional || from.fields.some((g) => g.name === f.name && !g.optional));
}

/** Does TypeScript infer another type from this expression than `type`? */
export function needsAnnotation(type: Type, init: t.Expression): boolean {
  if (t.isArrayExpression(init) && init.elements.length === 0) return true;
  if (type.kind === 'dictionary' && t.isIdentifier(init) && /^(\{\}|new Map\(\))$/.test(init.name)) return true;
  if (t.isNullLiteral(init) || (t.isIdentifier(init) && init.name === 'undefined')) return true;
  const maps = t.isCallExpression(init) && t.isMemberExpression(init.callee) && t.isIdentifier(init.callee.property, { name: 'map' });
  if ((t.isCallExpression(init) && !maps) || t.isMemberExpression(init) || t.isTSAsExpression(init)) return false;
  if (t.isIdentifier(init) && !init.name.startsWith('{')) return false;
  if (t.isIdentifier(init) && init.name.includes('[]')) return true;
  // Of objects with different fields, TypeScript would make a union.
  if (t.isArrayExpression(init) && someType(type, (part) => part.kind === 'record' && part.fields.some((f) => f.optional))) return true;
  return someType(type, (part) => part.kind === 'tuple' || part.kind === 'saved');
}
