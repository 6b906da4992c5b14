/**
 * Which values may refer to the same memory. Steensgaard's analysis: every memory value belongs to a class,
 * and values that may be equal are put into one class (union-find), whatever the order of the program.
 * A class has cells: `*` for the elements of an array, one a field for tuples and records; a cell of memory
 * type is the class of what is stored there. The arguments of a function, and their parts, are taken to be distinct
 * where its `joints` do not say that they may be one.
 */
import { Func, type Op, type Place, type Value, mayGive, mayKeep } from '../ir/ir.ts';
import { type Field, type RecordType, type Saved, type Type, elementType, fieldKeys, fieldType, holdsRecursion, holdsSaved, isFloatArray, isMemory, sameType, showType } from '../ir/types.ts';
import { allOps } from '../ir/walk.ts';
import { Cell, beside } from './cell.ts';
import { Extensions } from './extend.ts';

/** Operations that change the length of an array, or what is where in it. */
const RESIZES = new Set(['push', 'pop', 'unshift', 'shift', 'splice', 'resize']);

/**
 * What a call does to memory, in the terms of the callee: its own analysis. 'nothing' is where the iteration over
 * recursive functions starts (see summaries.ts); undefined is not known: it may do anything to its arguments.
 */
export type Summaries = (id: string) => Aliases | 'nothing' | undefined;

export class Aliases {
  private classes = new Map<Value, Cell>();
  private saved = new Map<string, Cell>();
  /** For each operation that writes: the cells that it writes. Structural writes (push, pop) also write `length`. */
  readonly writes = new Map<Op, Set<Cell>>();
  /** The classes whose objects an operation takes apart or lets grow: it stores memory into them, pushes or pops. */
  readonly rebinds = new Map<Op, Set<Cell>>();

  /** Memory that the function knows by the name of a variable outside: of its module, or around a local function. */
  private outer = new Set<Cell>();
  private world = new Cell();
  /** May it write memory of modules, itself or in what it calls? */
  writesOuter = false;

  constructor(readonly func: Func, private summaries: Summaries) {
    for (const { value } of func.params) {
      if (value.type.kind === 'saved') this.handedOver(value, value.type.forward);
      if (isMemory(value.type)) this.of(value).markOutside();
    }
    const at = ({ param, keys }: Place) => keys.reduce((cell, key) => cell.at(key), this.of(param));
    for (const [a, b] of func.joints) at(a).union(at(b));
    for (const op of allOps(func.body)) this.visit(op);
    const clones = allOps(func.body).filter((op) => op.kind === 'clone' || op.attr.shared);
    while (clones.filter((op) => this.share(op)).length > 0);
    // Only now are the classes final.
    for (const op of allOps(func.body)) if (op.kind === 'free' && op.attr.name !== 'this' && isMemory(op.result.type)) for (const cell of this.cells(op.result, true)) this.outer.add(cell);
    for (const cell of this.world.reachable()) this.outer.add(cell);
    for (const op of allOps(func.body)) this.collectWrites(op);
    this.noteExtensions();
  }

  /** The class of a memory value. */
  of(value: Value): Cell {
    let cell = this.classes.get(value);
    if (!cell) this.classes.set(value, (cell = this.classOf(value.type)));
    return cell.find();
  }

  /** What recursive functions save refers to what they saved one level deeper: one class for all levels. */
  private savedClass({ name, fields }: Saved): Cell {
    let cell = this.saved.get(name);
    if (cell) return cell;
    this.saved.set(name, (cell = new Cell()));
    fields.forEach((type, k) => { if (isMemory(type)) cell.at(String(k)).union(this.classOf(type)); });
    return cell;
  }

  /** Is it a cell of memory that others know, too, under a name that is not an argument? */
  isOuter(cell: Cell): boolean { return this.outer.has(cell.find()); }

