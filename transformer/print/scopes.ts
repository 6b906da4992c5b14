/**
 * Where each variable is declared, and under which name.
 *
 * A variable is declared in the innermost block that holds all its uses, at the first of them. Its name is the
 * user's. Two variables may have one name if the inner one hides the outer one only where that is not used; else
 * the later one gets a number. Variables without a name of the user's are called after what they hold.
 */
import type { Func, Op, Value } from '../ir/ir.ts';
import { TYPED_ARRAYS } from '../ir/types.ts';
import type { Variable, Variables } from './coalesce.ts';
import { type Liveness, addReads, readBy } from './liveness.ts';
import { isIdentifier, numbered } from './names.ts';
import type { Nesting } from './nest.ts';
import { type Block, type Stmt, type Tree, innerBlocks, loopBlocks } from './tree.ts';

const GLOBALS = ['Math', 'Number', 'Array', 'Infinity', 'NaN', 'undefined', ...TYPED_ARRAYS];
const WORDS = new Set(('break case catch class const continue debugger default delete do else enum export extends false finally for function if import in '
  + 'instanceof new null return super switch this throw true try typeof var void while with yield let static await arguments eval').split(' '));

interface Scope {
  block: Block;
  /** Which statement of the block uses it first. */
  index: number;
  /** All blocks that use it. */
  blocks: Set<Block>;
  /** How often it is assigned. */
  writes: number;
}

export class Scopes {
  private scopes = new Map<Variable, Scope>();
  private names = new Map<Variable, string>();
  /** Which variables have a name already. */
  private namesakes = new Map<string, Variable[]>();
  /** By the statement that uses them first. */
  private starting = new Map<Stmt, Value[]>();
  private taken: Set<string>;

  /** `outer`: names of bindings outside the function that it uses. */
  constructor(
    private tree: Tree, private nesting: Nesting, private liveness: Liveness, private variables: Variables,
    func: Func, outer: Iterable<string>,
  ) {
    this.taken = new Set([...GLOBALS, ...outer]);
    for (const { value } of func.params) this.note(value, tree.body, 0, true);
    this.visit(tree.body);
    const all = [...this.scopes.keys()];
    for (const v of [...all.filter((x) => x.param), ...all.filter((x) => !x.param && x.named)]) this.choose(v, v.named!.name!);
    for (const v of all) if (!this.names.has(v)) this.choose(v, this.describe(v));
    for (const [v, { block, index }] of this.scopes) {
      if (v.param || block.stmts.length === 0) continue;
      const [first] = v.values;
      const known = this.starting.get(block.stmts[index]);
      if (known) known.push(first);
      else this.starting.set(block.stmts[index], [first]);
    }
  }

  name(value: Value): string {
    return this.names.get(this.variables.of(value))!;
  }

  isConst(value: Value): boolean {
    const variable = this.variables.of(value);
    return !variable.param && this.scopes.get(variable)!.writes === 1;
  }

  /** Is the variable first used by this statement of this block, and so declared there? */
  startsAt(value: Value, block: Block, index: number): boolean {
    const variable = this.variables.of(value);
    const scope = this.scopes.get(variable)!;
    return !variable.param && scope.block === block && scope.index === index;
  }

  /** Variables that are first used by this statement, one value of each. */
  startingAt(block: Block, index: number): Value[] {
    return this.starting.get(block.stmts[index]) ?? [];
  }

  /** A name for a parameter or counter of generated code that no variable of the function has. */
  helper(base: string, depth: number): string {
    let free = 0;
    const used = new Set([...this.names.values(), ...this.taken]);
    return numbered(base, (name) => !used.has(name) && free++ === depth);
  }

  private visit(block: Block): void {
    for (const [index, stmt] of block.stmts.entries()) {
      if (this.nesting.absorbed.has(stmt) || this.liveness.isDead(stmt)) continue;
      const here = stmt.kind === 'loop' ? stmt.head : block;
      for (const v of this.written(stmt)) this.note(v, here, stmt.kind === 'loop' ? 0 : index, true);
      for (const v of this.read(stmt)) this.note(v, here, stmt.kind === 'loop' ? 0 : index, false);
      for (const inner of [...(stmt.kind === 'op' ? [] : innerBlocks(stmt, this.tree)), ...(stmt.kind === 'loop' ? loopBlocks(stmt) : [])]) this.visit(inner);
    }
  }

