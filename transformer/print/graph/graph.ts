/**
 * The computational graph of a function: a node for each operation, an edge from each operand to it, in topological
 * order, which is that of the program. A loop or branch is a cluster. What a loop carries has a node at its start, to
 * which an edge leads back from the value that the next iteration gets; of all edges only those go against the order.
 *
 * Memory has no values of its own: whoever reads an array depends on the last operation before that wrote it.
 */
import { Func, Op, OPERATORS, type Region, type Value } from '../../ir/ir.ts';
import { type Type, fieldKeys, isMemory } from '../../ir/types.ts';

/** What a node stands for. `saved`: a value of the forward sweep, in the reverse sweep. */
export type NodeKind = 'input' | 'value' | 'adjoint' | 'saved' | 'output';

export interface GraphNode {
  kind: 'node';
  id: string;
  label: string;
  role: NodeKind;
}

export interface Cluster {
  kind: 'cluster';
  id: string;
  label: string;
  /** In topological order. */
  parts: (GraphNode | Cluster)[];
}

export interface Edge {
  from: string;
  to: string;
  /** Which operand, where that is not seen from the label; or which branch. */
  label?: string;
  /** To the next iteration. */
  back?: boolean;
  /** From a value of the forward sweep to its use in the reverse sweep. */
  saved?: boolean;
}

export interface Graph {
  parts: (GraphNode | Cluster)[];
  edges: Edge[];
}

export interface Drawn {
  func: Func;
  /** Title of the cluster; none if the function is drawn alone. */
  title?: string;
}

/** The graph of one function, or of a forward and a reverse sweep, which takes what the other has saved. */
export function graphOf(functions: readonly Drawn[], source: (op: Op) => string): Graph {
  const graph: Graph = { parts: [], edges: [] };
  let saved: string[] | undefined;
  functions.forEach(({ func, title }, i) => {
    const drawing = new Drawing(graph, func, i === 0 ? '' : 'r', source, saved);
    const parts = drawing.draw();
    if (title === undefined) graph.parts.push(...parts);
    else graph.parts.push({ kind: 'cluster', id: `sweep${i}`, label: title, parts });
    saved = drawing.handedOver;
  });
  return graph;
}

/** Operands may change places. */
const COMMUTATIVE = new Set(['add', 'mul', 'eq', 'ne', 'max', 'min', 'hypot']);

class Drawing {
  /** The nodes of what a sweep hands over, in the order of the fields. */
  handedOver: string[] | undefined;
  private count = 0;
  private nodes = new Map<Value, GraphNode>();
  /** The last operation that wrote memory. */
  private written = new Map<Value, string>();
  private adjoint = new Set<Value>();

  constructor(private graph: Graph, private func: Func, private prefix: string, private source: (op: Op) => string, private saved: string[] | undefined) {}

  draw(): (GraphNode | Cluster)[] {
    const parts: (GraphNode | Cluster)[] = [];
    const { func, saved } = this;
    for (const { value } of func.params) {
      if (value.type.kind === 'saved') continue;
      // A reverse sweep starts from cotangents.
      if (saved) this.adjoint.add(value);
      parts.push(this.node(value, value.name ?? 'x', 'input'));
    }
    this.region(func.body, parts);
    func.body.yields.forEach((v) => {
      if (v.type.kind === 'saved') {
        this.handedOver = (v.def as Op).args.map((part) => this.last(part) ?? '');
        return;
      }
      const node = this.nodes.get(v);
      const from = this.last(v);
      // A number that is returned more than once, an argument, a constant, or memory that was written: the result is a node of its own.
      if (node && node.role !== 'input' && node.role !== 'output' && from === node.id) node.role = 'output';
      else {
        const result: GraphNode = { kind: 'node', id: this.fresh(), label: `return ${this.text(v)}`, role: 'output' };
        parts.push(result);
        if (from) this.graph.edges.push({ from, to: result.id });
      }
    });
    return parts;
  }

  private fresh(): string { return `${this.prefix}n${this.count++}`; }

  private node(v: Value, label: string, role: NodeKind = this.adjoint.has(v) ? 'adjoint' : 'value'): GraphNode {
    const node: GraphNode = { kind: 'node', id: this.fresh(), label, role };
    this.nodes.set(v, node);
    return node;
  }

  /** The node that has the present state of a value. */
  private last(v: Value): string | undefined {
    return this.written.get(v) ?? this.nodes.get(v)?.id;
  }

