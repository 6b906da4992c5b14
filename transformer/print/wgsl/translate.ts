/**
 * Statements in WGSL. The printer makes them as Babel nodes of TypeScript; those of a function of numbers that legal.ts
 * has let through say the same in WGSL under other names:
 *
 *   const y = c ? Math.sin(x) : x / 2;           →   let y = select(x / 2.0, sin(x), c);
 *   let s = 0; for (let i = 0; i < n; i++) …     →   var s = 0.0; for (var i = 0.0; i < n; i += 1.0) …
 *   const s_saved = new Float64Array(10);        →   var s_saved: array<f32, 10>;
 *   [a, b] = [b, a + b];                         →   { let a_next = b; let b_next = a + b; a = a_next; b = b_next; }
 *
 * WGSL does not mix some operators without parentheses, has no assignments in expressions, and its parameters are constant.
 */
import * as t from '@babel/types';
import { FUNCTIONS, type WgslFunction } from './functions.ts';

export interface Translated {
  /** Of these lines the function's body is made, without indentation of their own. */
  body: string;
  /** Parameters that are assigned: `x` is a variable then, and its parameter needs another name. */
  assigned: Set<string>;
  used: Set<WgslFunction>;
}

/** `result` makes the text of what is returned from the texts of its parts. */
export function translate(statements: readonly t.Statement[], params: readonly string[], result: (parts: string[]) => string): Translated {
  return new Translation(params, result).run(statements);
}

const LEVELS: Record<string, number> = { '||': 1, '&&': 1, '==': 2, '!=': 2, '<': 2, '<=': 2, '>': 2, '>=': 2, '+': 3, '-': 3, '*': 4, '/': 4, '%': 4 };
const UNARY = 5;
const WHOLE = 6;
const OPERATORS: Record<string, string> = { '===': '==', '!==': '!=' };

interface Text { text: string; level: number; operator?: string }

class Translation {
  private assigned = new Set<string>();
  private used = new Set<WgslFunction>();

  constructor(private params: readonly string[], private result: (parts: string[]) => string) {}

  run(statements: readonly t.Statement[]): Translated {
    const body = this.block(statements);
    const { assigned, used } = this;
    return { body, assigned, used };
  }

  private block(statements: readonly t.Statement[]): string {
    return statements.map((s) => this.statement(s)).join('\n');
  }

  private braces(statement: t.Statement): string {
    const inner = this.block(t.isBlockStatement(statement) ? statement.body : [statement]);
    return inner ? `{\n${indent(inner)}\n}` : '{\n}';
  }

  private statement(s: t.Statement): string {
    switch (s.type) {
      case 'VariableDeclaration': return s.declarations.map((d) => this.declaration(d, s.kind)).join('\n');
      case 'ExpressionStatement': return `${this.effect(s.expression)}`;
      case 'IfStatement': {
        const then = `if (${this.text(s.test)}) ${this.braces(s.consequent)}`;
        if (!s.alternate) return then;
        return `${then} else ${t.isIfStatement(s.alternate) ? this.statement(s.alternate) : this.braces(s.alternate)}`;
      }
      case 'ForStatement': return this.for(s);
      case 'WhileStatement':
        return t.isBooleanLiteral(s.test, { value: true }) ? `loop ${this.braces(s.body)}` : `while (${this.text(s.test)}) ${this.braces(s.body)}`;
      case 'DoWhileStatement': {
        const inner = this.block((s.body as t.BlockStatement).body);
        return `loop {\n${indent(`${inner}\ncontinuing {\n${indent(`break if ${this.whole({ text: `!${this.operand(s.test, UNARY)}`, level: UNARY })};`)}\n}`)}\n}`;
      }
      case 'BlockStatement': return this.braces(s);
      case 'BreakStatement': return 'break;';
      case 'ContinueStatement': return 'continue;';
      case 'ReturnStatement': {
        const value = s.argument!;
        const parts = t.isArrayExpression(value) ? value.elements as t.Expression[] : [value];
        return `return ${this.result(parts.map((p) => this.text(p)))};`;
      }
      default: throw new Error(`WGSL has no ${s.type}`);
    }
  }

