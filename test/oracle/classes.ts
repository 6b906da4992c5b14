/** Classes and enums of the interpreted program, as constructors and objects of JavaScript. */
import type * as t from '@babel/types';
import type { Interpreter } from './interpret.ts';
import { Scope } from './scope.ts';

export function makeClass(interpreter: Interpreter, node: t.ClassDeclaration | t.ClassExpression, scope: Scope): any {
  const own = new Scope(scope);
  const Parent: any = node.superClass ? interpreter.evaluate(node.superClass, scope) : undefined;
  const members = node.body.body;
  const constructor = members.find((m): m is t.ClassMethod => m.type === 'ClassMethod' && m.kind === 'constructor');

  function Class(this: unknown, ...args: any[]): object {
    const target: any = new.target;
    const inner = new Scope(own, true);
    const self = inner.declare('this');
    const begin = (parentArgs: any[]) => {
      self.value = Parent ? Reflect.construct(Parent, parentArgs, target) : Object.create(target.prototype);
      for (const p of constructor?.params ?? []) {
        if (p.type === 'TSParameterProperty') {
          const name = (p.parameter.type === 'AssignmentPattern' ? p.parameter.left : p.parameter) as t.Identifier;
          self.value[name.name] = inner.find(name.name).value;
        }
      }
      for (const m of members) {
        if ((m.type === 'ClassProperty' || m.type === 'ClassPrivateProperty') && !m.static && !(m as t.ClassProperty).declare) {
          self.value[interpreter.key(m, inner)] = m.value ? interpreter.evaluate(m.value, inner) : undefined;
        }
      }
    };
    inner.declare('%super', begin);
    inner.declare('%home', Parent?.prototype);
    if (!constructor) {
      begin(args);
      return self.value;
    }
    constructor.params.forEach((p, i) => {
      if (p.type === 'RestElement') interpreter.bind(p.argument, args.slice(i), inner, 'let');
      else interpreter.bind(p, args[i], inner, 'let');
    });
    if (!Parent) begin([]);
    interpreter.block(constructor.body.body, inner);
    return self.value;
  }
  const C: any = Class;
  Object.defineProperty(C, 'name', { value: node.id?.name ?? '' });
  if (Parent) {
    Object.setPrototypeOf(C, Parent);
    C.prototype = Object.create(Parent.prototype, { constructor: { value: C, writable: true, configurable: true } });
  }
  if (node.id) own.declare(node.id.name, C);
  for (const m of members) {
    if ((m.type === 'ClassMethod' || m.type === 'ClassPrivateMethod') && m !== constructor) interpreter.defineMethod(m.static ? C : C.prototype, m, own);
  }
  const statics = new Scope(own, true);
  statics.declare('this', C);
  for (const m of members) {
    if ((m.type === 'ClassProperty' || m.type === 'ClassPrivateProperty') && m.static) C[interpreter.key(m, statics)] = m.value ? interpreter.evaluate(m.value, statics) : undefined;
    else if (m.type === 'StaticBlock') interpreter.block(m.body, new Scope(statics));
  }
  return C;
}

export function makeEnum(interpreter: Interpreter, node: t.TSEnumDeclaration, scope: Scope): object {
  const result: any = {};
  const inner = new Scope(scope);
  let next: any = 0;
  for (const m of node.body?.members ?? node.members ?? []) {
    const name = m.id.type === 'Identifier' ? m.id.name : m.id.value;
    const value = m.initializer ? interpreter.evaluate(m.initializer, inner) : next;
    result[name] = value;
    inner.declare(name, value);
    if (typeof value === 'number') {
      result[value] = name;
      next = value + 1;
    }
  }
  return result;
}
