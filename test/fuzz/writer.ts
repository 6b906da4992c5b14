/** What the generators of expressions and statements share: chance, the variables in reach, the kinds of values. */
import type { Part, Sort, Tree } from './tree.ts';

export const KINDS = ['num', 'f64', 'arr', 'f32', 'mat', 'fmat', 'Point', 'State', 'Pair', 'points'] as const;
export type Kind = typeof KINDS[number];
/** Kinds indexed by one number to a number. */
export const ROWS = ['f64', 'arr', 'f32'] as const;
export type Row = typeof ROWS[number];

export const TYPE: Record<Kind, string> = {
  num: 'number', f64: 'Float64Array', arr: 'number[]', f32: 'Float32Array', mat: 'number[][]', fmat: 'Float64Array[]',
  Point: 'Point', State: 'State', Pair: '[number, number]', points: 'Point[]',
};

export interface Variable {
  name: string;
  kind: Kind | 'int' | 'bool';
  /** May it be assigned? */
  assignable: boolean;
  /** A local array made here, to which may be pushed. */
  own?: boolean;
  /** An integer is less than this. */
  below?: number;
}

export interface Callee {
  name: string;
  params: Kind[];
  optional: number;
  result: Kind | 'void';
  /** An integer parameter that bounds the recursion comes last. */
  recursive?: boolean;
}

/** Where `return`, `break` and `continue` lead. */
export interface Frame {
  result: Kind | 'void';
  loops: { label?: string; isSwitch?: boolean }[];
  /** Around us is a loop or callback over an array's length: nothing may be pushed. */
  fixed: boolean;
  closure: boolean;
}

export class Writer {
  scopes: Variable[][] = [[]];
  callees: Callee[] = [];
  closures: Callee[][] = [[]];
  frame: Frame = { result: 'num', loops: [], fixed: false, closure: false };
  depth = 0;
  tags = new Set<string>();
  private names = 0;

  constructor(private below: (n: number) => number, readonly length: number, readonly kinds: readonly Kind[]) {}

  int(n: number): number { return this.below(n); }
  chance(percent: number): boolean { return this.int(100) < percent; }
  pick<T>(list: readonly T[]): T { return list[this.int(list.length)]; }
  tag(...names: string[]): void { names.forEach((n) => this.tags.add(n)); }

  /** One of several, by weight. */
  weighted<T>(options: readonly (readonly [number, () => T])[]): T {
    let at = this.int(options.reduce((sum, [w]) => sum + w, 0));
    for (const [w, make] of options) {
      at -= w;
      if (at < 0) return make();
    }
    throw new Error('no option');
  }

  name(prefix: string): string { return `${prefix}${this.names++}`; }

  declare(variable: Variable): void { this.scopes.at(-1)!.push(variable); }

  variables(kind: Variable['kind'], test: (v: Variable) => boolean = () => true): Variable[] {
    return this.scopes.flat().filter((v) => v.kind === kind && test(v));
  }

  reachable(result: Kind | 'void'): Callee[] { return [...this.callees, ...this.closures.flat()].filter((c) => c.result === result); }

  inScope<T>(run: () => T): T {
    this.scopes.push([]);
    this.closures.push([]);
    this.depth++;
    try {
      return run();
    } finally {
      this.depth--;
      this.scopes.pop();
      this.closures.pop();
    }
  }

  inFrame<T>(frame: Partial<Frame>, run: () => T): T {
    const outer = this.frame;
    this.frame = { ...outer, ...frame };
    try {
      return run();
    } finally {
      this.frame = outer;
    }
  }
}

export function tree(sort: Sort): (strings: TemplateStringsArray, ...parts: (Part | number)[]) => Tree {
  return (strings, ...parts) => ({ sort, parts: strings.flatMap((s, i): Part[] => (i < parts.length ? [s, typeof parts[i] === 'number' ? String(parts[i]) : parts[i] as Part] : [s])).filter((p) => p !== '') });
}
export const num = tree('num');
export const bool = tree('bool');
export const stmt = tree('stmt');
export const other = tree('other');

/** Parts with commas between them. */
export function list(parts: readonly Part[]): Tree {
  return { sort: 'other', parts: parts.flatMap((p, i) => (i ? [', ', p] : [p])) };
}
