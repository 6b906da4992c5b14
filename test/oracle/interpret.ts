/**
 * An interpreter of TypeScript, for the oracle: it evaluates the user's syntax tree as it stands. Only numbers are special
 * (they may carry a derivative, see number.ts), and arrays of floats, whose cells hold such numbers; everything else of
 * the program is what it is in JavaScript: arrays and records are arrays and records, functions are functions that
 * native methods can call, classes are constructors. Aliasing needs no care: memory is memory.
 */
import type * as t from '@babel/types';
import { type Num, apply } from './number.ts';
import { makeClass, makeEnum } from './classes.ts';
import { Floats } from './floats.ts';
import { binary, callMethod, plain, truthy, unary } from './library.ts';
import { type Completion, Scope, afterLoop, continues } from './scope.ts';

type Declare = 'const' | 'let' | 'var' | undefined;
type FunctionNode = t.FunctionDeclaration | t.FunctionExpression | t.ArrowFunctionExpression | t.ObjectMethod | t.ClassMethod | t.ClassPrivateMethod;

export class Interpreter {
  /** After so many statements and calls, the program counts as endless. */
  constructor(private fuel: number) {}

  // Statements

  hoist(body: t.Statement[], scope: Scope): void {
    for (const s of body) if (s.type === 'FunctionDeclaration' && s.id) scope.declare(s.id.name, this.makeFunction(s, scope));
  }

  block(body: t.Statement[], scope: Scope): Completion {
    this.hoist(body, scope);
    for (const s of body) {
      const done = this.statement(s, scope);
      if (done) return done;
    }
    return undefined;
  }

  statement(s: t.Statement, scope: Scope, label?: string): Completion {
    if (--this.fuel < 0) throw new Error('the oracle ran out of fuel: the program seems to be endless');
    switch (s.type) {
      case 'ExpressionStatement': this.evaluate(s.expression, scope); return undefined;
      case 'VariableDeclaration':
        if (s.declare) return undefined;
        for (const d of s.declarations) {
          if (d.init || s.kind !== 'var') this.bind(d.id as t.LVal, d.init ? this.named(d.init, d.id, scope) : undefined, scope, s.kind as Declare);
        }
        return undefined;
      case 'ReturnStatement': return { kind: 'return', value: s.argument ? this.evaluate(s.argument, scope) : undefined };
      case 'IfStatement':
        if (truthy(this.evaluate(s.test, scope))) return this.statement(s.consequent, scope);
        return s.alternate ? this.statement(s.alternate, scope) : undefined;
      case 'BlockStatement': return this.block(s.body, new Scope(scope));
      case 'ForStatement': return this.forLoop(s, scope, label);
      case 'ForOfStatement': case 'ForInStatement': {
        const right: any = this.evaluate(s.right, scope);
        for (const value of s.type === 'ForOfStatement' ? right : Object.keys(right instanceof Floats ? [...right] : right)) {
          const inner = new Scope(scope);
          if (s.left.type === 'VariableDeclaration') this.bind(s.left.declarations[0].id as t.LVal, value, inner, s.left.kind as Declare);
          else this.bind(s.left as t.LVal, value, inner, undefined);
          const done = this.statement(s.body, inner);
          if (done && !continues(done, label)) return afterLoop(done, label);
        }
        return undefined;
      }
      case 'WhileStatement':
        while (truthy(this.evaluate(s.test, scope))) {
          const done = this.statement(s.body, scope);
          if (done && !continues(done, label)) return afterLoop(done, label);
        }
        return undefined;
      case 'DoWhileStatement':
        do {
          const done = this.statement(s.body, scope);
          if (done && !continues(done, label)) return afterLoop(done, label);
        } while (truthy(this.evaluate(s.test, scope)));
        return undefined;
      case 'BreakStatement': return { kind: 'break', label: s.label?.name };
      case 'ContinueStatement': return { kind: 'continue', label: s.label?.name };
      case 'LabeledStatement': {
        const done = this.statement(s.body, scope, s.label.name);
        return done?.kind === 'break' && done.label === s.label.name ? undefined : done;
      }
      case 'SwitchStatement': return this.switch(s, new Scope(scope));
      case 'ThrowStatement': throw this.evaluate(s.argument, scope);
      case 'TryStatement':
        try {
          return this.statement(s.block, scope);
        } catch (error) {
          if (!s.handler) throw error;
          const inner = new Scope(scope);
          if (s.handler.param) this.bind(s.handler.param as t.LVal, error, inner, 'let');
          return this.block(s.handler.body.body, inner);
        } finally {
          const done = s.finalizer && this.statement(s.finalizer, scope);
          if (done) return done; // eslint-disable-line no-unsafe-finally
        }
      case 'ClassDeclaration': scope.declare(s.id!.name, undefined).value = makeClass(this, s, scope); return undefined;
      case 'TSEnumDeclaration': scope.declare(s.id.name, makeEnum(this, s, scope)); return undefined;
      case 'TSModuleDeclaration': return this.namespace(s, scope);
      case 'FunctionDeclaration': case 'EmptyStatement': case 'TSInterfaceDeclaration': case 'TSTypeAliasDeclaration': case 'TSDeclareFunction':
        return undefined;
      default: throw new Error(`the oracle has no ${s.type}`);
    }
  }

