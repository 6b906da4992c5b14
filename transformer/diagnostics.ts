/**
 * Every message of the compiler: its code, what it says, and what the user can do.
 * 1xxx: marks, options and calls of transforms. 2xxx: outside the language.
 * 3xxx: cannot be differentiated. 4xxx: set-up. 5xxx: cannot run on a GPU. 9xxx: a defect of tapeless.
 */
import type { Span } from './ir/ir.ts';

interface Message {
  /** `{0}`, `{1}` … are replaced by the arguments. */
  text: string;
  /** What to do about it. */
  help: string;
}

export const MESSAGES = {
  TL1001: {
    text: '`@differentiate` marks nothing: the next statement is not a function.',
    help: 'Put the comment directly above a function declaration, a `const f = () => …`, a method or a default export.',
  },
  TL1002: {
    text: '`@{0}` is not a mark.',
    help: 'Did you mean `@{1}`?',
  },
  TL1003: {
    text: '`{0}` is marked twice.',
    help: 'Remove one of the marks; options go into the one that stays.',
  },
  TL1004: {
    text: 'Unknown option `{0}` of `@differentiate`.',
    help: 'The options are `wrt=x,w` (parameters to differentiate with respect to), `order=2` and `optimize=speed`.',
  },
  TL1005: {
    text: 'No parameter `{0}` in `{1}`.',
    help: '`wrt` lists names of parameters of the function below the mark, separated by commas.',
  },
  TL1006: {
    text: '`order={0}` is not an order of differentiation.',
    help: 'Leave it out, or write `order=1` or `order=2`.',
  },
  TL1007: {
    text: '`@differentiate` cannot mark a function inside another function.',
    help: 'Move the function to the module\'s top level, or give it straight to a transform: `grad((x: number) => …)`.',
  },
  TL1008: {
    text: '`order={0}`: a mark gives derivatives of the first and second order.',
    help: 'Write `order=2`, and the higher derivative where you need it, `grad(grad(grad(f)))`: it is compiled there.',
  },
  TL1009: {
    text: 'This function is differentiated where it is used, but `{0}`, a name in it, means another variable here.',
    help: 'Rename one of the two variables.',
  },
  TL1020: {
    text: '`@{0}` marks nothing: the next statement is not a loop in a function.',
    help: 'Put the comment directly above a `for`, `for … of`, `while` or `do` loop.',
  },
  TL1021: {
    text: 'Unknown option `{0}` of `@{1}`.',
    help: '{2}',
  },
  TL1022: {
    text: '`{0}` is not a number of {1}.',
    help: 'Write a whole number of at least 1.',
  },
  TL1023: {
    text: 'The loop is marked twice.',
    help: 'A loop has one way of giving the reverse sweep what it needs: remove one of the marks.',
  },
  TL1024: {
    text: '`@{0}` has no effect: the function around the loop is not differentiated.',
    help: 'Mark the function with `@differentiate`, or call it from one that is; else remove this mark.',
  },
  TL1025: {
    text: '`@reversible` names no inverse.',
    help: 'Write `@reversible inverse=undo`, where `undo` takes what `step` takes and gives back the state before it.',
  },
  TL1026: {
    text: 'The body of a reversible loop is one call of the step: `state = step(state, …)`, or `step(state, …)` in place.',
    help: 'Put all that an iteration does into the function `step`, and its inverse into `{0}`.',
  },
  TL1027: {
    text: '`{0}`, which the mark names as the inverse of the step, is no function here.',
    help: 'Name a function that takes what the step takes and gives back the state before it.',
  },
  TL1010: {
    text: 'The rule of `{0}` gives {1}, expected {2}.',
    help: 'A rule of `customVjp` takes the arguments and returns `[value, (cotangent) => [a cotangent for each argument]]`, one of `customJvp` takes `[arguments], [tangents]` and returns `[value, tangent]`, one of `elementwise` has an expression for each parameter.',
  },
  TL1011: {
    text: 'The rule of `{0}` is not linear in `{1}` here, so that {2} mode cannot be had of it.',
    help: 'Give a rule for {2} mode as well: {3}(f, rule).',
  },
  TL1012: {
    text: 'The rule of `{0}` {1}.',
    help: 'Let it make a copy first: `x.slice()`, `structuredClone(x)`.',
  },
  TL2001: {
    text: '{0} cannot be differentiated by tapeless.',
    help: '{1}',
  },
  TL2002: {
    text: 'The type of `{0}` is not known.',
    help: 'Write it down: `{0}: number`, `: Float64Array`, `: number[]` … (not `any`).',
  },
  TL2003: {
    text: 'Expected `{0}`, found `{1}`.',
    help: 'Declare the variable or the literal with the expected type, with the same fields.',
  },
  TL2004: {
    text: 'Operator `{0}` on `{1}`.',
    help: 'In a differentiated function it works on numbers only; convert the value or declare its type.',
  },
  TL2005: {
    text: 'The function `{0}` calls itself with ever new functions.',
    help: 'Pass the functions that it is given on as they are.',
  },
  TL2006: {
    text: 'The recursive function `{0}` has no return type.',
    help: 'Write it down: `function {0}(…): number`.',
  },
  TL2007: {
    text: '`{0}` is declared outside the differentiated function and is changed in it.',
    help: 'Return the new value instead, or pass an array or object that holds it as an argument.',
  },
  TL2008: {
    text: '`{0}` inside a function that is itself differentiated.',
    help: 'Call it outside, and pass what it returns.',
  },
  TL2009: {
    text: '`{0}` is {1}, which has no derivative.',
    help: 'Do the numeric work in an ordinary function and mark that one.',
  },
  TL2010: {
    text: 'The index of a tuple must be a constant.',
    help: 'Declare the value as an array (`number[]`) to index it at run time.',
  },
  TL2011: {
    text: 'The function `{0}` is used as a value.',
    help: 'Call it, or pass it straight to a function that calls it.',
  },
  TL2012: {
    text: 'No `{0}` in `{1}`.',
    help: 'The differentiated function must only use fields and methods that the type has.',
  },
  TL2013: {
    text: 'The function `{0}` is called where `{1}`, which it captures, no longer exists.',
    help: 'Call it in the block in which it is made, or pass `{1}` as an argument.',
  },
  TL2014: {
    text: 'The function `{0}`, given to `{1}`, assigns a captured variable.',
    help: 'Return the new value instead; into an array or an object it may write.',
  },
  TL2015: {
    text: 'The derivative of `{0}` contains itself, so that there would be derivatives of every order.',
    help: 'Write out the orders that you need: grad(grad(f)).',
  },
  TL2016: {
    text: 'Reverse mode of order {1} of `{0}`, which calls itself. Of recursive functions it goes up to order 3.',
    help: 'Take one of the derivatives in forward mode, by `jvp`, `jacfwd` or `hvp`.',
  },
  TL4001: {
    text: 'The plugin `tapeless/transformer` needs the whole program.',
    help: 'Write it like this in tsconfig.json: "plugins": [{ "transform": "tapeless/transformer", "transformProgram": true }].',
  },
  TL4002: {
    text: 'tapeless does not work with TypeScript {0}.',
    help: 'Install `typescript@~6.0.3` and `ts-patch@4` (or `typescript@~5.9.3` and `ts-patch@3`); with TypeScript 7, write the derivatives out with `npx tapeless emit`.',
  },
  TL3001: {
    text: '`{0}` works on whole numbers of 32 bits and has no derivative, but the result depends on a number that goes through it.',
    help: 'Use arithmetic (`Math.trunc(x)` for `x | 0`, `2 * x` for `x << 1`), or say that the value is meant as constant: stopGradient(x).',
  },
  TL3002: {
    text: '`{0}` has no derivative: its source is not in the program, and the result depends on a number that goes through it.',
    help: 'Write it in TypeScript that is part of the program, {1}or say that what goes into it is meant as constant: stopGradient(x).',
  },
  TL3003: {
    text: '{0} makes {1} of a number, and the result depends on it: the derivative is lost on this way.',
    help: '{2}, or say that it is meant as constant: stopGradient(x).',
  },
  TL3004: {
    text: '`{0}` has no differentiable {1}.',
    help: 'A derivative needs an argument and a result that are numbers, or hold numbers (of `any` that is not known), and a result that depends on the argument.',
  },
  TL3005: {
    text: '`{0}` has no derivative with respect to `{1}`: the result does not depend on it in a differentiable way.',
    help: 'Leave it out of `wrt`, or of `argnums`.',
  },
  TL3006: {
    text: '`{0}` needs a function whose result is a number; that of `{1}` is not.',
    help: 'Use `vjp`, which takes a cotangent of the result\'s structure, or `jvp`.',
  },
  TL3009: {
    text: 'This derivative of a derivative needs functions of its own, which cannot see the local variable `{0}`.',
    help: 'Pass it as an argument, or declare the function at the top level of the module.',
  },
  TL3010: {
    text: '`{0}` may give back a number that `{1}` was given, without its derivative, and the result depends on it.',
    help: 'Keep the number in a variable, an array or a record of the program, or say that it is meant as constant where it is handed over: stopGradient(x).',
  },
  TL3011: {
    text: 'A number with a derivative is stored in `{0}`, which outlives the call: what is read there later has lost its derivative.',
    help: 'Return it instead, or pass an array or object that holds it as an argument; what is only a record of the past is stored as constant: stopGradient(x).',
  },
  TL3012: {
    text: '`{0}` may change `{1}`, on which the result depends: its source is not in the program.',
    help: 'Write it in TypeScript that is part of the program, pass a copy, or say that what goes into it is meant as constant: stopGradient(x).',
  },
  TL3013: {
    text: 'A `{0}` holds whole numbers: what is stored there has lost its derivative, but the result depends on it.',
    help: 'Use a Float64Array or `number[]`, or say that the value is meant as constant: stopGradient(x).',
  },
  TL3014: {
    text: '`{0}` is taken for `any` here, and the result depends on a number in it: the derivative is lost on this way.',
    help: 'Declare its type (`number`, `number[]`, an interface …), or say that what goes into it is meant as constant: stopGradient(x).',
  },
  TL3040: {
    text: '`{0}` has no derivative, and the result depends on it.',
    help: 'Say that it is meant as constant: stopGradient(x); or write it in operations that have one.',
  },
  TL3020: {
    text: 'The reverse sweep computes this anew, and it changes `{0}` and what is where in it; the same memory is called `{1}` afterwards.',
    help: 'Use the names of what the loop or call gives back, or start from a copy.',
  },
  TL3021: {
    text: 'What the mark stands for computes this apart, but parts of `{0}` are exchanged for others there, or later.',
    help: 'Change the numbers in place, or let the step return new memory: `state = step(state)`.',
  },
  TL3022: {
    text: 'The number of iterations of a truncated loop is not known at its start, and it cannot be run once to count them, for this has an effect.',
    help: 'Take what has effects out of the loop, or let it count: `for (let i = 0; i < n; i++)`.',
  },
  TL3023: {
    text: 'This has an effect, or depends on what others do, and the reverse sweep would do it again: {0} computes anew what happens in it. (What it gives is noted in the forward sweep if it is a number, a string or a boolean; not in a recursive function, and not where steps are undone.)',
    help: 'Take it out of {0}: draw random numbers before and pass them in, collect what is to be logged in an array.',
  },
  TL5001: {
    text: '{0} cannot run on a GPU.',
    help: '{1}',
  },
  TL3017: {
    text: 'The Jacobian of `{0}` has a structure that only its arguments and results know: optional values, dictionaries, n-d arrays, or types that contain themselves.',
    help: 'Take `vjp` or `linearize`, and put together what you need.',
  },
  TL3018: {
    text: '`{0}` must know its `argnums` when it is compiled.',
    help: 'Write a number or a list of numbers there.',
  },
  TL3019: {
    text: '`{0}` of `{1}`, which has a rest parameter.',
    help: 'Pass a function that takes an array.',
  },
  TL3030: {
    text: '`vmap` of `{0}`, which has effects: it writes what others can see, logs, or draws random numbers.',
    help: 'Return what it computes, or write the loop over the examples yourself.',
  },
  TL3032: {
    text: '`vmap` must know its `inAxes` when it is compiled: 0 or null for each argument, in a list, or by the names of its parts.',
    help: 'Write it at the call: vmap(f, [0, null, { x: 0, k: null }]).',
  },
  TL3031: {
    text: '`vmap` of `{0}` goes through none of its arguments.',
    help: 'Give at least one of them the axis 0 in `inAxes`: a number, or a list with 0 or null for each argument.',
  },
  TL9001: {
    text: 'tapeless produced code that does not compile: {0}',
    help: 'This is a defect of tapeless, not of your code. Please report it with the function.',
  },
} as const satisfies Record<string, Message>;

export type Code = keyof typeof MESSAGES;

export interface Diagnostic {
  code: Code;
  /** The text and what to do, without the code. */
  message: string;
  span: Span;
  related?: { message: string; span: Span }[];
}

export function diagnostic(code: Code, span: Span, ...args: (string | number)[]): Diagnostic {
  const { text, help } = MESSAGES[code];
  const fill = (s: string) => s.replace(/\{(\d)\}/g, (_, i) => String(args[Number(i)] ?? ''));
  return { code, span, message: `${fill(text)} ${fill(help)}` };
}

/** Thrown where a function cannot go on; the pipeline catches it and goes on with the next function. */
export class CompileError extends Error {
  constructor(readonly diagnostic: Diagnostic) {
    super(`${diagnostic.code}: ${diagnostic.message}`);
  }
}

export function fail(code: Code, span: Span, ...args: (string | number)[]): never {
  throw new CompileError(diagnostic(code, span, ...args));
}