  private written(stmt: Stmt): Value[] {
    if (stmt.kind === 'op') return stmt.op.results.filter((r) => this.liveness.used.has(r));
    const pairs = stmt.kind === 'copy' ? stmt.pairs : stmt.kind === 'loop' ? stmt.init.pairs : [];
    return pairs.filter((p) => this.liveness.live.has(p) && !this.isSame(p.target, p.source)).map((p) => p.target);
  }

  private read(stmt: Stmt): Set<Value> {
    if (stmt.kind !== 'copy' && stmt.kind !== 'loop') return readBy(stmt, this.tree, this.nesting);
    const reads = new Set<Value>();
    for (const p of stmt.kind === 'copy' ? stmt.pairs : stmt.init.pairs) {
      if (this.liveness.live.has(p) && !this.isSame(p.target, p.source)) addReads(p.source, reads, this.tree, this.nesting);
    }
    return reads;
  }

  /** Is a copy between these no assignment, since they share a variable? */
  isSame(target: Value, source: Value): boolean {
    return this.nesting.isVariable(source) && this.variables.of(target) === this.variables.of(source);
  }

  private note(value: Value, block: Block, index: number, write: boolean): void {
    const variable = this.variables.of(value);
    let scope = this.scopes.get(variable);
    if (!scope) this.scopes.set(variable, (scope = { block, index, blocks: new Set(), writes: 0 }));
    scope.blocks.add(block);
    if (write) scope.writes++;
    while (!block.isInside(scope.block)) {
      scope.index = indexInParent(scope.block);
      scope.block = scope.block.parent!;
    }
    // A `do` has no head: what its test reads of its body is declared before it.
    if (scope.block.loop?.after && scope.block === scope.block.loop.head) [scope.index, scope.block] = [indexInParent(scope.block), scope.block.parent!];
  }

  private choose(variable: Variable, base: string): void {
    const mine = this.scopes.get(variable)!;
    const clashes = (name: string) => this.namesakes.get(name)?.some((other) => meet(mine, this.scopes.get(other)!));
    const chosen = numbered(base, (name) => !this.taken.has(name) && !WORDS.has(name) && !clashes(name));
    this.names.set(variable, chosen);
    this.namesakes.set(chosen, [...this.namesakes.get(chosen) ?? [], variable]);
  }

  /** `x_i` for x[i], `sin_x` for Math.sin(x); `t` for what has no short description. */
  private describe(variable: Variable): string {
    for (const value of variable.values) {
      const op = value.def as Op;
      if (!op.args || op.results[0] !== value) continue;
      const word = (v: Value): string | undefined => {
        if (this.nesting.isVariable(v)) return this.names.get(this.variables.of(v));
        const def = v.def as Op;
        if (def.kind === 'free') return def.attr.name;
        return def.kind === 'const' && Number.isInteger(def.attr.value) ? String(def.attr.value).replace('-', '') : undefined;
      };
      const words = op.args.map(word);
      const text = op.attr.hint ? op.attr.hint
        : op.kind === 'load' && words[0] && words[1] ? `${words[0]}_${words[1]}`
        : op.kind === 'length' && words[0] ? `${words[0]}_length`
        : op.kind === 'field' && op.attr.key && isIdentifier(op.attr.key) ? op.attr.key
        : op.kind === 'prim' && op.args.length === 1 && words[0] && isIdentifier(words[0]) ? `${op.attr.primitive?.callee.name.replace(/\W/g, '_') ?? op.attr.fn}_${words[0]}`
        : undefined;
      if (text && isIdentifier(text) && text.length <= 20) return text;
    }
    return 't';
  }
}

/** Would one name for both be wrong? Not if the inner one is declared in a block that does not use the outer one. */
function meet(a: Scope, b: Scope): boolean {
  if (a.block === b.block) return true;
  const [inner, outer] = a.block.isInside(b.block) ? [a, b] : [b, a];
  if (!inner.block.isInside(outer.block)) return false;
  return [...outer.blocks].some((block) => block.isInside(inner.block));
}

function indexInParent(block: Block): number {
  const { parent } = block;
  if (!block.owner) return 0; // a part of a loop, in its head
  return parent!.stmts.indexOf(block.owner);
}
