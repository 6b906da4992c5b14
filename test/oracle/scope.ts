/** Variables, and the ways in which a statement can end. */

export interface Cell { value: any }

export class Scope {
  readonly cells = new Map<string, Cell>();
  constructor(readonly parent?: Scope, readonly isFunction = false) {}

  declare(name: string, value?: unknown): Cell {
    const cell = { value };
    this.cells.set(name, cell);
    return cell;
  }
  find(name: string): Cell {
    for (let s: Scope | undefined = this; s; s = s.parent) {
      const cell = s.cells.get(name);
      if (cell) return cell;
    }
    throw new ReferenceError(`${name} is not defined`);
  }
}

/** How a statement ended, if not by reaching its end. */
export type Completion = undefined | { kind: 'break' | 'continue'; label?: string } | { kind: 'return'; value: unknown };
/** Does the loop with this label go on after its body ended so? */
export function continues(done: NonNullable<Completion>, label?: string): boolean {
  return done.kind === 'continue' && (!done.label || done.label === label);
}

/** How a loop ends whose body ended so. */
export function afterLoop(done: NonNullable<Completion>, label?: string): Completion {
  return done.kind === 'break' && (!done.label || done.label === label) ? undefined : done;
}