  /** How a value is called in the label of its user. */
  private text(v: Value): string {
    const { def } = v;
    if (def instanceof Op && def.kind === 'const') return def.attr.name ?? (typeof def.attr.value === 'string' ? JSON.stringify(def.attr.value) : String(def.attr.value));
    if (def instanceof Op && def.kind === 'free') return def.attr.name!;
    if (def instanceof Op && def.kind === 'undef') return '?';
    return v.name ?? '·';
  }

  private region(region: Region, parts: (GraphNode | Cluster)[]): void {
    for (const op of region.ops) {
      if (op.kind === 'const' || op.kind === 'undef' || op.kind === 'free') continue;
      if (op.args.some((a) => this.adjoint.has(a))) for (const r of op.results) this.adjoint.add(r);
      if (op.kind === 'if') this.branch(op, parts);
      else if (op.kind === 'loop') this.loop(op, parts);
      else this.operation(op, parts);
    }
  }

  private operation(op: Op, parts: (GraphNode | Cluster)[]): void {
    const [first] = op.args;
    // What was saved is a node of the forward sweep; here it stands for it.
    if (op.kind === 'field' && first.type.kind === 'saved') {
      const node = this.node(op.result, op.result.name ?? '·', 'saved');
      parts.push(node);
      const from = this.saved?.[Number(op.attr.key)];
      if (from) this.graph.edges.push({ from, to: node.id, saved: true });
      return;
    }
    if (op.kind === 'literal' && op.result.type.kind === 'saved') return;
    const label = this.label(op);
    const role = op.args.some((a) => this.adjoint.has(a)) || op.attr.shadow ? 'adjoint' : 'value';
    const node: GraphNode = { kind: 'node', id: this.fresh(), label, role };
    parts.push(node);
    for (const r of op.results) {
      this.nodes.set(r, node);
      if (role === 'adjoint') this.adjoint.add(r);
    }
    const unnamed = op.args.filter((a) => this.text(a) === '·');
    const which = new Set(unnamed).size > 1 && !(op.kind === 'prim' && COMMUTATIVE.has(op.attr.fn!));
    const seen = new Set<string>();
    op.args.forEach((a, k) => {
      const from = this.last(a);
      if (!from || (!which && seen.has(from))) return;
      seen.add(from);
      this.graph.edges.push({ from, to: node.id, ...(which && unnamed.includes(a) ? { label: `${k + 1}` } : {}) });
    });
    for (const written of writes(op)) {
      this.written.set(written, node.id);
      if (role === 'adjoint') this.adjoint.add(written);
    }
  }

  private branch(op: Op, parts: (GraphNode | Cluster)[]): void {
    const [condition] = op.args;
    const cluster: Cluster = { kind: 'cluster', id: `${this.prefix}c${this.count++}`, label: `if ${this.text(condition)}`, parts: [] };
    parts.push(cluster);
    const branches = op.regions.map((region, k) => {
      const inner: Cluster = { kind: 'cluster', id: `${this.prefix}c${this.count++}`, label: k === 0 ? 'then' : 'else', parts: [] };
      this.region(region, inner.parts);
      if (inner.parts.length > 0) cluster.parts.push(inner);
      return region.yields.map((y) => ({ from: this.last(y), text: this.text(y) }));
    });
    op.results.forEach((r, k) => {
      const [then, otherwise] = branches.map((b) => b[k]);
      if (op.regions.some((region) => this.adjoint.has(region.yields[k]))) this.adjoint.add(r);
      const node = this.node(r, `${r.name ? `${r.name} = ` : ''}${this.text(condition)} ? ${then.text} : ${otherwise.text}`);
      cluster.parts.push(node);
      const from = this.last(condition);
      if (from) this.graph.edges.push({ from, to: node.id, label: 'if' });
      if (then.from) this.graph.edges.push({ from: then.from, to: node.id, label: 'then' });
      if (otherwise.from) this.graph.edges.push({ from: otherwise.from, to: node.id, label: 'else' });
    });
  }

