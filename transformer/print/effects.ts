/**
 * What statements read and write, to know which may change places.
 *
 * An access is to the elements, the length or one field of an object. Two objects may be the same one unless
 * their types differ, or one of them is a fresh local allocation: that is another object than any that existed
 * before the call and than any other allocation; and if it is never stored, passed or carried, than anything else.
 */
import { Func, Op, type Value } from '../ir/ir.ts';
import { type Type, isMemory } from '../ir/types.ts';
import { type Stmt, type Tree, allBlocks, innerBlocks, loopBlocks, operands } from './tree.ts';

interface Access {
  /** Undefined: any memory. */
  object?: Value;
  /** 'elements', 'length', '.' and a field, or '*' for all that can be reached from the object. */
  part: string;
  index?: Value;
}

export interface Effects {
  reads: Access[];
  writes: Access[];
  /** Calls and jumps stay in their order. */
  ordered: boolean;
}

const FRESH = new Set(['new', 'literal', 'copy', 'zeros', 'clone']);
const ANYTHING: Access = { part: '*' };

export class EffectTable {
  private known = new Map<Stmt, Effects>();
  private escaping = new Set<Value>();

  constructor(private tree: Tree) {
    for (const block of allBlocks(tree.body, tree)) {
      for (const stmt of block.stmts) {
        const values = stmt.kind === 'op' ? stored(stmt.op) : stmt.kind === 'return' ? [] : operands(stmt);
        values.forEach((v) => this.escaping.add(v));
      }
    }
  }

  of(stmt: Stmt): Effects {
    let effects = this.known.get(stmt);
    if (!effects) this.known.set(stmt, (effects = this.compute(stmt)));
    return effects;
  }

  conflict(first: Stmt, second: Stmt): boolean {
    const a = this.of(first);
    const b = this.of(second);
    if ((a.ordered && (b.ordered || b.writes.length > 0)) || (b.ordered && a.writes.length > 0)) return true;
    const meets = (xs: Access[], ys: Access[]) => xs.some((x) => ys.some((y) => this.overlap(x, y)));
    return meets(a.writes, b.reads) || meets(a.writes, b.writes) || meets(a.reads, b.writes);
  }

  private compute(stmt: Stmt): Effects {
    const effects: Effects = stmt.kind === 'op' ? effectsOf(stmt.op) : { reads: [], writes: [], ordered: stmt.kind === 'break' || stmt.kind === 'continue' || stmt.kind === 'return' };
    const inner = [...innerBlocks(stmt, this.tree), ...(stmt.kind === 'loop' ? loopBlocks(stmt) : [])];
    for (const block of inner) {
      for (const s of block.stmts) {
        const { reads, writes, ordered } = this.of(s);
        effects.reads.push(...reads);
        effects.writes.push(...writes);
        effects.ordered ||= ordered;
      }
    }
    return effects;
  }

  private overlap(a: Access, b: Access): boolean {
    if (!a.object || !b.object) {
      const known = a.object ? a : b;
      return !known.object || !(this.isPrivate(known.object) || (known.part === 'length' && known.object.type.kind === 'typed'));
    }
    if (a.part === '*' || b.part === '*') return !this.apart(a.object, b.object);
    // An assignment behind the end of a plain array makes it longer.
    const parts = a.part === b.part || (a.part === 'elements' && isElement(b.part)) || (b.part === 'elements' && isElement(a.part)) || (a.object.type.kind === 'array' && [a.part, b.part].includes('length'));
    if (!parts || this.different(a.object, b.object)) return false;
    // Views have indexes of their own.
    const sameIndexes = a.object === b.object || a.object.type.kind !== 'typed';
    return !(sameIndexes && a.index && b.index && a.part === b.part && differentConstants(a.index, b.index));
  }

  /** Never the same object? */
  private different(a: Value, b: Value): boolean {
    return a !== b && (!sameKind(a.type, b.type) || this.apart(a, b));
  }

  private apart(a: Value, b: Value): boolean {
    if (a === b) return false;
    const separate = (x: Value, y: Value) => isFresh(x) && (isFresh(y) || existedBefore(y) || this.isPrivate(x));
    return separate(a, b) || separate(b, a);
  }

