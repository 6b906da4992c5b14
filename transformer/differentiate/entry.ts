/**
 * Shadows of arguments that the function takes apart: `a[0] = a[1]`, `s.v = t.v`, `x.push(y)`. The shadow goes along
 * with such changes, but the cotangent of the argument is wanted in the structure that it had at entry. What is
 * rebound is therefore noted at entry, and put together from that at the end:
 *
 *   (s: { p: number; v: number[] }[])   →   const s_bar = zeros like s;
 *                                           const all = s_bar.slice(), vs = [];  for (…) vs.push(all[i].v);  …
 *                                           const whole = [];  for (…) whole.push({ p: all[i].p, v: vs[i] });
 */
import type { Aliases } from '../analyse/alias.ts';
import type { Cell } from '../analyse/cell.ts';
import type { Builder } from '../ir/build.ts';
import type { Value } from '../ir/ir.ts';
import { NUMBER, type Type, fieldKeys, fieldType, isMemory } from '../ir/types.ts';

/** Gives the shadow in the structure that the argument had at entry; built at the end of the reverse sweep. */
export type Original = (b: Builder) => Value;

/** What to note of a shadow, and how the shadow is made of that again. */
interface Plan {
  types: Type[];
  /** The first thing that is noted is the shadow itself. */
  itself: boolean;
  note(b: Builder, shadow: Value): Value[];
  restore(b: Builder, noted: Value[]): Value;
}

/**
 * Notes, at entry, how the shadow of an argument is put together. Undefined where it stays so. (How deep an object goes, or
 * which parts it has, may be known at run time only: of such, the links are noted.)
 */
export function noteStructure(b: Builder, argument: Value, shadow: Value, aliases: Aliases): Original | undefined {
  const rebound = new Set([...aliases.rebinds.values()].flatMap((cells) => [...cells].map((c) => c.find())));
  const planOf = (type: Type, cell: Cell): Plan | undefined => {
    if (type.kind === 'typed' || ![...cell.reachable()].some((c) => rebound.has(c))) return undefined;
    const isRebound = rebound.has(cell.find());
    const inner = (key: string, t: Type) => (isMemory(t) ? planOf(t, cell.at(key)) : undefined);
    if (type.kind !== 'array') return ofParts(type, isRebound, inner);
    const element = inner('*', type.element);
    if (element) return ofElements(type, element);
    if (!isRebound) return undefined;
    return isMemory(type.element) ? ofLinks(type) : ofLength(type);
  };
  const plan = planOf(shadow.type, aliases.of(argument));
  if (!plan) return undefined;
  const noted = plan.note(b, shadow);
  return (end) => plan.restore(end, noted);
}

/** Numbers: how many there were. */
function ofLength(type: Type): Plan {
  return {
    types: [type, NUMBER], itself: true,
    note: (b, array) => [array, b.length(array)],
    restore: (b, [array, length]) => cutTo(b, array, length),
  };
}

/** Rows, none of which is taken apart: which they were. */
function ofLinks(type: Type): Plan {
  return { types: [type], itself: false, note: (b, array) => [b.copy(array, type, { shadow: true })], restore: (_b, [links]) => links };
}

/** Elements that are taken apart: what is noted of each. */
function ofElements(type: Type, element: Plan): Plan {
  const types = element.types.map((t): Type => ({ kind: 'array', element: t }));
  return {
    types, itself: false,
    note(b, array) {
      const noted = types.map((t, k) => {
        if (k === 0 && element.itself) return b.copy(array, type, { shadow: true });
        return element.types[k].kind === 'number' ? b.new(t, b.length(array)) : b.literal(t, [], { shadow: true });
      });
      b.each(array, (inner, i) => element.note(inner, inner.load(element.itself ? noted[0] : array, i)).forEach((v, k) => {
        if (k === 0 && element.itself) return;
        if (v.type.kind === 'number') inner.store(noted[k], i, v, { inside: true });
        else inner.push(noted[k], v);
      }), 'i');
      return noted;
    },
    restore(b, noted) {
      const whole = b.literal(type, [], { shadow: true });
      b.each(noted[0], (inner, i) => inner.push(whole, element.restore(inner, noted.map((array) => inner.load(array, i)))), 'i');
      return whole;
    },
  };
}

/** Fields of a record or places of a tuple. Numbers are where they were; memory may have been exchanged. */
function ofParts(type: Type, isRebound: boolean, inner: (key: string, t: Type) => Plan | undefined): Plan | undefined {
  const parts = fieldKeys(type).map((key) => {
    const t = fieldType(type, key)!;
    const plan = inner(key, t);
    return { key, plan, types: plan?.types ?? (isRebound && isMemory(t) ? [t] : []) };
  });
  if (!parts.some((p) => p.types.length > 0)) return undefined;
  return {
    types: [type, ...parts.flatMap((p) => p.types)], itself: true,
    note: (b, object) => [object, ...parts.flatMap(({ key, plan, types }) => (types.length === 0 ? [] : plan ? plan.note(b, b.field(object, key)) : [b.field(object, key)]))],
    restore(b, [object, ...noted]) {
      let at = 0;
      return b.literal(type, parts.map(({ key, plan, types }) => {
        const own = noted.slice(at, (at += types.length));
        return own.length === 0 ? b.field(object, key) : plan ? plan.restore(b, own) : own[0];
      }), { shadow: true });
    },
  };
}

/** The first elements of an array. */
export function cutTo(b: Builder, array: Value, length: Value): Value { return b.slice(array, [b.const(0), length], array.type, { shadow: true }); }
