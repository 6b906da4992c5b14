/**
 * From structured SSA to the tree, with the jumps that the user would write.
 *
 * A region is built for an *exit*: what happens with the values that it yields. Usually they are assigned.
 * Where an exit leaves by a jump if one of the values is true (the flag of a loop, or any value of a function's
 * body, which ends in `return`), an `if` at the end of the region gets the exit into its branches, where
 * the flag is a constant:
 *
 *   exit, s = if c { yield true, s } else { …; yield false, s2 }    →    if (c) break; …; s = s2;
 *
 * A flag that is only tested by the next `if`, which then jumps, is threaded: the jump goes where the
 * flag becomes true. So a `return` inside of nested loops comes out as that.
 *
 *   exit, r = loop { …; yield true, v }; if exit { yield r } else { rest }    →    for (…) { …; return v; } rest
 */
import { type Func, type Op, type Region, type Value, isInside, homeRegion } from '../ir/ir.ts';
import { cloneOp, cloneRegion } from '../ir/walk.ts';
import { hasEffect, isAtom, isCheap, isExpression, isPure, isSameVariable, repeatsOperands } from './kinds.ts';
import { Block, type Copy, type Stmt, type Tree, endsInJump, isConst, link } from './tree.ts';

interface Exit {
  finish(yields: readonly Value[]): Stmt[];
  /** The exit jumps where the yielded value of this index is true, or always. */
  jump?: { flag: number | 'always'; by: 'return' | 'break' };
}

/** `uses`: of each value, counted before results of loops were replaced by parameters. */
export function buildTree(func: Func, uses: Map<Value, number>): Tree {
  const builder = new Skeleton(uses);
  const body = builder.build(func.body, {
    finish: (values) => [{ kind: 'return', values: [...values] }],
    jump: { flag: 'always', by: 'return' },
  });
  const tree = { body: new Block(body), ternaries: builder.ternaries };
  link(tree.body, tree);
  return tree;
}

class Skeleton {
  readonly ternaries = new Map<Op, [Block, Block]>();
  constructor(private uses: Map<Value, number>) {}

  build(region: Region, exit: Exit): Stmt[] {
    const out: Stmt[] = [];
    hoist(region);
    for (const op of region.ops) {
      if (isAtom(op.results[0])) continue;
      if (op.kind === 'throw') return [...out, { kind: 'op', op }];
      const next = this.threaded(op, region, exit);
      const rest = () => namedConstants(region, op);
      if (next) return [...out, ...rest(), ...next.before, ...this.build(next.onFalse, next.exit)];
      if (op.kind === 'loop') out.push(...this.loop(op));
      else if (op.kind !== 'if') out.push({ kind: 'op', op });
      else if (this.takesFlag(op, region, exit)) return [...out, ...rest(), ...this.if(op, compose(exit, region, op))];
      else if (this.isTernary(op, exit)) out.push({ kind: 'op', op });
      else if (this.takesExit(op, region, exit)) return [...out, ...rest(), ...this.if(op, compose(exit, region, op))];
      else out.push(...this.if(op, { finish: (yields) => copies(op.results, yields) }));
      if (endsInJump(out)) return out;
    }
    return [...out, ...exit.finish(region.yields)];
  }

  private if(op: Op, exit: Exit): Stmt[] {
    return branch(op.args[0], this.build(op.regions[0], exit), this.build(op.regions[1], exit));
  }

  /** Does `op`, the last of its region, say by constants whether to jump? */
  private takesFlag(op: Op, region: Region, exit: Exit): boolean {
    const flag = exit.jump?.flag;
    return typeof flag === 'number' && op.results.includes(region.yields[flag]) && !leaves(region, flag).includes(undefined);
  }

  /** Does what `op`, the last of its region, results in decide how the region is left? */
  private takesExit(op: Op, region: Region, exit: Exit): boolean {
    if (!exit.jump || !isLast(op, region)) return false;
    if (exit.jump.flag !== 'always') return op.results.includes(region.yields[exit.jump.flag]);
    // What has a name is assigned to it and returned at the end.
    const returned = op.results.filter((r) => region.yields.includes(r));
    return returned.length > 0 && returned.every((r) => !r.name);
  }