  /** The classes and cells of a value that its type tells of, whether or not the function looks at them. */
  cells(value: Value, lengths = false): Set<Cell> {
    const create = (cell: Cell, type: Type, within: (RecordType | Saved)[]): void => {
      if (type.kind === 'links') return create(cell, type.of, within);
      if (lengths && type.kind === 'array') cell.at('length');
      if (type.kind === 'array' || type.kind === 'dictionary') create(cell.at('*'), type.element, within);
      else if (type.kind === 'typed') cell.at('*');
      else if (type.kind === 'union') type.members.forEach((t) => create(cell, t, within));
      else if (type.kind === 'tuple') type.elements.forEach((t, k) => create(cell.at(String(k)), t, within));
      else if (type.kind === 'record' && !within.some((r) => r.fields === type.fields)) {
        for (const f of type.fields) create(cell.at(f.name), f.type, [...within, type]);
      } else if (type.kind === 'saved' && !within.some((s) => s.fields === type.fields)) {
        type.fields.forEach((t, k) => create(cell.at(String(k)), t, [...within, type]));
      }
    };
    create(this.of(value), value.type, []);
    return this.of(value).reachable();
  }

  /** Of the cells of a value, those that hold strings, booleans and the like (and whole numbers), and nothing with a derivative. */
  fixedCells(value: Value, integers: boolean): Set<Cell> {
    const found = new Set<Cell>();
    const others = new Set<Cell>();
    const visit = (cell: Cell, type: Type, within: RecordType[]): void => {
      const part = (key: string, t: Type) => {
        const inner = cell.at(key);
        if (t.kind === 'string' || t.kind === 'boolean') found.add(inner);
        else others.add(inner);
        visit(inner, t, within);
      };
      if (type.kind === 'array') part('*', type.element);
      else if (type.kind === 'union') type.members.forEach((t) => visit(cell, t, within));
      else if (type.kind === 'typed') (isFloatArray(type) || !integers ? others : found).add(cell.at('*'));
      else if (type.kind === 'tuple') type.elements.forEach((t, k) => part(String(k), t));
      else if (type.kind === 'record' && !within.some((r) => r.fields === type.fields)) {
        within.push(type);
        for (const f of type.fields) part(f.name, f.type);
      }
    };
    visit(this.of(value), value.type, []);
    for (const cell of others) found.delete(cell.find());
    return found;
  }

  /**
   * A class for memory of a type. Of a type that contains itself, all objects that can be reached from one of them are
   * of one class: the analysis would else go down one level with each look.
   */
  private classOf(type: Type): Cell {
    if (type.kind === 'saved') return this.savedClass(type);
    const cell = new Cell();
    if (type.kind === 'array' && holdsSaved(type.element)) cell.at('*').union(this.classOf(type.element));
    const tie = (at: Cell, part: Type, within: { fields: Field[]; cell: Cell }[]): void => {
      if (part.kind === 'array' || part.kind === 'dictionary') return tie(at.at('*'), part.element, within);
      if (part.kind === 'links') return tie(at, part.of, within);
      if (part.kind === 'union') return part.members.forEach((t) => tie(at, t, within));
      if (part.kind === 'tuple') return part.elements.forEach((t, k) => isMemory(t) && tie(at.at(String(k)), t, within));
      if (part.kind !== 'record') return;
      const known = within.find((w) => w.fields === part.fields);
      if (known) return known.cell.union(at);
      for (const f of part.fields) if (isMemory(f.type)) tie(at.at(f.name), f.type, [...within, { fields: part.fields, cell: at }]);
    };
    if (holdsRecursion(type)) tie(cell, type, []);
    return cell;
  }

  private same(a: Value, b: Value): void {
    if (holds(a) && holds(b)) this.of(a).union(this.of(b));
  }

  private stored(cell: Cell, value: Value): void {
    if (holds(value)) cell.union(this.of(value));
  }

