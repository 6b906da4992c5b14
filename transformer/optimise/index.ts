/**
 * The optimiser's order of passes. `prepare` brings a primal into the form in which it is differentiated and keeps its
 * arithmetic bit for bit; `optimise` cleans up a derivative, and `arrange` writes it for people.
 */
import { cloneFunc } from '../ir/walk.ts';
import type { Func } from '../ir/ir.ts';
import { verify } from '../ir/verify.ts';
import type { Functions } from '../analyse/functions.ts';
import { normaliseSums } from './algebra.ts';
import { shareBranches } from './branches.ts';
import { eliminateCommonSubexpressions } from './cse.ts';
import { eliminateDeadCode } from './dce.ts';
import { flattenSaves } from './flatten.ts';
import { joinAccesses } from './elements.ts';
import { fuseSweeps } from './fuse.ts';
import { assignFirst } from './fresh.ts';
import { hoistLoads } from './hoist.ts';
import { keepDear } from './keep.ts';
import { localise } from './localise.ts';
import { sumInLocals } from './locals.ts';
import { reuseBuffers } from './reuse.ts';
import { inlineCalls, inlineSteps, separateArguments } from './inline.ts';
import { promoteRecords, promoteReturned } from './promote.ts';
import { sinkIntoBranches } from './sink.ts';
import { arraysToTuples } from './scalars.ts';
import { unrollLoop } from './unroll.ts';
import { stackSaves } from './stack.ts';
import { splitChosen } from './split.ts';
import { simplify } from './simplify.ts';
import { removeDeadStores, useGivenCotangents, useNewCotangents } from './stores.ts';

export interface Optimisations {
  /** False: derivatives as the rules give them, for tests and for people who debug the compiler. */
  enabled: boolean;
  /** Forward and reverse sweep in one pass where that is allowed. */
  fuse: boolean;
}

export const ALL: Optimisations = { enabled: true, fuse: true };
export const NONE: Optimisations = { enabled: false, fuse: false };

export function prepare(source: Func, options: Optimisations, functions: Functions): Func {
  const func = cloneFunc(source);
  separateArguments(func, functions);
  if (!options.enabled) return func;
  inlineCalls(func, functions);
  cleanUp(func, functions);
  if (func.fast) {
    while (unrollLoop(func)) verify(func, 'unrolling of a loop');
    cleanUp(func, functions);
  }
  localise(func);
  verify(func, 'localisation of buffers');
  return func;
}

function cleanUp(func: Func, functions: Functions): void {
  do {
    if (arraysToTuples(func)) verify(func, 'arrays as tuples');
  while (promoteRecords(func)) verify(func, 'promotion of records');
  } while (splitChosen(func));
  while (simplify(func)) verify(func, 'simplification');
  eliminateCommonSubexpressions(func, functions);
  verify(func, 'elimination of common subexpressions');
  eliminateDeadCode(func, functions);
  verify(func, 'dead code elimination');
}

export function optimise(func: Func, options: Optimisations, functions: Functions): void {
  if (!options.enabled) return;
  inlineSteps(func, functions);
  promoteReturned(func);
  cleanUp(func, functions);
  if (options.fuse) {
    while (fuseSweeps(func, functions)) {
      verify(func, 'fusion');
      cleanUp(func, functions);
    }
  }
  if (keepDear(func, functions)) {
    verify(func, 'keeping of dear values');
    // What was only on the way to a trip count must not become the same as what is needed later.
    eliminateDeadCode(func, functions);
    cleanUp(func, functions);
  }
  let flat = false;
  while (flattenSaves(func, functions)) flat = true;
  if (flat) {
    verify(func, 'flattening of saves');
    cleanUp(func, functions);
  }
  while (removeDeadStores(func, functions)) cleanUp(func, functions);
  useGivenCotangents(func, functions);
  useNewCotangents(func, functions);
  cleanUp(func, functions);
}

/**
 * Sums as a person would write them. What is differentiated further is left as the rules give it: the same derivatives
 * are then the same expressions over all orders, and are found to be common.
 */
export function arrange(func: Func, options: Optimisations, functions: Functions): void {
  if (!options.enabled) return;
  // Terms that were found to be equal are added up in a second round.
  normaliseSums(func);
  cleanUp(func, functions);
  normaliseSums(func);
  verify(func, 'normalisation of sums');
  cleanUp(func, functions);
}

/** What makes the printed function fast and would be in the way of differentiating it again. */
export function finish(func: Func, functions: Functions): void {
  if (shareBranches(func)) eliminateDeadCode(func, functions);
  verify(func, 'values of branches');
  reuseBuffers(func);
  verify(func, 'reuse of buffers');
  stackSaves(func);
  verify(func, 'stacking of rows');
  hoistLoads(func, functions);
  eliminateCommonSubexpressions(func, functions);
  verify(func, 'hoisting of loads');
  sumInLocals(func, functions);
  verify(func, 'sums in variables');
  assignFirst(func, functions);
  verify(func, 'assignment of what was zero');
  joinAccesses(func, functions);
  verify(func, 'joining of accesses');
  sinkIntoBranches(func, functions);
  verify(func, 'sinking into branches');
}