  /** If a flag among the results of `op` is only tested by the last `if` of the region, and that leaves by a jump: all of it. */
  private threaded(op: Op, region: Region, exit: Exit): { before: Stmt[]; onFalse: Region; exit: Exit } | undefined {
    if (!exit.jump || (op.kind !== 'if' && !(op.kind === 'loop' && op.attr.loop!.exit))) return undefined;
    const rest = region.ops.slice(region.ops.indexOf(op) + 1).filter((o) => !isTrivial(o));
    const test = rest.at(-1);
    const not = rest.length === 2 && rest[0].kind === 'prim' && rest[0].attr.fn === 'not' ? rest[0] : undefined;
    if (test?.kind !== 'if' || rest.length > (not ? 2 : 1) || (not && (test.args[0] !== not.result || this.uses.get(not.result) !== 1))) return undefined;
    const visible = op.kind === 'loop' ? op.params : op.results;
    const flag = visible.indexOf((not ?? test).args[0]);
    if (flag < 0 || (op.kind === 'loop' && flag > 0) || this.uses.get(op.results[flag]) !== 1) return undefined;

    const inner = compose(exit, region, test);
    const [jumping, onFalse] = not ? [test.regions[1], test.regions[0]] : test.regions;
    if (!inner.jump || (op.kind === 'loop' && inner.jump.by !== 'return')) return undefined;
    if (inner.jump.flag !== 'always' && !leaves(jumping, inner.jump.flag).every((leaf) => leaf === true)) return undefined;
    const flags = (op.kind === 'loop' ? [op.regions[1]] : op.regions).flatMap((r) => leaves(r, flag));
    const ways = flags.filter((leaf) => leaf !== false).length;
    if (ways === 0 || (op.kind === 'if' && flags.includes(undefined))) return undefined;
    if (ways > 1 && jumping.ops.filter((o) => !isTrivial(o)).length > 2) return undefined;

    const onTrue = (yields: readonly Value[]) => {
      const map = new Map(visible.map((v, i) => [v, yields[i]]));
      const jump = compose(exit, { ...region, yields: region.yields.map((v) => map.get(v) ?? v) }, test);
      return this.build(this.copy(jumping, map, test), jump);
    };
    if (op.kind === 'loop') return { before: this.loop(op, onTrue), onFalse, exit: inner };
    const others = <T>(list: readonly T[]) => list.filter((_, i) => i !== flag);
    const before = this.if(op, {
      finish: (yields) => isConst(yields[flag], true) ? onTrue(yields) : copies(others(op.results), others(yields)),
      jump: { flag, by: inner.jump.by },
    });
    return { before, onFalse, exit: inner };
  }

  private copy(region: Region, map: Map<Value, Value>, owner: Op): Region {
    const given = new Set(map.keys());
    const copy = cloneRegion(region, map, owner);
    for (const [old, copied] of map) if (!given.has(old)) this.uses.set(copied, this.uses.get(old) ?? 0);
    return copy;
  }

  private loop(op: Op, onExit?: (yields: readonly Value[]) => Stmt[]): Stmt[] {
    const { test, exit: mayExit } = op.attr.loop!;
    const heads = this.heads(op);
    const init = op.params.map((target, i) => ({ target, source: op.args[i] }));
    const inHead = (_: unknown, i: number) => heads.includes(i);
    const outOfHead = (_: unknown, i: number) => !heads.includes(i);
    const exit: Exit = {
      finish: (yields) => {
        const next = copies(op.params.filter(outOfHead), yields.filter(outOfHead));
        if (!mayExit || isConst(yields[0], false)) return next.map(withoutFlag);
        const leave = onExit ? onExit(yields) : [{ kind: 'break' } as const];
        if (isConst(yields[0], true)) return onExit ? leave : [...next, ...leave];
        return [...next, ...branch(yields[0], leave, [])];
      },
      ...(mayExit ? { jump: { flag: 0, by: onExit ? 'return' : 'break' } } : {}),
    };
    const withoutFlag = (stmt: Stmt): Stmt => stmt.kind !== 'copy' || !mayExit ? stmt
      : { kind: 'copy', pairs: stmt.pairs.filter((p) => p.target !== op.params[0]) };
    const body = new Block(this.build(op.regions[1], exit));
    const condition = op.regions[0].yields[0];
    const forever = isConst(condition, true) && test === 'before';
    return [
      { kind: 'copy', pairs: init.filter(outOfHead) },
      {
        kind: 'loop', op, after: test === 'after', head: new Block(),
        init: { kind: 'copy', pairs: init.filter(inHead) },
        test: new Block(forever ? [] : this.build(op.regions[0], { finish: (values) => [{ kind: 'yield', values: [...values] }] })),
        body,
        update: this.update(op, heads),
      },
    ];
  }