  private visit(op: Op): void {
    const [a, i, v] = op.args;
    switch (op.kind) {
      case 'load': case 'pop': case 'shift': this.stored(this.of(a).at('*'), op.result); break;
      case 'field': this.stored(this.of(a).at(op.attr.key!), op.result); break;
      case 'store': this.stored(this.of(a).at('*'), v); break;
      case 'fill': case 'push': case 'unshift': this.stored(this.of(a).at('*'), i); break;
      case 'setfield': this.stored(this.of(a).at(op.attr.key!), i); break;
      case 'cast':
        this.same(op.result, a);
        if (op.result.type.kind === 'dictionary') this.of(a).joinFields();
        break;
      case 'free':
        if (!isMemory(op.result.type)) break;
        this.of(op.result).markOutside();
        if (op.attr.mutable) this.world.union(this.of(op.result));
        break;
      case 'new': case 'argsort': this.of(op.result).allocations.add(op); break;
      case 'view': case 'links': this.same(op.result, a); break;
      case 'splice': {
        const removed = this.of(op.result);
        removed.allocations.add(op);
        if (!isMemory(elementType(a.type))) break;
        for (const other of [op.args[3], op.result]) this.of(a).at('*').union(this.of(other).at('*'));
        break;
      }
      case 'zeros': case 'clone': this.allocateDeep(this.of(op.result), op.result.type, op); break;
      case 'literal': {
        const cell = this.of(op.result);
        cell.allocations.add(op);
        const keys = fieldKeys(op.result.type);
        op.args.forEach((part, k) => this.stored(cell.at(keys[k] ?? '*'), part));
        break;
      }
      case 'copy': {
        const cell = this.of(op.result);
        cell.allocations.add(op);
        if (op.result.type.kind === 'array' && isMemory(op.result.type.element)) cell.at('*').union(this.of(a).at('*'));
        break;
      }
      case 'if':
        op.results.forEach((r, k) => op.regions.forEach((region) => this.same(r, region.yields[k])));
        break;
      case 'loop':
        op.params.forEach((p, k) => {
          this.same(p, op.args[k]);
          this.same(p, op.regions[1].yields[k]);
          this.same(op.results[k], p);
        });
        break;
      case 'call': this.visitCall(op); break;
      case 'extern':
        for (const r of op.results) {
          if (isMemory(r.type) && op.attr.custom !== undefined) this.allocateDeep(this.of(r), r.type, op);
          else if (isMemory(r.type)) this.of(r).allocations.add(op);
        }
        // What something without source was given, it may give back; so does a variable outside.
        for (const v of [...(mayKeep(op) || op.attr.assigns ? op.args : []), ...(mayGive(op) ? op.results : [])]) {
          if (!isMemory(v.type)) continue;
          this.world.union(this.of(v));
          this.world.markOutside();
        }
        break;
    }
  }

  private allocateDeep(cell: Cell, type: Type, op: Op): void {
    if (type.kind === 'saved') this.savedClass(type).union(cell);
    if (cell.find().allocations.has(op)) return;
    cell.find().allocations.add(op);
    this.allocateParts(cell, type, op);
  }

  private allocateParts(cell: Cell, type: Type, op: Op): void {
    if (type.kind === 'union') type.members.forEach((t) => this.allocateParts(cell, t, op));
    if ((type.kind === 'array' || type.kind === 'dictionary') && isMemory(type.element)) this.allocateDeep(cell.at('*'), type.element, op);
    if (type.kind === 'tuple' || type.kind === 'saved') fieldKeys(type).forEach((key) => { if (isMemory(fieldType(type, key)!)) this.allocateDeep(cell.at(key), fieldType(type, key)!, op); });
    if (type.kind === 'record') for (const f of type.fields) if (isMemory(f.type)) this.allocateDeep(cell.at(f.name), f.type, op);
  }

  /** Any parts of these values that are of one type may be the same memory. Of what is saved, parts may not be known yet: it may hold all. */
  private unite(values: Value[]): void {
    const parts: { type: Type; cell: Cell }[] = [];
    const visit = (type: Type, cell: Cell): void => {
      if (!isMemory(type)) return;
      if (type.kind === 'links') return visit(type.of, cell);
      const known = parts.find((p) => (isNumbers(p.type) ? isNumbers(type) : sameType(p.type, type)));
      if (known) return known.cell.union(cell);
      parts.push({ type, cell });
      if (type.kind === 'array' || type.kind === 'dictionary') visit(type.element, cell.at('*'));
      else for (const key of fieldKeys(type)) visit(fieldType(type, key)!, cell.at(key));
    };
    for (const v of values) visit(v.type, this.of(v));
    for (const { type, cell } of parts) if (type.kind === 'saved') parts.forEach((p) => { if (p.cell !== cell) cell.at(`?${isNumbers(p.type) ? '' : showType(p.type)}`).union(p.cell); });
  }

  /** What an object has under two names, its copy has under two names, too. Is that new? */
  private share({ args: [object], result }: Op): boolean {
    const map = new Map<Cell, Cell>();
    let changed = false;
    const walk = (from: Cell, to: Cell): void => {
      const known = map.get(from);
      if (known?.find() === to) return;
      if (known) {
        changed = true;
        return known.union(to);
      }
      map.set(from, to);
      for (const [key, cell] of from.entries()) {
        // A copy may come to be part of what it was copied from, which must not grow with it.
        const part = to.entries().find(([k]) => k === key);
        if (part) walk(cell, part[1]);
      }
    };
    for (const v of [object, result]) this.cells(v);
    walk(this.of(object), this.of(result));
    return changed;
  }

