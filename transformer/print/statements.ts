/** Statements of the tree as Babel nodes: declarations, assignments, loops, jumps. */
import * as t from '@babel/types';
import { Op, type Result, type Value, resultType } from '../ir/ir.ts';
import { isDynamic, sameType, showType, someType } from '../ir/types.ts';
import { type Variable, type Variables } from './coalesce.ts';
import { type Expressions, type PrintOptions, needsAnnotation, zero } from './expressions.ts';
import { binaryOperator, hasEffect, isCommutative } from './kinds.ts';
import { type Liveness, addReads } from './liveness.ts';
import * as memory from './memory.ts';
import type { Nesting } from './nest.ts';
import type { Scopes } from './scopes.ts';
import { at, annotated, annotation, generate, length, method, numbered, raw, record } from './syntax.ts';
import { allBlocks, operands, type Block, type If, type Loop, type Pair, type Stmt, type Tree, isConst } from './tree.ts';

const PUTS = new Set(['store', 'setfield', 'fill', 'push', 'unshift', 'splice']);

/** Operators that have an assignment. */
const COMPOUND = /^([-+*/%&|^]|\*\*|<<|>>>?)$/;

export class Statements {
  /** Variables that some way leaves without a value, of which TypeScript does not know that it does not matter. */
  private unassigned = new Set<Variable>();

  /** Are typed arrays put into memory? That may then hold others than those of which it was made. */
  private exchanges: boolean;

  /** Of statements by their numbers, the operations in them; for comments, see explain.ts. */
  readonly operations: Op[][] = [];

  constructor(
    private tree: Tree, private nesting: Nesting, private liveness: Liveness, private variables: Variables,
    private scopes: Scopes, private expressions: Expressions, private result: Result, private options: PrintOptions,
  ) {
    const puts = (stmt: Stmt) => stmt.kind === 'op' && PUTS.has(stmt.op.kind) && someType(stmt.op.args.at(-1)!.type, (part) => part.kind === 'typed');
    this.exchanges = allBlocks(tree.body, tree).some((b) => b.stmts.some(puts));
    for (const { target, source } of liveness.live) if ((source.def as Op).kind === 'undef') this.unassigned.add(variables.of(target));
  }

  block(block: Block): t.Statement[] {
    const out: t.Statement[] = [];
    for (let index = 0; index < block.stmts.length; index++) {
      const stmt = block.stmts[index];
      if (this.isSkipped(stmt)) continue;
      const group = this.fieldGroup(block, index);
      if (group.length > 1) {
        out.push(this.number(this.destructure(group), group.map((g) => g.op)));
        index = block.stmts.indexOf(group.at(-1)!.stmt);
        continue;
      }
      for (const v of this.scopes.startingAt(block, index)) if (!this.assigns(stmt, v)) out.push(this.number(this.declare(v), []));
      out.push(...this.statement(stmt, block, index).map((s) => this.note(s, stmt)));
    }
    return out;
  }

  private note(node: t.Statement, stmt: Stmt): t.Statement {
    if (!this.options.explain || node.loc) return node;
    return this.number(node, [...(stmt.kind === 'op' || stmt.kind === 'loop' ? [stmt.op] : []), ...headOf(stmt).flatMap((v) => this.inside(v))]);
  }

  private number<T extends t.Statement>(node: T, ops: Op[]): T {
    return this.options.explain ? numbered(node, this.operations.push(ops)) : node;
  }

  /** The operations of which the expression of a value consists. */
  private inside(v: Value): Op[] {
    if (this.nesting.isVariable(v)) return [];
    const op = v.def as Op;
    return [op, ...op.args.flatMap((a) => this.inside(a)), ...(this.tree.ternaries.get(op) ?? []).flatMap((b) => b.stmts.flatMap((s) => (s.kind === 'yield' ? s.values.flatMap((y) => this.inside(y)) : [])))];
  }

  private isSkipped(stmt: Stmt): boolean {
    return this.nesting.absorbed.has(stmt) || this.liveness.isDead(stmt);
  }

  private assigns(stmt: Stmt, v: Value): boolean {
    const variable = this.variables.of(v);
    if (stmt.kind === 'op') return stmt.op.results.some((r) => this.variables.of(r) === variable);
    return stmt.kind === 'copy' && stmt.pairs.some((p) => this.isLive(p) && this.variables.of(p.target) === variable);
  }