  /** Which of the params can be updated in the head: by arithmetic on such params and on what the loop does not change. */
  private heads(op: Op): number[] {
    const { form, head, test, exit } = op.attr.loop!;
    if ((form !== 'for' && form !== 'forof') || !head || test === 'after') return [];
    const next = op.regions[1].yields;
    let valid = head.filter((i) => next[i] !== op.params[i] && !(exit && (i === 0 || this.uses.get(op.results[i]))));
    const fits = (v: Value, depth = 0): boolean => {
      if (!isInside(homeRegion(v), op.regions[1])) return true;
      if (op.params.includes(v)) return valid.includes(op.params.indexOf(v));
      const def = v.def as Op;
      return isAtom(v) || def.kind === 'const' || (def.kind === 'prim' && depth < 4 && def.args.every((a) => fits(a, depth + 1)));
    };
    for (let before = -1; before !== valid.length;) {
      before = valid.length;
      valid = valid.filter((i) => fits(next[i]));
    }
    return valid;
  }

  /** The update of a `for` head has its own copies of the operations, one for each use: in the body they may have other uses. */
  private update(op: Op, heads: readonly number[]): Block {
    const stmts: Stmt[] = [];
    const again = (v: Value): Value => {
      if (isAtom(v) || op.params.includes(v) || !isInside(homeRegion(v), op.regions[1])) return v;
      const def = v.def as Op;
      const copy = cloneOp(def, new Map(def.args.map((a) => [a, again(a)])), def.parent);
      copy.result.name = undefined;
      stmts.push({ kind: 'op', op: copy });
      return copy.result;
    };
    const pairs = heads.map((i) => ({ target: op.params[i], source: again(op.regions[1].yields[i]) }));
    if (pairs.length > 0) stmts.push({ kind: 'copy', pairs });
    return new Block(stmts);
  }

  /**
   * Can the `if` be printed as `c ? a : b`? All that its branches compute must fit into one expression each,
   * without a name in it. What is assigned to a variable that exists already stays a statement.
   */
  private isTernary(op: Op, exit: Exit): boolean {
    if (this.ternaries.has(op)) return true;
    if (op.results.length !== 1 || op.regions.some((r) => r.ops.some((o) => o.kind === 'if' && !this.isTernary(o, { finish: exit.finish })))) return false;
    if (op.regions.some((r) => isSameVariable(r.yields[0], op.result))) return false;
    if (!op.regions.every((r) => this.isOneExpression(r))) return false;
    // A chain of early returns reads better as one.
    const nested = op.regions.some((r) => r.ops.some((o) => o.kind === 'if' && o.result.type.kind !== 'boolean'));
    if (nested && exit.jump?.flag === 'always' && !op.result.name && op.parent.yields.includes(op.result)) return false;
    const [then, otherwise] = op.regions.map((r) => new Block([
      ...r.ops.filter((o) => !isAtom(o.results[0])).map((o): Stmt => ({ kind: 'op', op: o })),
      { kind: 'yield', values: r.yields },
    ]));
    this.ternaries.set(op, [then, otherwise]);
    return true;
  }

  private isOneExpression(region: Region): boolean {
    const counts = new Map<Value, number>();
    const use = (v: Value) => counts.set(v, (counts.get(v) ?? 0) + 1);
    for (const op of region.ops) op.args.forEach(use);
    for (const op of region.ops) for (const inner of op.regions) countInside(inner, use);
    region.yields.forEach(use);
    const effects = region.ops.some(changes);
    for (const op of region.ops) {
      if (isAtom(op.results[0])) continue;
      const single = counts.get(op.result) === 1;
      if (!(isExpression(op) || this.ternaries.has(op)) || op.result?.name || (repeatsOperands(op) && op.args.some((a) => !a.name))) return false;
      if (!single && !(isCheap(op.result) && !effects)) return false;
    }
    return !effects || sameOrder(region);
  }
}

function countInside(region: Region, use: (v: Value) => void): void {
  for (const op of region.ops) {
    op.args.forEach(use);
    op.regions.forEach((r) => countInside(r, use));
  }
  region.yields.forEach(use);
}

function changes(op: Op): boolean {
  return hasEffect(op) || op.regions.some((r) => r.ops.some(changes));
}