  /** `namespace N { … }`: an object with what it exports. */
  private namespace(s: t.TSModuleDeclaration, scope: Scope): undefined {
    const inner = new Scope(scope, true);
    const { name } = s.id as t.Identifier;
    const object = scope.cells.get(name)?.value ?? {};
    scope.declare(name, object);
    const { body } = s.body as t.TSModuleBlock;
    const plainly = body.map((b) => (b.type === 'ExportNamedDeclaration' && b.declaration ? b.declaration as t.Statement : b));
    this.hoist(plainly, inner);
    plainly.forEach((b, i) => {
      this.statement(b, inner);
      if (b === body[i]) return;
      const ids = b.type === 'VariableDeclaration' ? b.declarations.map((d) => d.id) : 'id' in b && b.id ? [b.id] : [];
      for (const id of ids) if (id.type === 'Identifier' && inner.cells.has(id.name)) Object.defineProperty(object, id.name, { get: () => inner.find(id.name).value, enumerable: true, configurable: true });
    });
    return undefined;
  }

  private forLoop(s: t.ForStatement, scope: Scope, label?: string): Completion {
    let head = new Scope(scope);
    if (s.init?.type === 'VariableDeclaration') this.statement(s.init, head);
    else if (s.init) this.evaluate(s.init, head);
    while (!s.test || truthy(this.evaluate(s.test, head))) {
      const done = this.statement(s.body, head);
      if (done && !continues(done, label)) return afterLoop(done, label);
      // Each iteration has its own variables, which closures keep.
      const next = new Scope(scope);
      for (const [name, cell] of head.cells) next.declare(name, cell.value);
      head = next;
      if (s.update) this.evaluate(s.update, head);
    }
    return undefined;
  }

  private switch(s: t.SwitchStatement, scope: Scope): Completion {
    const value = plain(this.evaluate(s.discriminant, scope));
    let start = s.cases.findIndex((c) => c.test && plain(this.evaluate(c.test, scope)) === value);
    if (start < 0) start = s.cases.findIndex((c) => !c.test);
    if (start < 0) return undefined;
    for (const c of s.cases.slice(start)) {
      const done = this.block(c.consequent, scope);
      if (done) return done.kind === 'break' && !done.label ? undefined : done;
    }
    return undefined;
  }

  // Patterns

