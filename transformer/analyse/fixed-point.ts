/**
 * The least fixed point of an analysis of functions that call each other. What a function is not known to do yet is taken
 * to be nothing; a function is analysed again when something that it has asked for turns out to be more, until nothing does.
 */
export class FixedPoint<T> {
  private done = new Map<string, T>();
  /** What was found while some functions were not known. */
  private provisional = new Map<string, T>();
  private complete = true;
  /** Functions that are being analysed together, who has asked for which, and which have to be analysed again. */
  private round: Map<string, T> | undefined;
  private askers = new Map<string, Set<string>>();
  private stale = new Set<string>();
  private stack: string[] = [];

  constructor(private nothing: T, private analyse: (id: string) => T, private same: (a: T, b: T) => boolean) {}

  get(id: string): T {
    const known = this.done.get(id) ?? this.provisional.get(id);
    if (known !== undefined) return known;
    if (!this.round) return this.solve(id);
    if (!this.round.has(id)) this.visit(id, this.round);
    this.askers.set(id, (this.askers.get(id) ?? new Set()).add(this.stack[this.stack.length - 1]));
    return this.round.get(id)!;
  }

  /** Says, during an analysis, that it has met a function of which nothing is known: what is found holds until `forget`. */
  assume(): void { this.complete = false; }

  forget(): void { this.provisional.clear(); }

  private solve(id: string): T {
    const round = (this.round = new Map<string, T>());
    this.complete = true;
    try {
      this.visit(id, round);
      for (const member of this.stale) this.visit(member, round);
    } finally {
      this.round = undefined;
      this.askers.clear();
      this.stale.clear();
      this.stack = [];
    }
    for (const [member, found] of round) (this.complete ? this.done : this.provisional).set(member, found);
    return round.get(id)!;
  }

  private visit(id: string, round: Map<string, T>): void {
    const before = round.get(id) ?? this.nothing;
    round.set(id, before);
    this.stale.delete(id);
    this.stack.push(id);
    const found = this.analyse(id);
    this.stack.pop();
    round.set(id, found);
    if (!this.same(before, found)) for (const asker of this.askers.get(id) ?? []) this.stale.add(asker);
  }
}