  /** Walks the callee's classes beside the caller's: what the callee has put together is put together here. */
  private visitCall(op: Op): void {
    const callee = this.summaries(op.attr.callee!.id);
    if (!callee || callee === 'nothing') {
      if (!callee) this.unite([...op.args, ...op.results]);
      for (const r of op.results) if (isMemory(r.type)) this.of(r).allocations.add(op);
      return;
    }
    const walk = beside((ours) => ours.allocations.add(op));
    callee.func.params.forEach((p, k) => { if (isMemory(p.value.type)) walk(callee.of(p.value), this.of(op.args[k])); });
    callee.func.body.yields.forEach((y, k) => { if (isMemory(y.type)) walk(callee.of(y), this.of(op.results[k])); });
  }

  /**
   * Places of a callee's arguments that may be the same memory at this call, where the callee, which writes there,
   * takes them to be apart.
   */
  joints(op: Op): [Place, Place][] {
    const callee = this.summaries(op.attr.callee!.id);
    if (!callee || callee === 'nothing') return [];
    const written = new Set([...this.writes.get(op) ?? []].map((c) => c.find()));
    const found: [Place, Place][] = [];
    const first = new Map<Cell, { theirs: Cell; place: Place }>();
    const seen = new Set<Cell>();
    const walk = (theirs: Cell, ours: Cell, type: Type, place: Place): void => {
      if (!isMemory(type) || seen.has(theirs)) return;
      seen.add(theirs);
      const known = first.get(ours);
      if (!known) first.set(ours, { theirs, place });
      else if (written.has(ours) || ours.entries().some(([, cell]) => written.has(cell))) {
        found.push([known.place, place]);
        return;
      }
      const part = (key: string, t: Type) => walk(theirs.at(key), ours.at(key), t, { ...place, keys: [...place.keys, key] });
      if (type.kind === 'array' || type.kind === 'dictionary') part('*', type.element);
      else for (const key of fieldKeys(type)) part(key, fieldType(type, key)!);
    };
    callee.func.params.forEach(({ value }, k) => { if (isMemory(value.type)) walk(callee.of(value), this.of(op.args[k]), value.type, { param: value, keys: [] }); });
    return found;
  }

  /** What the forward sweep has put together is together in the reverse sweep: parts of what is saved may share memory. */
  private handedOver(saved: Value, forward: string): void {
    const sweep = this.summaries(forward);
    if (!sweep || sweep === 'nothing') {
      const [first, ...others] = fieldKeys(saved.type).filter((key) => isMemory(fieldType(saved.type, key)!));
      for (const key of others) this.of(saved).at(first).union(this.of(saved).at(key));
      return;
    }
    const { yields } = sweep.func.body;
    beside(() => {})(sweep.of(yields[yields.length - 1]), this.of(saved));
  }

  /** Assignments behind the end of an array change its length, too. */
  private noteExtensions(): void {
    const extensions = new Extensions(this.func.body, (v) => this.of(v));
    for (const [op, cells] of this.writes) {
      if (op.kind !== 'call') continue;
      for (const arg of op.args) for (const cell of isMemory(arg.type) ? this.of(arg).reachable() : []) {
        if (cell.entries().some(([key, length]) => key === 'length' && cells.has(length))) extensions.noteShrunk(cell);
      }
    }
    for (const [op, cells] of this.writes) {
      if (op.kind !== 'store' || !extensions.mayExtend(op)) continue;
      cells.add(this.of(op.args[0]).at('length'));
      this.rebinds.set(op, (this.rebinds.get(op) ?? new Set()).add(this.of(op.args[0])));
    }
  }

  /** May the assignment make its array longer? */
  extends(op: Op): boolean {
    return op.kind === 'store' && op.args[0].type.kind === 'array' && (this.writes.get(op)?.has(this.of(op.args[0]).at('length')) ?? false);
  }

