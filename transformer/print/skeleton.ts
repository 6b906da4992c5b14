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
import { type Func, type Op, type Region, type Value, homeRegion, isInside } from '../ir/ir.ts';
import { cloneOp, cloneRegion } from '../ir/walk.ts';
import { type Exit, compose, flagOf, isLast, isTrivial, ways } from './exits.ts';
import { isAtom, isSameVariable } from './kinds.ts';
import { Ternaries } from './ternaries.ts';
import { Block, type Copy, type Stmt, type Tree, endsInJump, isConst, link } from './tree.ts';

/** What to do where a loop is left with this carried value true. */
interface Leave { flag: number; then(yields: readonly Value[]): Stmt[] }

/** `uses`: of each value, counted before results of loops were replaced by parameters. */
export function buildTree(func: Func, uses: Map<Value, number>, isUsers: (name: string | undefined) => boolean): Tree {
  const builder = new Skeleton(uses, isUsers);
  const body = builder.build(func.body, {
    finish: (values) => [{ kind: 'return', values: [...values] }],
    jump: { flag: 'always', returns: 'always' },
  });
  const tree = { body: new Block(body), ternaries: builder.ternaries.blocks };
  link(tree.body, tree);
  return tree;
}

class Skeleton {
  readonly ternaries = new Ternaries();
  constructor(private uses: Map<Value, number>, private isUsers: (name: string | undefined) => boolean) {}

  build(region: Region, exit: Exit): Stmt[] {
    const out: Stmt[] = [];
    for (const op of region.ops) {
      if (isAtom(op.results[0])) continue;
      if (op.kind === 'throw') return [...out, { kind: 'op', op }];
      // Constants with a name that come after `op` can be defined before it.
      const rest = () => region.ops.slice(region.ops.indexOf(op) + 1).filter((o) => o.kind === 'const' && !isAtom(o.result)).map((o): Stmt => ({ kind: 'op', op: o }));
      const next = this.threaded(op, region, exit);
      if (next) return [...out, ...rest(), ...next.before, ...this.build(next.onFalse, next.exit)];
      if (op.kind === 'loop') {
        if (this.returnsInside(op, region, exit)) {
          return [...out, ...rest(), ...this.loop(op, { flag: 0, then: (yields) => exit.finish(region.yields.map((v) => yields[op.params.indexOf(v)] ?? v)) })];
        }
        out.push(...this.loop(op));
      } else if (op.kind !== 'if') {
        out.push({ kind: 'op', op });
      } else if (this.takesFlag(op, region, exit)) {
        return [...out, ...rest(), ...this.if(op, compose(exit, region.yields, op))];
      } else if (this.ternaries.accepts(op, exit.jump?.flag === 'always' && isReturned(op, region))) {
        if (isReturned(op, region) && !this.isUsers(op.result.name)) op.result.name = undefined;
        out.push({ kind: 'op', op });
      } else if (this.takesExit(op, region, exit)) {
        return [...out, ...rest(), ...this.if(op, compose(exit, region.yields, op))];
      } else {
        out.push(...this.assigningIf(op));
      }
      if (endsInJump(out)) return out;
    }
    return [...out, ...exit.finish(region.yields)];
  }

  private if(op: Op, exit: Exit): Stmt[] {
    return branch(op.args[0], this.build(op.regions[0], exit), this.build(op.regions[1], exit));
  }

  /**
   * A variable gets the value that it has without the `if` before it:
   *
   *   if (c) { z = x * y; } else { z = x; }    →    z = x; if (c) { z = x * y; }
   */
  private assigningIf(op: Op): Stmt[] {
    const idle = (r: Region) => r.ops.every(isTrivial) && r.yields.every((v) => !isInside(homeRegion(v), r));
    const [then, otherwise] = op.regions.map(idle);
    // What the user assigns in the first branch stays there.
    const side = then === otherwise || (then && op.results.some((r) => r.name && this.isUsers(r.name))) ? undefined : then ? 0 : 1;
    const yields = side === undefined ? [] : op.regions[side].yields;
    const early = (r: Value, i: number) => side !== undefined && !isSameVariable(r, yields[i]) && (yields[i].def as Op).kind !== 'undef';
    const before = copies(op.results.filter(early), yields.filter((_, i) => early(op.results[i], i)));
    const late = copies(op.results.filter((r, i) => !early(r, i)), yields.filter((_, i) => !early(op.results[i], i)));
    const exit: Exit = { finish: (values) => copies(op.results, values) };
    const [a, b] = op.regions.map((r, i) => (i === side ? late : this.build(r, exit)));
    return [...before, ...branch(op.args[0], a, b)];
  }

  /** Does `op`, the last of its region, say by constants whether to jump? */
  private takesFlag(op: Op, region: Region, exit: Exit): boolean {
    const flag = exit.jump?.flag;
    return typeof flag === 'number' && op.results.includes(region.yields[flag]) && ways(region, [flag]).every((way) => flagOf(way, flag) !== undefined);
  }

