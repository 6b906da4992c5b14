/** Mutants that no test can tell from the original, each with the reason. */
export interface Equivalent {
  file: string;
  /** The function, or the rule. */
  where: string;
  from: string;
  to: string;
  why: string;
}

export const EQUIVALENTS: Equivalent[] = [];