  private isPrivate(v: Value): boolean {
    return isFresh(v) && !this.escaping.has(v);
  }
}

function isFresh(v: Value): boolean {
  return v.def instanceof Op && FRESH.has(v.def.kind) && !nested(v.type);
}

/** Parts of a fresh object that are memory themselves may be shared with others. */
function nested(type: Type): boolean {
  switch (type.kind) {
    case 'array': return isMemory(type.element);
    case 'tuple': return type.elements.some(isMemory);
    case 'record': return type.fields.some((f) => isMemory(f.type));
    case 'saved': return type.fields.some(isMemory);
    default: return false;
  }
}

function existedBefore(v: Value): boolean {
  return v.def instanceof Func || v.def.kind === 'free';
}

function sameKind(a: Type, b: Type): boolean {
  if (a.kind === 'tuple' && b.kind === 'array') return a.elements.every((e) => e.kind === b.element.kind);
  if (a.kind === 'array' && b.kind === 'tuple') return sameKind(b, a);
  if (a.kind !== b.kind) return false;
  if (a.kind === 'typed') return a.name === (b as typeof a).name;
  if (a.kind === 'array') return a.element.kind === (b as typeof a).element.kind;
  return true;
}

function differentConstants(a: Value, b: Value): boolean {
  const [x, y] = [a.def, b.def];
  return x instanceof Op && y instanceof Op && x.kind === 'const' && y.kind === 'const' && x.attr.value !== y.attr.value;
}

/** Operands that are put somewhere, from where another name may find them. */
function stored(op: Op): readonly Value[] {
  switch (op.kind) {
    case 'store': return [op.args[2]];
    case 'setfield': case 'fill': case 'push': case 'unshift': return [op.args[1]];
    case 'view': case 'links': return [op.args[0]];
    case 'literal': case 'cast': case 'call': case 'extern': case 'throw': return op.args;
    default: return [];
  }
}

/** An element of a tuple is also one of the array that the tuple may serve as. */
function isElement(part: string): boolean { return /^\.\d+$/.test(part); }

function effectsOf(op: Op): Effects {
  const [object, index] = op.args;
  const effects: Effects = { reads: [], writes: [], ordered: false };
  const read = (part: string, at?: Value) => effects.reads.push({ object, part, ...(at ? { index: at } : {}) });
  const write = (part: string, at?: Value) => effects.writes.push({ object, part, ...(at ? { index: at } : {}) });
  switch (op.kind) {
    case 'free': if (op.attr.mutable) effects.reads.push(ANYTHING); break;
    case 'load': read('elements', index); break;
    case 'store': write('elements', index); break;
    case 'accum': read('elements', index); write('elements', index); break;
    case 'field': read(`.${op.attr.key}`); break;
    case 'setfield': write(`.${op.attr.key}`); break;
    case 'accumfield': read(`.${op.attr.key}`); write(`.${op.attr.key}`); break;
    // Typed arrays never change their length.
    case 'length': if (object.type.kind !== 'typed') read('length'); break;
    case 'copy': read('elements'); break;
    case 'fill': write('elements'); break;
    case 'splice': effects.reads.push({ object: op.args[3], part: 'elements' });
    // falls through
    case 'push': case 'pop': case 'unshift': case 'shift': case 'resize': read('elements'); write('elements'); write('length'); break;
    case 'argsort': for (const v of op.args) if (isMemory(v.type)) effects.reads.push({ object: v, part: '*' }); break;
    case 'zeros': if (object.type.kind !== 'typed') read('*'); break;
    case 'clone': case 'links': read('*'); break;
    case 'addinto':
      write('*');
      effects.reads.push({ object: op.args[1], part: '*' });
      break;
    case 'clear': write('*'); break;
    case 'extern':
      if (op.attr.np && !op.args.some((a) => isMemory(a.type))) break;
      effects.reads.push(ANYTHING);
      if (op.attr.pure) break;
    // falls through
    case 'call':
      effects.reads.push(ANYTHING);
      effects.writes.push(ANYTHING);
    // falls through
    case 'throw': effects.ordered = true; break;
  }
  return effects;
}