/** Does the expression of what a region yields evaluate its operations in the order of the region? */
function sameOrder(region: Region): boolean {
  const order: Op[] = [];
  const visit = (v: Value) => {
    const op = v.def as Op;
    if (!region.ops.includes(op)) return;
    op.args.forEach(visit);
    if (!isPure(op)) order.push(op);
  };
  region.yields.forEach(visit);
  const expected = region.ops.filter((op) => !isPure(op));
  return order.length === expected.length && order.every((op, i) => op === expected[i]);
}

function copies(targets: readonly Value[], sources: readonly Value[]): Copy[] {
  return targets.length === 0 ? [] : [{ kind: 'copy', pairs: targets.map((target, i) => ({ target, source: sources[i] })) }];
}

/** `if (c) { …; return a; } else { rest }` → `if (c) { …; return a; } rest` */
function branch(cond: Value, then: Stmt[], otherwise: Stmt[]): Stmt[] {
  const make = (negate: boolean, a: Stmt[], b: Stmt[] = []): Stmt => ({ kind: 'if', cond, negate, then: new Block(a), else: new Block(b) });
  if (endsInJump(then)) return [make(false, then), ...otherwise];
  if (endsInJump(otherwise)) return [make(true, otherwise), ...then];
  return [make(false, then, otherwise)];
}

/** The exit of the branches of `op`, whose results are yielded by `region` at its end. */
function compose(exit: Exit, region: Region, op: Op): Exit {
  const position = region.yields.map((v) => op.results.indexOf(v));
  const flag = exit.jump?.flag;
  const inner: Exit = { finish: (yields) => exit.finish(region.yields.map((v, i) => position[i] >= 0 ? yields[position[i]] : v)) };
  if (flag === 'always') return { ...inner, jump: exit.jump! };
  if (flag === undefined) return inner;
  if (isConst(region.yields[flag], true)) return { ...inner, jump: { flag: 'always', by: exit.jump!.by } };
  return position[flag] >= 0 ? { ...inner, jump: { flag: position[flag], by: exit.jump!.by } } : inner;
}

/**
 * Puts what the last `if` (or loop) does not matter to before it, so that it is the last operation and can jump:
 *
 *   exit = if c { … }; i2 = i + 1; yield exit, i2    →    i2 = i + 1; exit = if c { … }; yield exit, i2
 */
function hoist(region: Region): void {
  let last = region.ops.findLastIndex((o) => o.regions.length > 0);
  if (last < 0) return;
  moveBefore(region, last, region.ops.length, () => true);
  last = region.ops.findLastIndex((o) => o.regions.length > 0);
  const before = region.ops.slice(0, last).findLastIndex((o) => o.regions.length > 0);
  if (before >= 0) moveBefore(region, before, last, (o) => !o.result.name);
}

/** Moves the operations between `at` and `end` to before `at`, if all are arithmetic; those stay that depend on `at` itself. */
function moveBefore(region: Region, at: number, end: number, fits: (op: Op) => boolean): void {
  const between = region.ops.slice(at + 1, end);
  if (!between.every((o) => isPure(o) && fits(o))) return;
  const pinned = new Set(region.ops[at].kind === 'loop' ? region.ops[at].params : region.ops[at].results);
  const stays = between.filter((o) => {
    const depends = o.args.some((a) => pinned.has(a));
    if (depends) pinned.add(o.result);
    return depends;
  });
  const moves = between.filter((o) => !stays.includes(o));
  region.ops.splice(at, end - at, ...moves, region.ops[at], ...stays);
}

/** What a flag is on each way through a region: true, false, or not known. */
function leaves(region: Region, flag: number): (boolean | undefined)[] {
  const value = region.yields[flag];
  if (isConst(value, true)) return [true];
  if (isConst(value, false)) return [false];
  const def = value.def as Op;
  if (def.kind !== 'if' || !isLast(def, region)) return [undefined];
  return def.regions.flatMap((r) => r.ops.some((o) => o.kind === 'throw') ? [] : leaves(r, def.results.indexOf(value)));
}

function isLast(op: Op, region: Region): boolean {
  const index = region.ops.indexOf(op);
  return index >= 0 && region.ops.slice(index + 1).every(isTrivial);
}

/** Constants and outer bindings do nothing. */
function isTrivial(op: Op): boolean {
  return op.kind === 'const' || isAtom(op.results[0]);
}

/** Constants with a name after `op`: they can be defined before it. */
function namedConstants(region: Region, op: Op): Stmt[] {
  return region.ops.slice(region.ops.indexOf(op) + 1).filter((o) => o.kind === 'const' && !isAtom(o.result)).map((o) => ({ kind: 'op', op: o }));
}