  /** Does what `op`, the last of its region, results in decide how the region is left? */
  private takesExit(op: Op, region: Region, exit: Exit): boolean {
    if (!exit.jump || !isLast(op, region)) return false;
    if (exit.jump.flag !== 'always') return op.results.includes(region.yields[exit.jump.flag]);
    return isReturned(op, region);
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
    if (flag < 0 || this.uses.get(op.results[flag]) !== 1) return undefined;

    const inner = compose(exit, region.yields, test);
    const [jumping, onFalse] = not ? [test.regions[1], test.regions[0]] : test.regions;
    const times = op.kind === 'loop' ? timesLeft(op, flag) : timesTrue(op, flag);
    if (!inner.jump || times === 0 || (times > 1 && jumping.ops.filter((o) => !isTrivial(o)).length > 2)) return undefined;
    const { flag: leave, returns } = inner.jump;
    const jumps = ways(jumping, [leave, returns].filter((i) => typeof i === 'number'));
    const alwaysReturns = returns !== undefined && jumps.every((way) => flagOf(way, returns));
    if (!jumps.every((way) => flagOf(way, leave)) || (op.kind === 'loop' && !alwaysReturns)) return undefined;

    const then = (yields: readonly Value[]) => {
      const map = new Map(visible.map((v, i) => [v, yields[i]]));
      return this.build(this.copy(jumping, map, test), compose(exit, region.yields.map((v) => map.get(v) ?? v), test));
    };
    if (op.kind === 'loop') return { before: this.loop(op, { flag, then }), onFalse, exit: inner };
    const others = <T>(list: readonly T[]) => list.filter((_, i) => i !== flag);
    const before = this.if(op, {
      finish: (yields) => flagOf(yields, flag) ? then(yields) : copies(others(op.results), others(yields)),
      jump: { flag, returns: alwaysReturns ? flag : undefined },
    });
    return { before, onFalse, exit: inner };
  }

  private copy(region: Region, map: Map<Value, Value>, owner: Op): Region {
    const given = new Set(map.keys());
    const copy = cloneRegion(region, map, owner);
    for (const [old, copied] of map) if (!given.has(old)) this.uses.set(copied, this.uses.get(old) ?? 0);
    return copy;
  }

  /** Is this a loop without end at the end of the function, which is left by returning? */
  private returnsInside(op: Op, region: Region, exit: Exit): boolean {
    const { test, exit: leaves } = op.attr.loop!;
    if (exit.jump?.flag !== 'always' || !leaves || test !== 'before' || !isLast(op, region) || !isConst(op.regions[0].yields[0], true)) return false;
    const returned = [...op.params.keys()].filter((i) => region.yields.includes(op.params[i]));
    return ways(op.regions[1], [0]).every((way) => {
      const leave = flagOf(way, 0);
      return leave === false || (leave && returned.some((i) => way[i] !== op.params[i] && !isSameVariable(way[i], op.params[i])));
    });
  }

  private loop(op: Op, leave?: Leave): Stmt[] {
    const { test, exit: mayExit } = op.attr.loop!;
    const heads = this.heads(op);
    const init = op.params.map((target, i) => ({ target, source: op.args[i] }));
    // What is used after the loop is declared before it.
    const declared = heads.filter((i) => !this.uses.get(op.results[i]));
    const outOfHead = (_: unknown, i: number) => !heads.includes(i);
    const exit: Exit = {
      finish: (yields) => {
        const next = copies(op.params.filter(outOfHead), yields.filter(outOfHead));
        if (!mayExit || flagOf(yields, 0) === false) return next.map(withoutFlag);
        const known = flagOf(yields, 0);
        if (leave && (known ? flagOf(yields, leave.flag) : leave.flag === 0)) return known ? leave.then(yields) : [...next, ...branch(yields[0], leave.then(yields), [])];
        return [...next, ...known ? [{ kind: 'break' } as const] : branch(yields[0], [{ kind: 'break' }], [])];
      },
      jump: mayExit ? { flag: 0, returns: leave?.flag } : undefined,
    };
    const withoutFlag = (stmt: Copy): Copy => ({ kind: 'copy', pairs: mayExit ? stmt.pairs.filter((p) => p.target !== op.params[0]) : stmt.pairs });
    const body = new Block(this.build(op.regions[1], exit));
    const forever = isConst(op.regions[0].yields[0], true) && test === 'before';
    return [
      { kind: 'copy', pairs: init.filter((_, i) => !declared.includes(i)) },
      {
        kind: 'loop', op, after: test === 'after', head: new Block(),
        init: { kind: 'copy', pairs: init.filter((_, i) => declared.includes(i)) },
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
}

/**
 * Is what `op`, the last of its region, results in just returned, and never assigned? If a branch assigns it to a
 * variable of the user's, it is returned at the end, as the user does.
 */
function isReturned(op: Op, region: Region): boolean {
  if (!isLast(op, region)) return false;
  const returned = [...op.results.keys()].filter((i) => region.yields.includes(op.results[i]));
  const all = op.regions.flatMap((r) => ways(r, returned));
  // The results of inner branches are not assigned to it, but handed on.
  const handedOn = (v: Value) => Boolean((v.def as Op).regions?.length) && op.regions.some((r) => isInside(homeRegion(v), r));
  const assigned = (v: Value, r: Value) => isSameVariable(v, r) && !handedOn(v);
  return returned.length > 0 && returned.every((i) => !all.some((way) => assigned(way[i], op.results[i])));
}

/** On how many ways is the loop left with this carried value true? None if that cannot be said. */
function timesLeft(op: Op, flag: number): number {
  const all = ways(op.regions[1], [0, flag]);
  if (flag === 0) return all.filter((way) => flagOf(way, 0) !== false).length;
  const fits = (way: readonly Value[]) => flagOf(way, 0) ? flagOf(way, flag) !== undefined
    : flagOf(way, 0) === false && (flagOf(way, flag) === false || way[flag] === op.params[flag]);
  return isConst(op.args[flag], false) && all.every(fits) ? all.filter((way) => flagOf(way, flag)).length : 0;
}

/** On how many ways does the `if` result in true? None if that cannot be said. */
function timesTrue(op: Op, flag: number): number {
  const all = op.regions.flatMap((r) => ways(r, [flag]));
  return all.every((way) => flagOf(way, flag) !== undefined) ? all.filter((way) => flagOf(way, flag)).length : 0;
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
