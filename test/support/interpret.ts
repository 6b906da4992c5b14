/**
 * Runs IR: a function and its arguments → its result. Memory is ordinary JavaScript objects and
 * arrays. It is what the passes are tested against, so it does each operation in the plainest way.
 */
import { Func, type FuncRef, type Op, type Region, type Result, type Value } from '../../transformer/ir/ir.ts';
import { type Type, TYPED_ARRAYS, fieldKeys } from '../../transformer/ir/types.ts';

export interface Interpreter {
  /** The function that a call names. */
  function(callee: FuncRef): Func;
  /** The value of a name outside the function: a binding of the module, a captured variable, `this`. */
  free?(name: string, module: string): unknown;
  /** Variables outside that the program has assigned. */
  assigned?: Map<string, unknown>;
  /** Names that the text of an extern may use, besides globals. */
  scope?: Record<string, unknown>;
  /** Called before each operation: to count, to stop endless loops. */
  step?(op: Op): void;
}

export class Thrown extends Error {
  constructor(readonly value: unknown) { super(String(value)); }
}

/** The result as the user's program would see it. */
export function run(func: Func, args: readonly unknown[], world: Interpreter): unknown {
  const values = runFlat(func, args, world);
  let next = 0;
  const build = (r: Result): unknown => {
    switch (r.kind) {
      case 'void': return undefined;
      case 'value': return values[next++];
      case 'tuple': return r.parts.map(build);
      case 'record': return Object.fromEntries(r.names.map((name, i) => [name, build(r.parts[i])]));
    }
  };
  return build(func.result);
}

/** The values that the body yields. */
export function runFlat(func: Func, args: readonly unknown[], world: Interpreter): unknown[] {
  const env = new Map<Value, unknown>();
  func.params.forEach((p, i) => env.set(p.value, args[i]));
  const { free, assigned = new Map<string, unknown>() } = world;
  const inside: Interpreter = { ...world, assigned, ...(free ? { free: (name, module) => free(name, module || func.span.file) } : {}) };
  return runRegion(func.body, env, inside);
}

const UNDEF = Symbol('a value that no run reads');

function runRegion(region: Region, env: Map<Value, unknown>, world: Interpreter): unknown[] {
  for (const op of region.ops) runOp(op, env, world);
  return region.yields.map((v) => env.get(v));
}

function runOp(op: Op, env: Map<Value, unknown>, world: Interpreter): void {
  world.step?.(op);
  const { attr } = op;
  const get = (v: Value): unknown => {
    if (!env.has(v)) throw new Error(`value ${v.id} (${v.name ?? '?'}) is read before it is defined`);
    const value = env.get(v);
    if (value === UNDEF) throw new Error(`${op.kind} reads the undefined value ${v.id} (${v.name ?? '?'})`);
    return value;
  };
  const set = (...values: unknown[]) => op.results.forEach((v, i) => env.set(v, values[i]));
  const moved = () => op.args.map((v) => env.get(v));
  switch (op.kind) {
    case 'if': {
      const branch = op.regions[get(op.args[0]) === true ? 0 : 1];
      set(...runRegion(branch, env, world));
      return;
    }
    case 'loop': set(...runLoop(op, moved(), env, world)); return;
    case 'const': set(attr.value); return;
    case 'undef': set(UNDEF); return;
    case 'free': set(world.assigned!.has(attr.name!) ? world.assigned!.get(attr.name!) : world.free?.(attr.name!, attr.module ?? '')); return;
    case 'literal': set(makeLiteral(op.result.type, moved())); return;
    case 'call': {
      const callee = world.function(attr.callee!);
      set(...runFlat(callee, moved(), world));
      return;
    }
  }
  const args = op.args.map(get);
  const [a, b, c] = args as [any, any, any];
  switch (op.kind) {
    case 'prim': set(primitive(attr.fn!, args)); return;
    case 'load': set(a[b]); return;
    case 'store': a[b] = c; return;
    case 'accum': a[b] += c; return;
    case 'field': set(a[attr.key!]); return;
    case 'setfield': a[attr.key!] = b; return;
    case 'accumfield': a[attr.key!] += b; return;
    case 'length': set(a.length); return;
    case 'new': set(makeArray(op.result.type, a)); return;
    case 'copy': {
      const part = op.args.length > 1 ? a.slice(b, c) : a;
      set(op.result.type.kind === 'typed' ? typedArray(op.result.type.name).from(part) : Array.from(part));
      return;
    }
    case 'fill': a.fill(b); return;
    case 'push': a.push(b); return;
    case 'pop': set(a.pop()); return;
    case 'unshift': a.unshift(b); return;
    case 'shift': set(a.shift()); return;
    case 'splice': set(a.splice(b, c, ...(args[3] as unknown[]))); return;
    case 'resize': a.length = b; return;
    case 'view': set(a.subarray(b, c)); return;
    case 'argsort': {
      const captured = args.slice(1);
      set([...a.keys()].sort((i, j) => runFlat(attr.compare!, [a[i], a[j], ...captured], world)[0] as number));
      return;
    }
    case 'cast': set(a); return;
    case 'zeros': set(zeros(a)); return;
    case 'clone': set(clone(a)); return;
    case 'addinto': addInto(a, b); return;
    case 'clear': clear(a); return;
    case 'detach': return;
    case 'throw': throw new Thrown(a);
    case 'extern':
      if (attr.assigns) world.assigned!.set(attr.assigns, args[0]);
      else set(external(attr.text!, args, world));
  }
}

