/** What can be reached from the variables in scope, by up to two steps: elements, fields, getters. */
import { integer, number } from './numbers.ts';
import { type Part, type Tree, other, tree } from './tree.ts';
import { NUMBER, type Type, isSame, keyOf } from './types.ts';
import type { Variable, Writer } from './writer.ts';

export interface Place {
  type: Type;
  root: Variable;
  steps: number;
  /** The last step is an element of an array. */
  isElement?: boolean;
  read(): Tree;
  /** As the target of an assignment, where it may be one. */
  write?(): Tree;
  construct?: string;
}

/** An index into an array of the common length. */
export function index(w: Writer): Part {
  return w.choose<Part>([
    [9, () => integer(w, w.length)],
    [1, () => other`Math.floor(Math.abs(${number(w, 1)})) % ${w.length}`],
  ]);
}

export function places(w: Writer, wanted: (type: Type) => boolean): Place[] {
  const found: Place[] = [];
  for (const root of w.scopes.flat()) {
    const make = tree(keyOf(root.type));
    const place: Place = { type: root.type, root, steps: 0, read: () => make`${root.name}` };
    if (root.assignable) place.write = place.read;
    explore(w, place, wanted, found);
  }
  return found;
}

function explore(w: Writer, place: Place, wanted: (type: Type) => boolean, found: Place[]): void {
  if (wanted(place.type)) found.push(place);
  if (place.steps === 2) return;
  const step = (type: Type, suffix: () => Part, writable = true, construct?: string, checked = false) => {
    const make = tree(keyOf(type));
    const write = () => make`${place.read()}${suffix()}`;
    explore(w, {
      type, root: place.root, steps: place.steps + 1, isElement: place.type.kind === 'array' || place.type.kind === 'floats', construct: construct ?? place.construct,
      read: () => (checked ? make`${write()}!` : write()), ...(writable ? { write } : {}),
    }, wanted, found);
  };
  const { type } = place;
  switch (type.kind) {
    case 'floats': step(NUMBER, () => other`[${index(w)}]`, true, undefined, w.unchecked); break;
    case 'array': step(type.element, () => other`[${index(w)}]`, true, undefined, w.unchecked); break;
    case 'tuple': type.elements.forEach((e, i) => step(e, () => `[${i}]`)); break;
    case 'named': {
      const declared = w.declared.get(type.name);
      if (declared?.kind !== 'record' && declared?.kind !== 'class') break;
      for (const f of declared.fields) {
        if (!f.optional) step(f.type, () => (declared.kind === 'record' && w.wants('computed key', 3) ? (w.use('computed key'), `['${f.name}']`) : `.${f.name}`), !f.readonly, f.type.kind === 'array' || f.type.kind === 'floats' ? 'array in record' : undefined);
      }
      if (declared.kind === 'class') for (const getter of declared.getters) step(NUMBER, () => `.${getter}`, false, 'getter');
      break;
    }
  }
}

const WEIGHTS = [5, 4, 2];

/** Is there something of this type in reach? */
export const has = (w: Writer, type: Type): boolean => places(w, (t) => isSame(t, type)).length > 0;

/** One of some places. */
export function pickPlace(w: Writer, found: readonly Place[]): Place {
  const place = w.choose(found.map((p) => [WEIGHTS[p.steps], () => p] as const));
  if (place.construct) w.use(place.construct);
  if (place.root.level < w.frame.level && place.root.level > 0) w.use('closure');
  return place;
}

/** Something that exists already: the result shares its memory. */
export function reference(w: Writer, type: Type): Tree {
  return pickPlace(w, places(w, (t) => isSame(t, type))).read();
}

/** A place of this type that may be assigned. */
export function target(w: Writer, type: Type): { place: Place; read: Tree; write: Tree } | undefined {
  const found = places(w, (t) => isSame(t, type)).filter((p) => p.write);
  if (!found.length) return undefined;
  const place = pickPlace(w, found);
  if (place.steps === 0 && place.root.level < w.frame.level) w.use('captured variable written');
  if (place.steps > 0 && place.root.argument) w.use('argument mutated');
  const write = place.write!();
  // Only the last access of what is read may be undefined.
  const read: Tree = w.unchecked && place.isElement ? { sort: write.sort, parts: [write, '!'] } : write;
  return { place, read, write };
}

export interface Iterable { read: Tree; element: Type; kind: 'array' | 'list' | 'floats'; type: Type; place: Place }

/** Something of many elements. */
export function iterables(w: Writer, test: (type: Type) => boolean = () => true): Place[] {
  return places(w, (t) => (t.kind === 'array' || t.kind === 'list' || t.kind === 'floats') && test(t));
}

export function iterable(w: Writer, found: readonly Place[]): Iterable {
  const place = pickPlace(w, found);
  const { type } = place;
  return { read: place.read(), type, place, kind: type.kind as 'array', element: type.kind === 'array' || type.kind === 'list' ? type.element : NUMBER };
}

