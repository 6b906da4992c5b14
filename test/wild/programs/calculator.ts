/** A calculator: a tokenizer, operator precedence with two stacks, variables and functions. */
type Token =
  | { type: 'number'; value: number }
  | { type: 'name'; text: string }
  | { type: 'operator'; text: string }
  | { type: 'paren'; text: '(' | ')' };

function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  let i = 0;
  while (i < source.length) {
    const c = source[i];
    if (c === ' ') {
      i++;
      continue;
    }
    if (c >= '0' && c <= '9') {
      let j = i;
      while (j < source.length && ((source[j] >= '0' && source[j] <= '9') || source[j] === '.')) j++;
      tokens.push({ type: 'number', value: parseFloat(source.slice(i, j)) });
      i = j;
      continue;
    }
    if (/[a-z]/i.test(c)) {
      let j = i + 1;
      while (j < source.length && /\w/.test(source[j])) j++;
      tokens.push({ type: 'name', text: source.slice(i, j) });
      i = j;
      continue;
    }
    if (c === '(' || c === ')') {
      tokens.push({ type: 'paren', text: c });
    } else if ('+-*/^'.includes(c)) {
      tokens.push({ type: 'operator', text: c });
    } else {
      throw new SyntaxError(`unexpected '${c}' at ${i}`);
    }
    i++;
  }
  return tokens;
}

const PRECEDENCE: Record<string, number> = { '+': 1, '-': 1, '*': 2, '/': 2, '^': 3 };

const OPERATORS: Record<string, (a: number, b: number) => number> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '^': (a, b) => a ** b,
};

// @differentiate
export function calculate(source: string, variables: Record<string, number>): number {
  const values: number[] = [];
  const operators: string[] = [];

  const reduce = () => {
    const operator = operators.pop()!;
    const b = values.pop()!;
    const a = values.pop()!;
    values.push(OPERATORS[operator](a, b));
  };

  for (const token of tokenize(source)) {
    switch (token.type) {
      case 'number':
        values.push(token.value);
        break;
      case 'name':
        if (!(token.text in variables)) throw new ReferenceError(`unknown variable ${token.text}`);
        values.push(variables[token.text]);
        break;
      case 'operator':
        while (operators.length > 0 && operators[operators.length - 1] !== '(' && PRECEDENCE[operators[operators.length - 1]] >= PRECEDENCE[token.text]) {
          reduce();
        }
        operators.push(token.text);
        break;
      case 'paren':
        if (token.text === '(') {
          operators.push('(');
        } else {
          while (operators[operators.length - 1] !== '(') reduce();
          operators.pop();
        }
        break;
    }
  }
  while (operators.length > 0) reduce();
  return values[0];
}
