/** A stack machine in reverse Polish notation with a table of operators of different arity. */
type Operator = { arity: 1; run: (a: number) => number } | { arity: 2; run: (a: number, b: number) => number };

const OPERATORS: Record<string, Operator> = {
  '+': { arity: 2, run: (a, b) => a + b },
  '-': { arity: 2, run: (a, b) => a - b },
  '*': { arity: 2, run: (a, b) => a * b },
  '/': { arity: 2, run: (a, b) => a / b },
  '^': { arity: 2, run: Math.pow },
  sin: { arity: 1, run: Math.sin },
  exp: { arity: 1, run: (a) => Math.exp(a) },
  neg: { arity: 1, run: (a) => -a },
};

// @differentiate
export function rpn(program: string, variables: Record<string, number>): number {
  const stack: number[] = [];
  for (const word of program.split(/\s+/)) {
    const operator = OPERATORS[word];
    if (operator) {
      const b = stack.pop() ?? NaN;
      stack.push(operator.arity === 2 ? operator.run(stack.pop() ?? NaN, b) : operator.run(b));
    } else if (word in variables) stack.push(variables[word]!);
    else stack.push(Number.parseFloat(word));
  }
  if (stack.length !== 1) throw new Error(`${stack.length} values are left`);
  return stack[0]!;
}