  /** Assigns to a pattern; declares its names if `declare` says so. */
  bind(target: t.LVal | t.Node, value: any, scope: Scope, declare: Declare): void {
    switch (target.type) {
      case 'Identifier':
        if (!declare) scope.find(target.name).value = value;
        else {
          let home = scope;
          while (declare === 'var' && !home.isFunction && home.parent) home = home.parent;
          home.declare(target.name, value);
        }
        break;
      case 'AssignmentPattern':
        this.bind(target.left, value === undefined ? this.named(target.right, target.left, scope) : value, scope, declare);
        break;
      case 'ArrayPattern': {
        const parts = [...value];
        target.elements.forEach((element, i) => {
          if (element?.type === 'RestElement') this.bind(element.argument, parts.slice(i), scope, declare);
          else if (element) this.bind(element, parts[i], scope, declare);
        });
        break;
      }
      case 'ObjectPattern': {
        const rest = { ...value };
        for (const p of target.properties) {
          if (p.type === 'RestElement') this.bind(p.argument, rest, scope, declare);
          else {
            const key = this.key(p, scope);
            delete rest[key];
            this.bind(p.value, this.get(value, key), scope, declare);
          }
        }
        break;
      }
      case 'MemberExpression': this.set(this.evaluate(target.object as t.Expression, scope), this.key(target, scope), value); break;
      case 'TSParameterProperty': this.bind(target.parameter, value, scope, declare); break;
      case 'TSNonNullExpression': case 'TSAsExpression': this.bind(target.expression, value, scope, declare); break;
      default: throw new Error(`the oracle cannot assign to ${target.type}`);
    }
  }

  key(node: t.Node & { computed?: boolean }, scope: Scope): any {
    const key = (node as any).property ?? (node as any).key;
    if (node.computed) return plain(this.evaluate(key, scope));
    return key.type === 'PrivateName' ? `#${key.id.name}` : key.type === 'Identifier' ? key.name : key.value;
  }

  private get(object: any, key: any): unknown {
    if (object instanceof Floats) {
      if (typeof key === 'number' || /^\d+$/.test(String(key))) return object.read(Number(key));
      if (!['length', 'buffer', 'byteOffset'].includes(key)) return object.method(key);
    }
    return object[key];
  }

  private set(object: any, key: any, value: any): void {
    if (object instanceof Floats) object.put(Number(key), value);
    else object[key] = ArrayBuffer.isView(object) || key === 'length' ? plain(value) : value;
  }

  // Expressions

  /** Evaluates an initialiser; an anonymous function gets the name of its variable. */
  private named(e: t.Expression, target: t.Node, scope: Scope): unknown {
    const value = this.evaluate(e, scope);
    if (target.type === 'Identifier' && (e.type === 'ArrowFunctionExpression' || e.type === 'FunctionExpression')) {
      Object.defineProperty(value, 'name', { value: target.name });
    }
    return value;
  }

  private args(nodes: t.Node[], scope: Scope): any[] {
    return nodes.flatMap((n) => (n.type === 'SpreadElement' ? [...this.evaluate(n.argument, scope) as Iterable<unknown>] : [this.evaluate(n as t.Expression, scope)]));
  }

