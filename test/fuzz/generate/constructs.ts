/** The constructs that programs are made of, by row of the language's table. Each has to occur in the programs of a run. */
export const TABLE: Record<string, readonly string[]> = {
  'array methods': [
    'map', 'forEach', 'reduce', 'reduceRight', 'filter', 'flatMap', 'some', 'every', 'find', 'findIndex', 'slice', 'concat', 'fill', 'reverse', 'push', 'pop',
    'shift', 'unshift', 'splice', 'at', 'entries', 'keys', 'values', 'includes', 'indexOf', 'join', 'sort', 'Array.from', 'Array.of', 'new Array', 'spread in literal',
    'spread in call', 'typed map', 'typed reduce', 'subarray', 'typed set', 'typed slice', 'typed fill', 'typed from', 'typed of',
  ],
  destructuring: [
    'destructured parameter', 'destructured declaration', 'destructured assignment', 'destructured for of', 'swap', 'default in pattern', 'rest in pattern', 'object spread',
    'optional parameter', 'optional property', '?.', '??', '??=', 'shorthand', 'computed key',
  ],
  'control flow': [
    'if', 'for', 'for of', 'while', 'do', 'while (true)', 'switch on number', 'switch on string', 'switch on enum', 'fall-through', 'break', 'continue', 'labelled break',
    'labelled continue', 'early return', 'return in loop', 'recursion', 'mutual recursion', 'throw', 'discriminated union',
  ],
  functions: [
    'call', 'nested declaration', 'closure', 'captured variable written', 'function parameter', 'generic', 'overload', 'default parameter', 'rest parameter', 'default export', 're-export',
    'named import', 'namespace import', 'object method',
  ],
  classes: ['class', 'parameter property', 'method', 'getter', 'static member', 'inheritance', 'overriding', 'super call', 'instance argument', 'instance result'],
  types: ['interface', 'alias', 'readonly', 'tuple', 'enum', 'const enum', 'as', 'satisfies', 'non-null', 'noUncheckedIndexedAccess'],
  memory: ['alias', 'chosen alias', 'shared rows', 'array in record', 'argument mutated', 'result aliases argument', 'swapped buffers', 'rebound row', 'rebound field'],
  effects: ['counter', 'random generator', 'console.log', 'performance.now'],
};

/** What the compiler does not do yet. */
export const OFF: ReadonlySet<string> = new Set([
  ...(process.env.FUZZ_OFF?.split(',') ?? []),
]);

export const CONSTRUCTS: readonly string[] = Object.values(TABLE).flat().filter((c) => !OFF.has(c));