  private isLive(pair: Pair): boolean {
    return this.liveness.live.has(pair) && !this.scopes.isSame(pair.target, pair.source);
  }

  private statement(stmt: Stmt, block: Block, index: number): t.Statement[] {
    switch (stmt.kind) {
      case 'op': return this.operation(stmt.op, block, index);
      case 'copy': return this.copy(stmt.pairs, block, index);
      case 'if': return this.if(stmt);
      case 'loop': return this.loop(stmt);
      case 'break': return [t.breakStatement()];
      case 'continue': return [t.continueStatement()];
      case 'return': return [t.returnStatement(this.returned(stmt.values))];
      case 'yield': return [];
    }
  }

  // Variables

  /** `let y: number;` */
  private declare(v: Value): t.Statement {
    const name = this.scopes.name(v);
    const init = this.unassigned.has(this.variables.of(v)) ? zero(v.type) : undefined;
    if (init) return t.variableDeclaration('let', [t.variableDeclarator(t.identifier(name), init)]);
    const declarator = t.variableDeclarator(annotated(name, v.type));
    if (this.unassigned.has(this.variables.of(v))) declarator.definite = true;
    return t.variableDeclaration('let', [declarator]);
  }

  private declarator(v: Value, init: t.Expression, source: Value | Op = v): t.VariableDeclarator {
    const name = this.scopes.name(v);
    const hasAllParts = !(v.def instanceof Op && (v.def.attr.missing?.length || v.def.attr.optional?.length));
    // TypeScript takes a literal for less than what is put there later: `Float64Array<ArrayBuffer>`, or for more: `string` where only some are meant.
    const op = source instanceof Op ? source : source.def;
    const isList = v.type.kind === 'array' && op instanceof Op && op.kind === 'literal';
    const holdsTyped = (!this.scopes.isConst(v) || isList || (this.exchanges && v.type.kind !== 'typed' && !(op instanceof Op && op.kind === 'new'))) && someType(v.type, (part) => part.kind === 'typed');
    const widens = isNew(source) && (holdsTyped || (v.type.kind === 'record' && v.type.name !== undefined && v.type.fields.some((f) => f.type.kind === 'string')));
    return t.variableDeclarator(needsAnnotation(v.type, init) || widens || !hasAllParts ? annotated(name, v.type) : t.identifier(name), init);
  }

  private assign(target: Value, source: Value | Op, block: Block, index: number): t.Statement {
    const expression = () => 'kind' in source ? this.expressions.operation(source) : this.expressions.value(source);
    if (this.scopes.startsAt(target, block, index)) {
      return t.variableDeclaration(this.scopes.isConst(target) ? 'const' : 'let', [this.declarator(target, expression(), source)]);
    }
    return t.expressionStatement(this.assignment(target, source, expression));
  }

  /** `s = s + e` → `s += e`, `i = i + 1` → `i++`; not if e reads s, too. */
  private assignment(target: Value, source: Value | Op, expression: () => t.Expression): t.Expression {
    const name = t.identifier(this.scopes.name(target));
    const op = 'kind' in source ? source : this.nesting.isVariable(source) ? undefined : source.def as Op;
    const operator = op && binaryOperator(op);
    if (operator && COMPOUND.test(operator)) {
      const variable = this.variables.of(target);
      const isTarget = (v: Value) => this.nesting.isVariable(v) && this.variables.of(v) === variable;
      let [left, right] = op.args;
      if (!isTarget(left) && isTarget(right) && op.attr.loose && isCommutative(op)) [left, right] = [right, left];
      if (isTarget(left) && !this.reads(right, variable)) {
        if ((operator === '+' || operator === '-') && isConst(right, 1) && !this.nesting.isVariable(right)) return t.updateExpression(operator === '+' ? '++' : '--', name);
        return this.compound(operator, name, right, op.attr.loose);
      }
    }
    return t.assignmentExpression('=', name, expression());
  }

  /** `place op= v`, with `-=` for a v that looks negative. */
  private compound(operator: string, place: t.LVal, v: Value, loose = true): t.Expression {
    if (loose && (operator === '+' || operator === '-') && this.expressions.looksNegative(v)) {
      return t.assignmentExpression(operator === '+' ? '-=' : '+=', place, this.expressions.negated(v));
    }
    return t.assignmentExpression(`${operator}=`, place, this.expressions.value(v));
  }

  private reads(v: Value, variable: Variable): boolean {
    const reads = new Set<Value>();
    addReads(v, reads, this.tree, this.nesting);
    return [...reads].some((r) => this.variables.of(r) === variable);
  }