  evaluate(e: t.Expression, scope: Scope): any {
    switch (e.type) {
      case 'NumericLiteral': case 'StringLiteral': case 'BooleanLiteral': return e.value;
      case 'NullLiteral': return null;
      case 'BigIntLiteral': return BigInt(e.value);
      case 'RegExpLiteral': return new RegExp(e.pattern, e.flags);
      case 'Identifier': return scope.find(e.name).value;
      case 'ThisExpression': return scope.find('this').value;
      case 'TemplateLiteral': return e.quasis.map((q, i) => q.value.cooked + (i < e.expressions.length ? String(this.evaluate(e.expressions[i] as t.Expression, scope)) : '')).join('');
      case 'ParenthesizedExpression': case 'TSAsExpression': case 'TSSatisfiesExpression': case 'TSNonNullExpression': case 'TSTypeAssertion': case 'TSInstantiationExpression':
        return this.evaluate(e.expression, scope);
      case 'ArrayExpression': {
        const parts: unknown[] = [];
        for (const x of e.elements) {
          if (x?.type === 'SpreadElement') parts.push(...this.evaluate(x.argument, scope));
          else if (x) parts.push(this.evaluate(x, scope));
          else parts.length++;
        }
        return parts;
      }
      case 'ObjectExpression': return this.makeObject(e, scope);
      case 'ArrowFunctionExpression': case 'FunctionExpression': return this.makeFunction(e, scope);
      case 'ClassExpression': return makeClass(this, e, scope);
      case 'UnaryExpression':
        if (e.operator === 'delete') return delete this.evaluate((e.argument as any).object, scope)[this.key(e.argument as any, scope)];
        if (e.operator === 'typeof' && e.argument.type === 'Identifier' && !this.exists(e.argument.name, scope)) return 'undefined';
        return unary(e.operator, this.evaluate(e.argument, scope));
      case 'BinaryExpression':
        if (e.left.type === 'PrivateName') return `#${e.left.id.name}` in this.evaluate(e.right, scope);
        return binary(e.operator, this.evaluate(e.left, scope), this.evaluate(e.right, scope));
      case 'LogicalExpression': {
        const left = this.evaluate(e.left, scope);
        return shortCircuits(e.operator, left) ? left : this.evaluate(e.right, scope);
      }
      case 'ConditionalExpression': return this.evaluate(truthy(this.evaluate(e.test, scope)) ? e.consequent : e.alternate, scope);
      case 'SequenceExpression': return e.expressions.reduce<unknown>((_, x) => this.evaluate(x, scope), undefined);
      case 'UpdateExpression': {
        const place = this.place(e.argument, scope);
        const old = place.read() as Num;
        const next = apply(e.operator === '++' ? 'add' : 'sub', old, 1);
        place.write(next);
        return e.prefix ? next : old;
      }
      case 'AssignmentExpression': return this.assignment(e, scope);
      case 'MemberExpression': case 'OptionalMemberExpression': case 'CallExpression': case 'OptionalCallExpression': {
        const value = this.chain(e, scope);
        return value === SHORT ? undefined : value;
      }
      case 'NewExpression': {
        const callee = this.evaluate(e.callee as t.Expression, scope);
        const args = this.args(e.arguments, scope);
        return Object.getPrototypeOf(callee) === Object.getPrototypeOf(Int8Array) ? new callee(...args.map((x) => (Array.isArray(x) ? x.map(plain) : plain(x)))) : new callee(...args);
      }
      default: throw new Error(`the oracle has no ${e.type}`);
    }
  }

  private exists(name: string, scope: Scope): boolean {
    for (let s: Scope | undefined = scope; s; s = s.parent) if (s.cells.has(name)) return true;
    return false;
  }

  /** A place to read and write; its object and key are evaluated once. */
  private place(target: t.Node, scope: Scope): { read(): unknown; write(value: unknown): void } {
    if (target.type === 'TSNonNullExpression' || target.type === 'TSAsExpression' || target.type === 'ParenthesizedExpression') return this.place(target.expression, scope);
    if (target.type === 'MemberExpression') {
      const object = this.evaluate(target.object as t.Expression, scope);
      const key = this.key(target, scope);
      return { read: () => this.get(object, key), write: (value) => this.set(object, key, value) };
    }
    const cell = scope.find((target as t.Identifier).name);
    return { read: () => cell.value, write: (value) => { cell.value = value; } };
  }

  private assignment(e: t.AssignmentExpression, scope: Scope): unknown {
    if (e.operator === '=') {
      // The object and the key of the target come first, as in JavaScript.
      const simple = e.left.type === 'MemberExpression' ? this.place(e.left, scope) : undefined;
      const value = this.named(e.right, e.left, scope);
      if (simple) simple.write(value);
      else this.bind(e.left, value, scope, undefined);
      return value;
    }
    const place = this.place(e.left, scope);
    const old = place.read();
    const operator = e.operator.slice(0, -1);
    if (['&&', '||', '??'].includes(operator)) {
      if (shortCircuits(operator, old)) return old;
      const value = this.evaluate(e.right, scope);
      place.write(value);
      return value;
    }
    const value = binary(operator, old, this.evaluate(e.right, scope));
    place.write(value);
    return value;
  }