  private collectWrites(op: Op): void {
    const cells = new Set<Cell>();
    const rebound = new Set<Cell>();
    const [a] = op.args;
    const stored = op.args[op.args.length - 1];
    switch (op.kind) {
      case 'store': case 'accum': case 'fill':
        cells.add(this.of(a).at('*'));
        // A new key makes a dictionary larger.
        if (a.type.kind === 'dictionary') cells.add(this.of(a).at('length'));
        break;
      case 'setfield': case 'accumfield': cells.add(this.of(a).at(op.attr.key!)); break;
      case 'push': case 'pop': case 'unshift': case 'shift': case 'splice': case 'resize': cells.add(this.of(a).at('*')).add(this.of(a).at('length')); break;
      case 'addinto': case 'clear':
        for (const cell of this.cells(a)) cells.add(cell);
        break;
      case 'call': this.callWrites(op, cells, rebound); break;
      case 'extern':
        if (!mayKeep(op)) return;
        this.writesOuter = true;
        for (const arg of op.args) if (isMemory(arg.type)) for (const cell of this.cells(arg, true)) cells.add(cell);
        for (const cell of this.outer) cells.add(cell);
        break;
      default: return;
    }
    if (RESIZES.has(op.kind) || (op.kind !== 'call' && op.kind !== 'extern' && op.kind !== 'addinto' && op.args.length > 1 && isMemory(stored.type))) rebound.add(this.of(a));
    if (cells.size > 0) this.writes.set(op, cells);
    for (const cell of cells) if (this.outer.has(cell.find())) this.writesOuter = true;
    if (rebound.size > 0) this.rebinds.set(op, rebound);
  }

  /** What the callee writes, in our classes: its classes are gone through beside ours. */
  private callWrites(op: Op, cells: Set<Cell>, rebound: Set<Cell>): void {
    const callee = this.summaries(op.attr.callee!.id);
    if (callee === 'nothing') return;
    if (!callee || callee.writesOuter) {
      this.writesOuter = true;
      for (const cell of this.outer) cells.add(cell);
    }
    const all = (map: Map<Op, Set<Cell>> | undefined) => new Set(map ? [...map.values()].flatMap((set) => [...set]).map((c) => c.find()) : []);
    const written = all(callee?.writes);
    const taken = all(callee?.rebinds);
    if (callee) {
      this.besides(op, callee, (theirs, ours) => {
        if (written.has(theirs)) cells.add(ours);
        if (taken.has(theirs)) rebound.add(ours);
      });
      return;
    }
    for (const cell of op.args.flatMap((arg) => (isMemory(arg.type) ? [...this.cells(arg, true)] : []))) {
      cells.add(cell);
      rebound.add(cell);
    }
  }

  /** The classes of a callee's parameters, and what can be reached from them, each beside ours at a call. */
  besides(call: Op, callee: Aliases, visit: (theirs: Cell, ours: Cell) => void): void {
    callee.func.params.forEach(({ value }, k) => {
      if (!isMemory(value.type) || !isMemory(call.args[k].type)) return;
      const seen = new Set<Cell>();
      const walk = (theirs: Cell, ours: Cell) => {
        if (seen.has(theirs)) return;
        seen.add(theirs);
        visit(theirs, ours);
        for (const [name, cell] of theirs.entries()) walk(cell, ours.at(name));
      };
      walk(callee.of(value), this.of(call.args[k]));
    });
  }

  /** The cells that an operation writes of what it is given. A call may also write memory that the callee knows by name. */
  writesOfArguments(op: Op): Cell[] {
    const given = new Set(op.args.flatMap((a) => (isMemory(a.type) ? [...this.of(a).reachable()] : [])));
    return [...this.writes.get(op) ?? []].map((c) => c.find()).filter((c) => op.kind !== 'call' || given.has(c));
  }

  /** The cell that an operation reads from. */
  readCell(op: Op): Cell {
    const cell = this.of(op.args[0]);
    return op.kind === 'field' ? cell.at(op.attr.key!) : op.kind === 'length' ? cell.at('length') : cell.at('*');
  }
}

const isNumbers = (type: Type) => type.kind === 'typed' || (type.kind === 'array' && type.element.kind === 'number');

/** Is the value memory? One `undefined` may stand in many places, which have nothing to do with each other. */
function holds(v: Value): boolean {
  return isMemory(v.type) && !('kind' in v.def && (v.def.kind === 'const' || v.def.kind === 'undef'));
}