  /** Assigns in an order in which nothing is overwritten that is still to be read; what is cyclic, all at once. */
  private copy(pairs: readonly Pair[], block: Block, index: number): t.Statement[] {
    let rest = pairs.filter((p) => this.isLive(p) && ((p.source.def as Op).kind !== 'undef' || this.scopes.startsAt(p.target, block, index)));
    const out: t.Statement[] = [];
    while (rest.length > 0) {
      const next = rest.find((p) => !rest.some((other) => other !== p && this.reads(other.source, this.variables.of(p.target))));
      if (!next) {
        out.push(t.expressionStatement(swap(rest.map((p) => t.identifier(this.scopes.name(p.target))), rest.map((p) => this.expressions.value(p.source)))));
        return out;
      }
      rest = rest.filter((p) => p !== next);
      if ((next.source.def as Op).kind === 'undef') out.push(this.declare(next.target));
      else out.push(this.number(this.assign(next.target, next.source, block, index), this.inside(next.source)));
    }
    return out;
  }

  // Operations

  private operation(op: Op, block: Block, index: number): t.Statement[] {
    const used = op.results.filter((r) => this.liveness.used.has(r));
    if (op.results.length > 1) return this.severalResults(op, used, block, index);
    if (used.length === 1) return [this.assign(used[0], op, block, index)];
    const arg = (i: number) => this.expressions.value(op.args[i]);
    const run = (expression: t.Expression) => [t.expressionStatement(expression)];
    switch (op.kind) {
      case 'store': return run(isMap(op) ? method(arg(0), 'set', arg(1), arg(2)) : this.store(op, at(arg(0), arg(1), op.args[0].type)));
      case 'accum': if (op.args[2].type.kind === 'nd') return run(this.addArray(at(arg(0), arg(1), op.args[0].type), op.args[2], op.attr.absent));
        return run(isMap(op) ? method(arg(0), 'set', arg(1), this.expressions.sum(at(arg(0), arg(1), op.args[0].type), op.args[2])) : this.compound('+', at(arg(0), arg(1), op.args[0].type), op.args[2]));
      case 'setfield': return run(this.store(op, this.expressions.field(op) as t.MemberExpression));
      case 'accumfield': if (op.args[1].type.kind === 'nd') return run(this.addArray(this.expressions.field(op) as t.MemberExpression, op.args[1]));
        return run(this.compound('+', this.expressions.field(op) as t.MemberExpression, op.args[1]));
      case 'fill': return run(method(arg(0), 'fill', arg(1)));
      case 'push': case 'unshift': return run(method(arg(0), op.kind, arg(1)));
      case 'resize': return run(t.assignmentExpression('=', length(arg(0)), arg(1)));
      case 'addinto': if (op.attr.absent || isDynamic(op.args[0].type)) return run(this.expressions.runtime('addInto', arg(0), arg(1))); return memory.addInto(arg(0), arg(1), op.args[0].type, this.expressions.helper);
      case 'clear': if (op.attr.absent || isDynamic(op.args[0].type)) return run(this.expressions.runtime('clear', arg(0))); return memory.clear(arg(0), op.args[0].type, this.expressions.helper);
      case 'throw': return [t.throwStatement(arg(0))];
      case 'call': return run(this.expressions.call(op));
      case 'pop': case 'shift': return run(method(arg(0), op.kind));
      default: return run(this.expressions.operation(op));
    }
  }

  /** `xs[i] = xs[i].add(y)` */
  private addArray(place: t.MemberExpression, v: Value, absent?: boolean): t.Expression {
    const sum = method(place, 'add', this.expressions.value(v));
    return t.assignmentExpression('=', place, absent ? memory.optional(sum) : sum);
  }

  /** `x[i] = x[i] * 2` → `x[i] *= 2`, and so for fields. */
  private store(op: Op, place: t.MemberExpression): t.Expression {
    const v = op.args.at(-1)!;
    const sum = this.nesting.isVariable(v) ? undefined : v.def as Op;
    const operator = sum && binaryOperator(sum);
    if (operator && COMPOUND.test(operator)) {
      const isPlace = (w: Value) => {
        if (this.nesting.isVariable(w)) return false;
        const { kind, args, attr } = w.def as Op;
        return (kind === 'load' || kind === 'field') && attr.key === op.attr.key && args.every((a, i) => same(a, op.args[i]));
      };
      let [left, right] = sum.args;
      if (!isPlace(left) && isPlace(right) && sum.attr.loose && isCommutative(sum)) [left, right] = [right, left];
      if (isPlace(left) && left !== right) return this.compound(operator, place, right, sum.attr.loose);
    }
    return t.assignmentExpression('=', place, this.expressions.value(v));
  }

