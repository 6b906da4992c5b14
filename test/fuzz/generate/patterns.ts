/** Destructuring: patterns for values of a type, in declarations, parameters, loops and assignments. */
import { literal, number } from './numbers.ts';
import { has, reference, target } from './places.ts';
import { type Part, type Tree, list, other, stmt } from './tree.ts';
import { NUMBER, type Type, listOf, named, typeText } from './types.ts';
import { value } from './values.ts';
import { NEVER, type Writer } from './writer.ts';

/** May a pattern take values of this type apart? */
export function hasPattern(w: Writer, type: Type): boolean {
  return type.kind === 'tuple' || type.kind === 'floats' || (type.kind === 'array' && (!w.unchecked || type.element.kind === 'number'))
    || (type.kind === 'named' && w.record(type.name) !== undefined);
}

export interface Bound { name: string; type: Type }

/** A pattern and the variables that it binds. */
export function pattern(w: Writer, type: Type, depth = 2): { text: Tree; bound: Bound[] } {
  const bound: Bound[] = [];
  const bind = (inner: Type, absent = false): Part => {
    if (!absent && depth > 1 && hasPattern(w, inner) && w.chance(35)) {
      const nested = pattern(w, inner, depth - 1);
      bound.push(...nested.bound);
      return nested.text;
    }
    const name = w.name(inner.kind === 'number' ? 'x' : 'd');
    bound.push({ name, type: inner });
    if (!absent && !(inner.kind === 'number' && w.wants('default in pattern', 5))) return name;
    w.use('default in pattern');
    return other`${name} = ${absent ? literal(w) : number(w, 1)}`;
  };
  const rest = (inner: Type): Part => {
    const name = w.name('d');
    bound.push({ name, type: inner });
    w.use('rest in pattern');
    return `...${name}`;
  };
  switch (type.kind) {
    case 'tuple': return { text: other`[${list(type.elements.map((e) => bind(e)))}]`, bound };
    case 'floats': return { text: other`[${list([bind(NUMBER, w.unchecked), ...(w.chance(50) ? [bind(NUMBER, w.unchecked)] : [])])}]`, bound };
    case 'array': {
      const parts: Part[] = [w.chance(25) ? '' : bind(type.element, w.unchecked)];
      if (w.chance(50) || parts[0] === '') parts.push(bind(type.element, w.unchecked));
      if (w.wants('rest in pattern', 15)) parts.push(rest(listOf(type.element)));
      return { text: other`[${list(parts)}]`, bound };
    }
    case 'named': {
      const fields = w.record(type.name)!.fields.filter((f) => !f.optional || f.type.kind === 'number').filter(() => w.chance(75));
      const parts = fields.map((f): Part => other`${f.name}: ${bind(f.type, f.optional)}`);
      return { text: other`{ ${list(parts)} }`, bound };
    }
    default: throw new Error(`no pattern for ${typeText(type)}`);
  }
}

/** `const { a, b } = point;` */
export function destructuredDeclaration(w: Writer): Tree | undefined {
  const types = w.pool.filter((t) => hasPattern(w, t) && (has(w, t) || w.callees(t).length));
  if (!types.length) return undefined;
  const type = w.pick(types);
  const from = w.callees(type).length && w.chance(40) ? value(w, type, 1) : has(w, type) ? reference(w, type) : value(w, type, 1);
  const assignable = w.chance(40);
  const { text, bound } = pattern(w, type);
  if (!bound.length) return undefined;
  bound.forEach((b) => w.declare({ ...b, assignable }));
  w.use('destructured declaration');
  const source = /^[[{]/.test(String(from.parts[0])) ? other`(${from} as ${typeText(type)})` : from;
  return stmt`${assignable ? 'let' : 'const'} ${text} = ${source};`;
}

/** `[a, b] = [b, a];`, `({ a: x[0], b: y } = point);`, `[x, y] = pair;` */
export function destructuredAssignment(w: Writer): Tree | undefined {
  const [a, b] = [target(w, NUMBER), target(w, NUMBER)];
  if (!a || !b) return undefined;
  const records = [...w.declared.values()].filter((d) => d.kind === 'record' && has(w, named(d.name)) && d.fields.filter((f) => f.type.kind === 'number' && !f.optional).length > 0);
  return w.choose<Tree>([
    [3, () => stmt`[${a.write}, ${b.write}] = [${b.read}, ${a.read}];`, 'swap'],
    [2, () => stmt`[${a.write}, ${b.write}] = [${b.read}, ${number(w, 2)}];`, 'destructured assignment'],
    [records.length ? 2 : NEVER, () => {
      const record = w.pick(records) as Extract<typeof records[number], { kind: 'record' }>;
      const fields = record.fields.filter((f) => f.type.kind === 'number' && !f.optional);
      const goals = [a, b].slice(0, fields.length);
      return stmt`({ ${list(goals.map((g, i) => other`${fields[i].name}: ${g.write}`))} } = ${reference(w, named(record.name))});`;
    }, 'destructured assignment'],
    [1, () => {
      const name = w.name('x');
      w.declare({ name, type: NUMBER, assignable: false });
      return stmt`const ${name} = ${a.read}; ${a.write} = ${b.read}; ${b.write} = ${name};`;
    }],
  ]);
}

/** `const a = …; const point = { a, b: … };` */
export function shorthand(w: Writer): Tree | undefined {
  const names = new Set(w.scopes.flat().map((v) => v.name));
  for (const d of w.declared.values()) {
    if (d.kind !== 'record') continue;
    const field = d.fields.find((f) => f.type.kind === 'number' && !f.optional && !names.has(f.name));
    if (!field) continue;
    w.use('shorthand');
    const first = stmt`const ${field.name} = ${number(w, 2)};`;
    w.declare({ name: field.name, type: NUMBER, assignable: false });
    const record = w.name('p');
    const rest = d.fields.filter((f) => f !== field && !f.optional).map((f) => other`${f.name}: ${value(w, f.type, 1)}`);
    w.declare({ name: record, type: named(d.name), assignable: false });
    return stmt`${first} const ${record}: ${d.name} = { ${list([field.name, ...rest])} };`;
  }
  return undefined;
}
