/** What all parts of the generator share: chance, the variables and functions in reach, the types of the program. */
import { CONSTRUCTS, OFF } from './constructs.ts';
import { type Declared, type Type, isSame } from './types.ts';

export interface Variable {
  name: string;
  type: Type;
  /** May it be assigned? */
  assignable: boolean;
  /** An integer is less than this. */
  below?: number;
  /** How many functions are around it. */
  level: number;
  /** It holds an argument of the function under test. */
  argument?: boolean;
}

export interface Callee {
  /** How it is called: `h1`, `util.h1`, `Vec.unit`. */
  name: string;
  params: readonly Type[];
  result: Type;
  /** So many parameters at the end may be left out. */
  optional?: number;
  /** The last parameter takes any number of numbers. */
  rest?: boolean;
  /** An integer that bounds the recursion comes last. */
  recursive?: boolean;
  /** A method is called on an object of this type. */
  receiver?: Type;
  /** It changes the length of lists that it is given. */
  grows?: boolean;
  /** Constructs that a call of it counts as. */
  constructs?: readonly string[];
}

/** Where `return`, `break` and `continue` lead. */
export interface Frame {
  result: Type;
  loops: readonly { label?: string; isSwitch?: boolean }[];
  /** We are in a loop over a list, or in a function that may be called from one: no list changes its length. */
  fixed: boolean;
  /** How many functions are around us. */
  level: number;
}

/** One of several things that can be made, with a weight and the construct that it is. */
export type Option<T> = readonly [weight: number, make: () => T, construct?: string];

/** The weight of what cannot be made here; one of 0 is made where the construct is asked for. */
export const NEVER = -1;

const VOID: Type = { kind: 'void' };

export class Writer {
  scopes: Variable[][] = [[]];
  functions: Callee[][] = [[]];
  frame: Frame = { result: VOID, loops: [], fixed: false, level: 0 };
  depth = 0;
  /** So many statements are written so far; from some number on there are only short ones. */
  statements = 0;
  readonly declared = new Map<string, Declared>();
  /** Types that values of this program have, so that there are many of one type to be mixed up. */
  pool: Type[] = [];
  readonly constructs = new Set<string>();
  /** Constructs that this program is to have. */
  readonly focus = new Set<string>();
  /** Does the function that is being written change the length of lists that it is given? */
  grows = false;
  private names = 0;

  constructor(private readonly below: (n: number) => number, readonly length: number, readonly unchecked: boolean) {
    while (this.focus.size < 7) this.focus.add(this.pick(CONSTRUCTS));
  }

  int(n: number): number { return this.below(n); }
  chance(percent: number): boolean { return this.int(100) < percent; }
  pick<T>(list: readonly T[]): T { return list[this.int(list.length)]; }
  use(...constructs: readonly string[]): void { constructs.forEach((c) => this.constructs.add(c)); }

  /** Is this program to have the construct here? */
  wants(construct: string, percent: number): boolean {
    return !OFF.has(construct) && this.chance(this.focus.has(construct) ? 65 : percent);
  }

  choose<T>(options: readonly Option<T>[]): T {
    const open = options.filter(([w, , construct]) => w !== NEVER && (!construct || !OFF.has(construct)));
    const weight = ([w, , construct]: Option<T>) => (construct && this.focus.has(construct) ? 6 * w + 6 : w);
    let at = this.int(open.reduce((sum, o) => sum + weight(o), 0));
    for (const option of open) {
      at -= weight(option);
      if (at >= 0) continue;
      if (option[2]) this.use(option[2]);
      return option[1]();
    }
    throw new Error('no option');
  }

  name(prefix: string): string { return `${prefix}${this.names++}`; }

  declare(variable: Omit<Variable, 'level'>): void { this.scopes.at(-1)!.push({ ...variable, level: this.frame.level }); }

  variables(type: Type, test: (v: Variable) => boolean = () => true): Variable[] {
    return this.scopes.flat().filter((v) => isSame(v.type, type) && test(v));
  }

  callees(result: Type): Callee[] { return this.functions.flat().filter((c) => isSame(c.result, result) && !(c.grows && this.frame.fixed)); }

  inScope<T>(run: () => T): T {
    this.scopes.push([]);
    this.functions.push([]);
    this.depth++;
    try {
      return run();
    } finally {
      this.depth--;
      this.scopes.pop();
      this.functions.pop();
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

  /** Inside of a function in this one. */
  inFunction<T>(params: readonly Omit<Variable, 'level'>[], result: Type, run: () => T): T {
    return this.inFrame({ loops: [], fixed: true, result, level: this.frame.level + 1 }, () => this.inScope(() => {
      params.forEach((p) => this.declare(p));
      return run();
    }));
  }

  record(name: string): Extract<Declared, { kind: 'record' }> | undefined {
    const found = this.declared.get(name);
    return found?.kind === 'record' ? found : undefined;
  }
}