  /** `const [y, saved] = f_fwd(x);` */
  private severalResults(op: Op, used: Value[], block: Block, index: number): t.Statement[] {
    const call = op.kind === 'extern' ? this.expressions.operation(op) : this.expressions.call(op);
    if (used.length === 0) return [t.expressionStatement(call)];
    const shape = (op.attr.callee && this.options.resultOf?.(op.attr.callee)) ?? { kind: 'tuple', parts: op.results.map((r) => ({ kind: 'value', type: r.type })) };
    const starts = used.filter((r) => this.scopes.startsAt(r, block, index));
    const declared = starts.length < used.length ? starts.map((v) => this.declare(v)) : [];
    let next = 0;
    const pattern = (part: Result): t.Identifier | t.ArrayPattern | undefined => {
      switch (part.kind) {
        case 'void': return undefined;
        case 'value': {
          const r = op.results[next++];
          return used.includes(r) ? t.identifier(this.scopes.name(r)) : undefined;
        }
        case 'tuple': {
          const parts = part.parts.map(pattern);
          while (parts.length > 0 && !parts.at(-1)) parts.pop();
          return parts.length > 0 ? t.arrayPattern(parts.map((p) => p ?? raw(''))) : undefined;
        }
        case 'record': {
          const properties = part.names.flatMap((name, i) => {
            const inner = pattern(part.parts[i]);
            return inner ? [t.objectProperty(t.identifier(name), inner, false, t.isIdentifier(inner, { name }))] : [];
          });
          return properties.length > 0 ? raw(generate(t.objectPattern(properties), true)) : undefined;
        }
      }
    };
    const target = pattern(shape)!;
    if (starts.length < used.length) {
      const assignment = t.assignmentExpression('=', target, call);
      // A statement that begins with a brace is a block.
      return [...declared, t.expressionStatement(shape.kind === 'record' ? t.parenthesizedExpression(assignment) : assignment)];
    }
    const kind = used.every((r) => this.scopes.isConst(r)) ? 'const' : 'let';
    return [t.variableDeclaration(kind, [t.variableDeclarator(target, call)])];
  }

  /** Fields of one object that are put into constants, one after the other. */
  private fieldGroup(block: Block, from: number): { stmt: Stmt; op: Op }[] {
    const group: { stmt: Stmt; op: Op }[] = [];
    for (let index = from; index < block.stmts.length; index++) {
      const stmt = block.stmts[index];
      if (this.isSkipped(stmt)) continue;
      const op = stmt.kind === 'op' && stmt.op.kind === 'field' ? stmt.op : undefined;
      const fits = op && (op.args[0].type.kind !== 'record' || this.scopes.name(op.result) === op.attr.key) && op.args[0] === (group[0]?.op ?? op).args[0]
        && this.scopes.startsAt(op.result, block, index) && this.scopes.isConst(op.result)
        && !group.some((g) => g.op.attr.key === op.attr.key);
      if (!fits) break;
      group.push({ stmt, op });
    }
    return group;
  }

  /** `const [a, , b] = saved;`, `const { x, y } = p;` */
  private destructure(group: readonly { op: Op }[]): t.Statement {
    const [object] = group[0].op.args;
    if (object.type.kind === 'record') {
      const fields = group.map(({ op }) => this.scopes.name(op.result)).join(', ');
      return t.variableDeclaration('const', [t.variableDeclarator(raw(`{ ${fields} }`), this.expressions.value(object))]);
    }
    const names: t.Identifier[] = [];
    for (const { op } of group) {
      const key = Number(op.attr.key);
      while (names.length <= key) names.push(raw(''));
      names[key] = t.identifier(this.scopes.name(op.result));
    }
    return t.variableDeclaration('const', [t.variableDeclarator(t.arrayPattern(names), this.expressions.value(object))]);
  }

  // Control

