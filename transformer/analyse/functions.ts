/** What analyses and passes may ask about the functions that a function calls. */
import type { Func, FuncRef, Place } from '../ir/ir.ts';
import type { Summaries } from './alias.ts';
import type { Touches } from './touches.ts';
import type { World } from './world.ts';

export interface Functions {
  /** The function itself, in the form in which it is differentiated. */
  primal(id: string): Func;
  /** The function as it was lowered: optimising took its arguments to be apart. */
  source(id: string): Func;
  /** The same function, for calls at which these places of its arguments may be the same memory. */
  sharing(func: Func, joints: readonly (readonly [Place, Place])[]): FuncRef;
  /** Is a call of the function without effects that others can see? */
  pure(id: string): boolean;
  /** Is its derivative given by a rule, so that its calls stay calls? */
  hasRule(id: string): boolean;
  summaries: Summaries;
  /** What a call of the function does to memory. */
  touched: Touches;
  world: World;
  /** Forward and reverse sweep of a pair, given by its forward half, in one function. */
  both(fwd: string): FuncRef;
}