function runLoop(op: Op, initial: unknown[], env: Map<Value, unknown>, world: Interpreter): unknown[] {
  const { test, exit } = op.attr.loop!;
  const [testRegion, body] = op.regions;
  let carried = initial;
  const enter = () => op.params.forEach((p, i) => env.set(p, carried[i]));
  const passes = () => {
    enter();
    return runRegion(testRegion, env, world)[0] === true;
  };
  if (exit && carried[0] !== false) throw new Error('the exit flag of a loop does not begin as false');
  if (test === 'before' && !passes()) return carried;
  for (;;) {
    enter();
    carried = runRegion(body, env, world);
    if (exit && carried[0] === true) return carried;
    if (!passes()) return carried;
  }
}

function typedArray(name: string): Float64ArrayConstructor {
  return (globalThis as unknown as Record<string, Float64ArrayConstructor>)[name];
}

function makeArray(type: Type, length: number): unknown {
  if (type.kind === 'typed') return new (typedArray(type.name))(length);
  const array = new Array(length);
  return type.kind === 'array' && type.element.kind === 'number' ? array.fill(0) : array;
}

function makeLiteral(type: Type, parts: unknown[]): unknown {
  if (type.kind === 'typed') return typedArray(type.name).from(parts as number[]);
  if (type.kind === 'record') return Object.fromEntries(fieldKeys(type).map((key, i) => [key, parts[i]]));
  return parts;
}

/** Operators as the language has them; all else is a function of `Math` or `Number`. */
function primitive(fn: string, args: unknown[]): unknown {
  const [a, b] = args as [any, any];
  switch (fn) {
    case 'add': case 'concat': return a + b;
    case 'sub': return a - b;
    case 'mul': return a * b;
    case 'div': return a / b;
    case 'rem': return a % b;
    case 'pow': return a ** b;
    case 'neg': return -a;
    case 'lt': return a < b;
    case 'le': return a <= b;
    case 'gt': return a > b;
    case 'ge': return a >= b;
    case 'eq': return a === b;
    case 'ne': return a !== b;
    case 'not': return !a;
    case 'bitand': return a & b;
    case 'bitor': return a | b;
    case 'bitxor': return a ^ b;
    case 'bitnot': return ~a;
    case 'shl': return a << b;
    case 'shr': return a >> b;
    case 'ushr': return a >>> b;
    case 'stopGradient': return a;
    case 'isNaN': return Number.isNaN(a);
    case 'isFinite': return Number.isFinite(a);
    case 'isInteger': return Number.isInteger(a);
    default: {
      const f = (Math as unknown as Record<string, (...xs: unknown[]) => unknown>)[fn];
      if (!f) throw new Error(`no primitive ${fn}`);
      return f(...args);
    }
  }
}

function isTyped(value: unknown): value is Float64Array { return TYPED_ARRAYS.some((name) => value instanceof typedArray(name)); }

function zeros(value: unknown): unknown {
  if (typeof value === 'number') return 0;
  if (isTyped(value)) return /^Float/.test(value.constructor.name) ? new (value.constructor as Float64ArrayConstructor)(value.length) : undefined;
  if (Array.isArray(value)) return value.map(zeros);
  if (value && typeof value === 'object') return Object.fromEntries(Object.entries(value).map(([key, v]) => [key, zeros(v)]));
  return undefined;
}

export function clone(value: unknown): unknown {
  if (isTyped(value)) return value.slice();
  if (Array.isArray(value)) return value.map(clone);
  if (value && typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype) {
    return Object.fromEntries(Object.entries(value).map(([key, v]) => [key, clone(v)]));
  }
  return value;
}

/** Both go through their elements alike, whether array or object. */
function addInto(target: any, source: any): void {
  for (const key of isTyped(target) || Array.isArray(target) ? target.keys() : Object.keys(target)) {
    if (typeof target[key] === 'number') target[key] += source[key];
    else if (target[key] && typeof target[key] === 'object') addInto(target[key], source[key]);
  }
}

function clear(target: any): void {
  for (const key of isTyped(target) || Array.isArray(target) ? target.keys() : Object.keys(target)) {
    if (typeof target[key] === 'number') target[key] = 0;
    else if (target[key] && typeof target[key] === 'object') clear(target[key]);
  }
}

/** See lower/externs.ts: a callee, or an expression with `$0`, `$1` … in it. */
function external(text: string, args: unknown[], { scope = {} }: Interpreter): unknown {
  const names = args.map((_, i) => `$${i}`);
  const expression = /^\/|\$\d/.test(text) ? text : `${text}(${names.join(', ')})`;
  return new Function(...Object.keys(scope), ...names, `return ${expression};`)(...Object.values(scope), ...args);
}