  private loop(op: Op, parts: (GraphNode | Cluster)[]): void {
    const cluster: Cluster = { kind: 'cluster', id: `${this.prefix}c${this.count++}`, label: `${op.attr.reverses || op.attr.index ? 'backwards: ' : ''}${this.source(op)}`, parts: [] };
    parts.push(cluster);
    const carried = op.params.map((p, k) => {
      if (this.adjoint.has(op.args[k]) || op.attr.index && k > 0) for (const v of [p, op.results[k]]) this.adjoint.add(v);
      const node = this.node(p, `${p.name ?? '·'}${this.last(op.args[k]) ? '' : `, at first ${this.text(op.args[k])}`}`);
      const from = this.last(op.args[k]);
      if (from) this.graph.edges.push({ from, to: node.id });
      cluster.parts.push(node);
      return node;
    });
    // Who read an array before this iteration wrote it reads in the next one what was written.
    const readers = this.graph.edges.length;
    const before = new Map(this.written);
    this.region(op.regions[0], cluster.parts);
    this.region(op.regions[1], cluster.parts);
    const inside = new Set(nodesOf(cluster.parts).map((n) => n.id));
    for (const [v, id] of this.written) {
      if (before.get(v) === id) continue;
      const old = before.get(v) ?? this.nodes.get(v)?.id;
      for (const edge of this.graph.edges.slice(readers)) {
        if (edge.from === old && edge.to !== id && inside.has(edge.to) && !inside.has(edge.from) && !this.graph.edges.some((e) => e.back && e.from === id && e.to === edge.to)) this.graph.edges.push({ from: id, to: edge.to, back: true });
      }
    }
    const { yields } = op.regions[1];
    op.params.forEach((p, k) => {
      const from = this.last(yields[k]);
      if (from && from !== carried[k].id) this.graph.edges.push({ from, to: carried[k].id, back: true });
      // After the loop, a variable is what it was last.
      this.nodes.set(op.results[k], carried[k]);
      if (isMemory(p.type) && this.written.has(p)) this.written.set(op.results[k], this.written.get(p)!);
    });
  }

  private label(op: Op): string {
    const args = op.args.map((a) => this.text(a));
    const expression = this.expression(op, args);
    const names = op.results.flatMap((r) => r.name ?? []);
    return names.length ? `${names.join(', ')} = ${expression}` : expression;
  }

  private expression(op: Op, args: string[]): string {
    const [a, i, v] = args;
    const place = (key = op.attr.key!) => (/^\d/.test(key) ? `${a}[${key}]` : `${a}.${key}`);
    switch (op.kind) {
      case 'prim': {
        const operator = OPERATORS[op.attr.fn!];
        if (operator?.arity === 2) return `${a} ${operator.text} ${i}`;
        return operator ? `${operator.text}${a}` : `${op.attr.fn}(${args.join(', ')})`;
      }
      case 'load': return `${a}[${i}]`;
      case 'store': return `${a}[${i}] = ${v}`;
      case 'accum': return `${a}[${i}] += ${v}`;
      case 'field': return place();
      case 'setfield': return `${place()} = ${i}`;
      case 'accumfield': return `${place()} += ${i}`;
      case 'length': return `${a}.length`;
      case 'new': return `new ${typeText(op.result.type)}(${a})`;
      case 'literal': {
        const keys = fieldKeys(op.result.type);
        return op.result.type.kind === 'record' ? `{ ${args.map((x, k) => `${keys[k]}: ${x}`).join(', ')} }` : `[${args.join(', ')}]`;
      }
      case 'copy': return `${a}.slice(${args.slice(1).join(', ')})`;
      case 'view': return `${a}.subarray(${args.slice(1).join(', ')})`;
      case 'call': return `${op.attr.callee!.name}(${args.join(', ')})`;
      case 'extern': return /\$\d/.test(op.attr.text!) ? op.attr.text!.replace(/\$(\d+)/g, (_, k) => args[Number(k)]) : `${op.attr.shown ?? op.attr.text}(${args.join(', ')})`;
      case 'throw': return `throw ${a}`;
      case 'zeros': return `zeros like ${a}`;
      case 'clone': return `copy of ${a}`;
      case 'addinto': return `${a} += ${i}`;
      case 'clear': return `${a} = 0`;
      case 'cast': return a;
      default: return `${a}.${op.kind}(${args.slice(1).join(', ')})`;
    }
  }
}

function typeText(type: Type): string { return type.kind === 'typed' ? type.name : 'Array'; }

/** Memory that the operation writes. */
function writes(op: Op): Value[] {
  switch (op.kind) {
    case 'store': case 'accum': case 'setfield': case 'accumfield': case 'fill': case 'push': case 'pop': case 'unshift': case 'shift': case 'splice': case 'resize':
    case 'addinto': case 'clear': return [op.args[0]];
    case 'call': return op.args.filter((a) => isMemory(a.type) && a.type.kind !== 'saved');
    case 'extern': return op.attr.pure ? [] : op.args.filter((a) => isMemory(a.type));
    default: return [];
  }
}

/** All nodes, in topological order. */
export function nodesOf(parts: readonly (GraphNode | Cluster)[]): GraphNode[] {
  return parts.flatMap((p) => (p.kind === 'node' ? [p] : nodesOf(p.parts)));
}