  private if(stmt: If): t.Statement[] {
    const then = this.block(stmt.then);
    const otherwise = this.block(stmt.else);
    if (then.length === 0 && otherwise.length === 0 && !this.hasEffect(stmt.cond)) return [];
    const negate = stmt.negate !== (then.length === 0 && otherwise.length > 0);
    const test = negate ? this.expressions.not(stmt.cond) : this.expressions.test(stmt.cond);
    if (then.length === 0) return [t.ifStatement(test, body(otherwise))];
    if (otherwise.length === 0) return [t.ifStatement(test, body(then))];
    const [next] = otherwise;
    if (otherwise.length > 1 || !t.isIfStatement(next)) return [t.ifStatement(test, t.blockStatement(then), t.blockStatement(otherwise))];
    if (!t.isBlockStatement(next.consequent)) next.consequent = t.blockStatement([next.consequent]);
    return [t.ifStatement(test, t.blockStatement(then), next)];
  }

  private hasEffect(v: Value): boolean {
    if (this.nesting.isVariable(v)) return false;
    const op = v.def as Op;
    return op.kind === 'if' || hasEffect(op) || op.args.some((a) => this.hasEffect(a));
  }

  /** A `for … of` is printed with its index, too: engines run that several times faster. */
  private loop(loop: Loop): t.Statement[] {
    const [condition] = (loop.test.stmts.at(-1) as { values?: Value[] } | undefined)?.values ?? [];
    const test = condition && this.expressions.test(condition);
    const block = t.blockStatement(this.block(loop.body));
    if (loop.after) return [test ? t.doWhileStatement(test, block) : t.whileStatement(t.booleanLiteral(true), block)];
    const init = loop.init.pairs.filter((p) => this.isLive(p)).map((p) => this.declarator(p.target, this.expressions.value(p.source)));
    const update = this.update(loop);
    if (init.length === 0 && !update) return [t.whileStatement(test ?? t.booleanLiteral(true), block)];
    return [t.forStatement(init.length > 0 ? t.variableDeclaration('let', init) : null, test, update, block)];
  }

  private update(loop: Loop): t.Expression | undefined {
    const copy = loop.update.stmts.at(-1);
    if (copy?.kind !== 'copy') return undefined;
    const parts = this.copy(copy.pairs, loop.update, -1).map((s) => (s as t.ExpressionStatement).expression);
    return parts.length > 1 ? t.sequenceExpression(parts) : parts[0];
  }

  // Results

  private returned(values: readonly Value[]): t.Expression | undefined {
    let next = 0;
    const compose = (part: Result): t.Expression => {
      switch (part.kind) {
        case 'void': return raw('undefined');
        case 'value': {
          const v = values[next++];
          const expression = this.expressions.value(v);
          return sameType(v.type, part.type) || showType(v.type) === showType(part.type) ? expression : t.tsAsExpression(expression, annotation(part.type).typeAnnotation);
        }
        case 'tuple': return t.arrayExpression(part.parts.map(compose));
        case 'record': return record(part.names, part.parts.map(compose));
      }
    };
    return resultType(this.result).kind === 'void' ? undefined : compose(this.result);
  }
}

/** What the first line of a statement evaluates. */
function headOf(stmt: Stmt): readonly Value[] {
  if (stmt.kind !== 'loop') return operands(stmt);
  const end = stmt.test.stmts.at(-1);
  return [...stmt.init.pairs.map((p) => p.source), ...(end?.kind === 'yield' ? end.values : [])];
}

function isMap(op: Op): boolean { return op.args[0].type.kind === 'dictionary' && op.args[0].type.form === 'map'; }

function body(statements: t.Statement[]): t.Statement {
  const [only] = statements;
  const jumps = statements.length === 1 && (t.isBreakStatement(only) || t.isContinueStatement(only) || t.isReturnStatement(only) || t.isThrowStatement(only));
  return jumps ? only : t.blockStatement(statements);
}

/** `[a, b] = [b, a]` */
function swap(targets: t.Identifier[], sources: t.Expression[]): t.Expression {
  return t.assignmentExpression('=', t.arrayPattern(targets), t.arrayExpression(sources));
}

function same(a: Value, b: Value): boolean {
  if (a === b) return true;
  const [x, y] = [a.def as Op, b.def as Op];
  return x.kind === 'const' && y.kind === 'const' && Object.is(x.attr.value, y.attr.value);
}

/** Is it memory made here? TypeScript knows of a new typed array that it shares its memory with no thread, and would want the same of what the variable is given next. */
function isNew(source: Value | Op): boolean {
  const op = 'kind' in source ? source : source.def;
  return op instanceof Op && ['new', 'copy', 'zeros', 'clone', 'literal'].includes(op.kind);
}
