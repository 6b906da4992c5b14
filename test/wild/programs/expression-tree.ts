/** Expressions as trees, evaluated in an environment of variables. */
export type Expr =
  | { kind: 'num'; value: number }
  | { kind: 'var'; name: string }
  | { kind: 'neg'; arg: Expr }
  | { kind: 'bin'; op: '+' | '-' | '*' | '/' | '^'; left: Expr; right: Expr }
  | { kind: 'call'; fn: 'sin' | 'exp' | 'log' | 'max'; args: Expr[] };

export type Env = Record<string, number>;

export function evaluate(expr: Expr, env: Env): number {
  switch (expr.kind) {
    case 'num':
      return expr.value;
    case 'var': {
      const value = env[expr.name];
      if (value === undefined) throw new ReferenceError(`${expr.name} is not defined`);
      return value;
    }
    case 'neg':
      return -evaluate(expr.arg, env);
    case 'bin': {
      const l = evaluate(expr.left, env);
      const r = evaluate(expr.right, env);
      switch (expr.op) {
        case '+': return l + r;
        case '-': return l - r;
        case '*': return l * r;
        case '/': return l / r;
        case '^': return l ** r;
      }
    }
    case 'call': {
      const args = expr.args.map((a) => evaluate(a, env));
      switch (expr.fn) {
        case 'sin': return Math.sin(args[0]);
        case 'exp': return Math.exp(args[0]);
        case 'log': return Math.log(args[0]);
        case 'max': return Math.max(...args);
      }
    }
  }
}

// @differentiate
export function valueAt(expr: Expr, x: number, y: number): number {
  return evaluate(expr, { x, y, pi: Math.PI });
}

/** With the environment as the thing of interest. */
// @differentiate
export function valueIn(env: Env, expr: Expr): number {
  return evaluate(expr, env);
}