  private declaration({ id, init }: t.VariableDeclarator, kind: string): string {
    const { name, typeAnnotation } = id as t.Identifier;
    if (!init) return `var ${name}: ${typeName(typeAnnotation)};`;
    // An array is the variable itself, to which elements are assigned.
    if (t.isNewExpression(init)) return `var ${name}: array<f32, ${(init.arguments[0] as t.NumericLiteral).value}>;`;
    const elements = elementsOf(init);
    if (elements) return `var ${name} = array<f32, ${elements.length}>(${elements.map((e) => this.text(e)).join(', ')});`;
    const filled = filledLength(init);
    if (filled !== undefined) return `var ${name}: array<f32, ${filled}>;`;
    return `${kind === 'const' ? 'let' : 'var'} ${name} = ${this.text(init)};`;
  }

  private for({ init, test, update, body }: t.ForStatement): string {
    const declared = t.isVariableDeclaration(init) ? init.declarations : [];
    const updates = t.isSequenceExpression(update) ? update.expressions : update ? [update] : [];
    const simple = declared.length <= 1 && updates.length <= 1 && updates.every((e) => !isSwap(e));
    if (simple) {
      const first = declared.map((d) => this.declaration(d, 'let').slice(0, -1)).join('');
      return `for (${first}; ${test ? this.text(test) : ''}; ${updates.map((e) => this.effect(e).slice(0, -1)).join('')}) ${this.braces(body)}`;
    }
    const leave = test ? [`if (!${this.operand(test, UNARY)}) {\n${indent('break;')}\n}`] : [];
    const inner = [...leave, this.block(t.isBlockStatement(body) ? body.body : [body]), `continuing {\n${indent(updates.map((e) => this.effect(e)).join('\n'))}\n}`];
    return `{\n${indent([...declared.map((d) => this.declaration(d, 'let')), `loop {\n${indent(inner.join('\n'))}\n}`].join('\n'))}\n}`;
  }

  /** An expression that is there for what it does. */
  private effect(e: t.Expression): string {
    if (t.isUpdateExpression(e)) return `${this.place(e.argument as t.LVal)} ${e.operator[0]}= 1.0;`;
    if (!t.isAssignmentExpression(e)) throw new Error(`WGSL has no statement ${e.type}`);
    if (isSwap(e)) {
      const targets = (e.left as t.ArrayPattern).elements as t.Identifier[];
      const sources = (e.right as t.ArrayExpression).elements as t.Expression[];
      const next = targets.map((target, i) => `let ${target.name}_next = ${this.text(sources[i])};`);
      return `{\n${indent([...next, ...targets.map((target) => `${this.place(target)} = ${target.name}_next;`)].join('\n'))}\n}`;
    }
    const place = this.place(e.left as t.LVal);
    if (e.operator === '**=') return `${place} = ${this.call('pow', [place, this.text(e.right)])};`;
    return `${place} ${e.operator} ${this.text(e.right)};`;
  }

  private place(target: t.LVal | t.OptionalMemberExpression): string {
    if (t.isIdentifier(target)) {
      if (this.params.includes(target.name)) this.assigned.add(target.name);
      return target.name;
    }
    return this.text(target as t.MemberExpression);
  }

  private text(e: t.Expression): string {
    return this.expression(e).text;
  }

  private whole({ text, level }: Text): string {
    return level < WHOLE ? `(${text})` : text;
  }

  /** The text as an operand of an operator of this level. */
  private operand(e: t.Expression, level: number, side: 'left' | 'right' = 'right', operator?: string): string {
    const inner = this.expression(e);
    if (inner.level > level) return inner.text;
    // a - b - c, and a && b && c; nothing else goes without parentheses beside its own level.
    const chained = inner.level === level && inner.operator !== undefined && (level >= 3 ? side === 'left' : level === 1 && inner.operator === operator);
    return chained ? inner.text : `(${inner.text})`;
  }

