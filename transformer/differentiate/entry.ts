/**
 * Shadows of arguments that the function takes apart: `a[0] = a[1]`, `s.v = t.v`, `x.push(y)`. The shadow goes along
 * with such changes, but the cotangent of the argument is wanted in the structure that it had at entry. What is
 * rebound is therefore noted at entry, and put together from that at the end.
 */
import type { Aliases, Cell } from '../analyse/alias.ts';
import { fail } from '../diagnostics.ts';
import type { Builder } from '../ir/build.ts';
import type { Value } from '../ir/ir.ts';
import { type Type, fieldKeys, isMemory, sameType } from '../ir/types.ts';

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

/** The first elements of an array. */
function cutTo(b: Builder, array: Value, length: Value): Value {
  const copy = b.copy(array, array.type, { shadow: true });
  b.loop({ test: 'before', form: 'while' }, [], (test) => test.prim('gt', [test.length(copy), length]), (body) => {
    body.pop(copy);
    return [];
  });
  return copy;
}
