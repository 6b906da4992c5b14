/**
 * Names of module-level functions and types that the compiler adds: they clash neither with an identifier
 * of the module nor with each other. The first to ask gets `f_grad`, the next `f_grad_2`, `f_grad_3`, …
 */
import type { FuncRef } from '../ir/ir.ts';

export class Names {
  private taken: Set<string>;
  private users: ReadonlySet<string>;
  private functions = new Map<string, string>();

  constructor(identifiers: Iterable<string> = []) {
    this.taken = new Set(identifiers);
    this.users = new Set(identifiers);
  }

  /** A new name, as near to `base` as possible. */
  fresh(base: string): string {
    const name = numbered(base, (candidate) => !this.taken.has(candidate));
    this.taken.add(name);
    return name;
  }

  /** Does the name occur in the user's module? */
  isUsers(name: string): boolean {
    return this.users.has(name);
  }

  /** States the name of a function that exists already, such as one of the user's. */
  bind(id: string, name: string): void {
    this.functions.set(id, name);
    this.taken.add(name);
  }

  /** The name of a function of the program: bound, or handed out at the first question. */
  of(func: FuncRef): string {
    const known = this.functions.get(func.id);
    if (known) return known;
    const name = this.fresh(func.name);
    this.functions.set(func.id, name);
    return name;
  }
}

/** `x`, `x_2`, `x_3`, …: the first that is free. */
export function numbered(base: string, isFree: (name: string) => boolean): string {
  let name = base;
  for (let i = 2; !isFree(name); i++) name = `${base}_${i}`;
  return name;
}

export function isIdentifier(name: string): boolean {
  return /^[A-Za-z_$][\w$]*$/.test(name);
}
