/**
 * Values of constant expressions of a module. Only what IEEE and the language define exactly is
 * computed here: `Math.sin(1)` may differ from one engine to the next, so it stays a name.
 */
import type * as t from '@babel/types';
import type { Literal } from '../ir/ir.ts';
import { keyOf, unwrap } from '../parse/walk.ts';

/** Constants of `Math` and `Number`. */
export const CONSTANTS: Record<string, number> = {
  'Math.E': Math.E, 'Math.LN10': Math.LN10, 'Math.LN2': Math.LN2, 'Math.LOG10E': Math.LOG10E, 'Math.LOG2E': Math.LOG2E,
  'Math.PI': Math.PI, 'Math.SQRT1_2': Math.SQRT1_2, 'Math.SQRT2': Math.SQRT2,
  'Number.EPSILON': Number.EPSILON, 'Number.MAX_VALUE': Number.MAX_VALUE, 'Number.MIN_VALUE': Number.MIN_VALUE,
  'Number.MAX_SAFE_INTEGER': Number.MAX_SAFE_INTEGER, 'Number.MIN_SAFE_INTEGER': Number.MIN_SAFE_INTEGER,
  'Number.NaN': NaN, 'Number.POSITIVE_INFINITY': Infinity, 'Number.NEGATIVE_INFINITY': -Infinity,
};

/** Names of globals that are numbers. */
export const GLOBAL_NUMBERS: Record<string, number> = { Infinity, NaN };

const BINARY: Record<string, (a: number, b: number) => number> = {
  '+': (a, b) => a + b, '-': (a, b) => a - b, '*': (a, b) => a * b, '/': (a, b) => a / b, '%': (a, b) => a % b,
  '<<': (a, b) => a << b, '>>': (a, b) => a >> b, '>>>': (a, b) => a >>> b, '|': (a, b) => a | b, '&': (a, b) => a & b, '^': (a, b) => a ^ b,
};

/** The value of an expression, or undefined. `name` and `member` know other constants. */
export function evaluate(
  expression: t.Node, name: (name: string) => Literal, member: (object: string, key: string) => Literal,
): Literal {
  const go = (e: t.Node): Literal => evaluate(e, name, member);
  const node = unwrap(expression);
  switch (node.type) {
    case 'NumericLiteral': case 'StringLiteral': case 'BooleanLiteral': return node.value;
    case 'Identifier': return name(node.name) ?? GLOBAL_NUMBERS[node.name];
    case 'MemberExpression': {
      const key = keyOf(node);
      if (node.object.type !== 'Identifier' || key === undefined) return undefined;
      return member(node.object.name, key) ?? CONSTANTS[`${node.object.name}.${key}`];
    }
    case 'UnaryExpression': {
      const value = go(node.argument);
      if (typeof value !== 'number') return undefined;
      return node.operator === '-' ? -value : node.operator === '+' ? value : node.operator === '~' ? ~value : undefined;
    }
    case 'BinaryExpression': {
      const [a, b] = [go(node.left), go(node.right)];
      return typeof a === 'number' && typeof b === 'number' ? BINARY[node.operator]?.(a, b) : undefined;
    }
    default: return undefined;
  }
}