  private expression(e: t.Expression): Text {
    switch (e.type) {
      case 'NumericLiteral': return { text: float(e.value), level: WHOLE };
      case 'BooleanLiteral': return { text: String(e.value), level: WHOLE };
      case 'Identifier': return { text: e.name, level: WHOLE };
      case 'ParenthesizedExpression': return this.expression(e.expression);
      case 'UnaryExpression': return { text: `${e.operator}${this.operand(e.argument, UNARY)}`, level: UNARY };
      case 'LogicalExpression': case 'BinaryExpression': {
        if (e.operator === '**') return this.power(e.left as t.Expression, e.right);
        const operator = OPERATORS[e.operator] ?? e.operator;
        const level = LEVELS[operator];
        if (level === undefined) throw new Error(`WGSL has no ${operator}`);
        return { text: `${this.operand(e.left as t.Expression, level, 'left', operator)} ${operator} ${this.operand(e.right, level, 'right', operator)}`, level, operator };
      }
      case 'ConditionalExpression':
        return { text: `select(${this.text(e.alternate)}, ${this.text(e.consequent)}, ${this.text(e.test)})`, level: WHOLE };
      case 'MemberExpression': {
        const index = e.property as t.Expression;
        const text = t.isNumericLiteral(index) ? String(index.value) : `u32(${this.text(index)})`;
        return { text: `${this.whole(this.expression(e.object as t.Expression))}[${text}]`, level: WHOLE };
      }
      case 'CallExpression': {
        const { name } = (e.callee as t.MemberExpression).property as t.Identifier;
        return { text: this.call(name, e.arguments.map((a) => this.text(a as t.Expression))), level: WHOLE };
      }
      default: throw new Error(`WGSL has no ${e.type}`);
    }
  }

  private power(x: t.Expression, n: t.Expression): Text {
    if (t.isNumericLiteral(n, { value: 2 }) && t.isIdentifier(x)) return { text: `${x.name} * ${x.name}`, level: LEVELS['*'], operator: '*' };
    return { text: this.call('pow', [this.text(x), this.text(n)]), level: WHOLE };
  }

  private call(name: string, args: string[]): string {
    const f = FUNCTIONS[name];
    if (f.name === '') return `(${args[0]})`;
    if (f.text) this.used.add(f);
    if (!['max', 'min', 'hypot'].includes(name)) return `${f.name}(${args.join(', ')})`;
    // Of any number of arguments; of one, the hypotenuse is its absolute value.
    if (args.length < 2) return name === 'hypot' ? `abs(${args[0]})` : args.length ? `(${args[0]})` : float(name === 'max' ? -3.4028234663852886e38 : 3.4028234663852886e38);
    return args.slice(1).reduce((all, a) => `${f.name}(${all}, ${a})`, args[0]);
  }
}

/** A number literal of 32 bits. */
export function float(value: number): string {
  const text = String(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}

export function indent(text: string): string {
  return text.replace(/^(?=.)/gm, '  ');
}

function isSwap(e: t.Expression): boolean {
  return t.isAssignmentExpression(e) && t.isArrayPattern(e.left);
}

/** `[a, b]`, `Float64Array.of(a, b)` */
function elementsOf(e: t.Expression): t.Expression[] | undefined {
  if (t.isArrayExpression(e)) return e.elements as t.Expression[];
  return t.isCallExpression(e) && t.isMemberExpression(e.callee) && t.isIdentifier(e.callee.property, { name: 'of' }) ? e.arguments as t.Expression[] : undefined;
}

/** `new Array<number>(10).fill(0)` */
function filledLength(e: t.Expression): number | undefined {
  if (!t.isCallExpression(e) || !t.isMemberExpression(e.callee) || !t.isNewExpression(e.callee.object)) return undefined;
  return (e.callee.object.arguments[0] as t.NumericLiteral).value;
}

function typeName(annotation: t.Node | null | undefined): string {
  const reference = t.isTSTypeAnnotation(annotation) && t.isTSTypeReference(annotation.typeAnnotation) ? annotation.typeAnnotation.typeName : undefined;
  return t.isIdentifier(reference, { name: 'boolean' }) ? 'bool' : 'f32';
}
