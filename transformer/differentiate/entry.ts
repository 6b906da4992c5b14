/**
 * Shadows of arguments that the function takes apart: `a[0] = a[1]`, `s.v = t.v`, `x.push(y)`. The shadow goes along
 * with such changes, but the cotangent of the argument is wanted in the structure that it had at entry. What is
 * rebound is therefore noted at entry, and put together from that at the end.
 */
import type { Aliases, Cell } from '../analyse/alias.ts';
import { fail } from '../diagnostics.ts';
import type { Builder } from '../ir/build.ts';
import type { Value } from '../ir/ir.ts';
import { NUMBER, type Type, fieldKeys, isMemory, sameType } from '../ir/types.ts';

/** Gives the shadow in the structure that the argument had at entry; built at the end of the reverse sweep. */
export type Original = (b: Builder) => Value;

/** Notes, at entry, how the shadow of an argument is put together. Undefined where it stays so. */
export function noteStructure(b: Builder, argument: Value, shadow: Value, aliases: Aliases): Original | undefined {
  const rebound = new Set([...aliases.rebinds.values()].flatMap((cells) => [...cells].map((c) => c.find())));
  const note = (v: Value, cell: Cell, within: Type[] = []): Original | undefined => {
    const { type } = v;
    if (![...cell.reachable()].some((c) => rebound.has(c))) return undefined;
    // How deep it goes, or whether it is there, is known at run time.
    if (type.absent || within.some((t) => sameType(t, type))) fail('TL3007', argument.span, argument.name ?? '');
    if (type.kind === 'array' && isMemory(type.element)) {
      if (type.element.kind === 'array' && type.element.element.kind === 'number' && rebound.has(cell.at('*'))) return noteRows(b, v);
      for (const inner of cell.at('*').reachable()) if (rebound.has(inner) && inner !== cell.find()) fail('TL3007', argument.span, argument.name ?? '');
      if (!rebound.has(cell.find())) return undefined;
      const links = b.copy(v, type, { shadow: true });
      return () => links;
    }
    if (type.kind === 'array') {
      if (!rebound.has(cell.find())) return undefined;
      const length = b.length(v);
      return (end) => cutTo(end, v, length);
    }
    if (type.kind === 'typed') return undefined;
    const keys = fieldKeys(type);
    const parts = keys.map((key) => {
      const part = b.field(v, key);
      return isMemory(part.type) ? { part, original: note(part, cell.at(key), [...within, type]) } : undefined;
    });
    if (!rebound.has(cell.find()) && !parts.some((p) => p?.original)) return undefined;
    return (end) => end.literal(type, keys.map((key, k) => {
      const part = parts[k];
      return part ? part.original?.(end) ?? part.part : end.field(v, key);
    }), { shadow: true });
  };
  return note(shadow, aliases.of(argument));
}

/** Rows of numbers that grow or shrink: which they were, and how long. */
function noteRows(b: Builder, rows: Value): Original {
  const { type } = rows;
  const links = b.copy(rows, type, { shadow: true });
  const lengths = b.new({ kind: 'array', element: NUMBER }, b.length(links));
  eachIndex(b, links, (inner, i) => inner.store(lengths, i, inner.length(inner.load(links, i)), { inside: true }));
  return (end) => {
    const whole = end.literal(type, [], { shadow: true });
    eachIndex(end, links, (inner, i) => inner.push(whole, cutTo(inner, inner.load(links, i), inner.load(lengths, i))));
    return whole;
  };
}

function eachIndex(b: Builder, array: Value, body: (inner: Builder, i: Value) => void): void {
  b.loop({ test: 'before', form: 'for', head: [0] }, [b.const(0)], (inner, [i]) => inner.prim('lt', [i, inner.length(array)]), (inner, [i]) => {
    body(inner, i);
    return [inner.prim('add', [i, inner.const(1)], { name: 'i' })];
  }, [{ name: 'i' }]);
}

/** The first elements of an array. */
export function cutTo(b: Builder, array: Value, length: Value): Value { return b.slice(array, [b.const(0), length], array.type, { shadow: true }); }