  /** Member accesses and calls, where `?.` may cut the whole chain short. */
  private chain(e: t.Expression, scope: Scope): any {
    if (e.type === 'MemberExpression' || e.type === 'OptionalMemberExpression') {
      if (e.object.type === 'Super') return Reflect.get(scope.find('%home').value, this.key(e, scope), scope.find('this').value);
      const object = this.chain(e.object, scope);
      if (object === SHORT || (e.optional && object == null)) return SHORT;
      return this.get(object, this.key(e, scope));
    }
    if (e.type !== 'CallExpression' && e.type !== 'OptionalCallExpression') return e.type === 'TSNonNullExpression' ? this.chain(e.expression, scope) : this.evaluate(e, scope);
    const { callee } = e;
    if (callee.type === 'Super') {
      scope.find('%super').value(this.args(e.arguments, scope));
      return undefined;
    }
    const member = callee.type === 'TSNonNullExpression' ? callee.expression : callee;
    if (member.type === 'MemberExpression' || member.type === 'OptionalMemberExpression') {
      const key = this.key(member, scope);
      if (member.object.type === 'Super') return scope.find('%home').value[key].apply(scope.find('this').value, this.args(e.arguments, scope));
      const object = this.chain(member.object, scope);
      if (object === SHORT || (member.optional && object == null)) return SHORT;
      if (e.optional && this.get(object, key) == null) return SHORT;
      return callMethod(object, key, this.args(e.arguments, scope));
    }
    const f = this.chain(callee as t.Expression, scope);
    if (f === SHORT || (e.optional && f == null)) return SHORT;
    return f(...this.args(e.arguments, scope));
  }

  // Objects, functions, classes

  private makeObject(e: t.ObjectExpression, scope: Scope): object {
    const object: any = {};
    for (const p of e.properties) {
      if (p.type === 'SpreadElement') Object.assign(object, this.evaluate(p.argument, scope));
      else if (p.type === 'ObjectProperty') object[this.key(p, scope)] = this.evaluate(p.value as t.Expression, scope);
      else this.defineMethod(object, p, scope);
    }
    return object;
  }

  defineMethod(object: object, node: t.ObjectMethod | t.ClassMethod | t.ClassPrivateMethod, scope: Scope): void {
    const home = new Scope(scope);
    home.declare('%home', Object.getPrototypeOf(object));
    const f = this.makeFunction(node, home);
    const key = this.key(node as t.ClassMethod, scope);
    const enumerable = node.type === 'ObjectMethod';
    if (node.kind === 'get' || node.kind === 'set') Object.defineProperty(object, key, { [node.kind]: f, enumerable, configurable: true });
    else Object.defineProperty(object, key, { value: f, enumerable, configurable: true, writable: true });
  }

  makeFunction(node: FunctionNode, scope: Scope): (...args: any[]) => unknown {
    if (node.async || node.generator) throw new Error('the oracle has no async functions and no generators');
    const interpreter = this;
    const f = node.type === 'ArrowFunctionExpression'
      ? (...args: any[]) => interpreter.run(node, new Scope(scope, true), args)
      : function (this: unknown, ...args: any[]) {
        const inner = new Scope(scope, true);
        inner.declare('this', this);
        return interpreter.run(node, inner, args);
      };
    const name = 'id' in node && node.id ? node.id.name : 'key' in node && node.key.type === 'Identifier' ? node.key.name : '';
    Object.defineProperty(f, 'name', { value: name });
    return f;
  }

  private run(node: FunctionNode, scope: Scope, args: any[]): unknown {
    if (--this.fuel < 0) throw new Error('the oracle ran out of fuel: the program seems to be endless');
    const params = node.params[0]?.type === 'Identifier' && node.params[0].name === 'this' ? node.params.slice(1) : node.params;
    params.forEach((p, i) => {
      if (p.type === 'RestElement') this.bind(p.argument, args.slice(i), scope, 'let');
      else this.bind(p, args[i], scope, 'let');
    });
    if (node.body.type !== 'BlockStatement') return this.evaluate(node.body, scope);
    const done = this.block(node.body.body, scope);
    return done?.kind === 'return' ? done.value : undefined;
  }

}

/** What a chain with `?.` gives when it is cut short. */
const SHORT = Symbol('short');

function shortCircuits(operator: string, left: unknown): boolean {
  return operator === '??' ? left !== undefined && left !== null : operator === '&&' ? !truthy(left) : truthy(left);
}

