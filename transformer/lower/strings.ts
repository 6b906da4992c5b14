/**
 * Strings are data without derivative. Their methods are called as they are; what is known of them here is what they
 * give, so that no type checker is asked, and that they depend on their arguments alone.
 */
import type * as t from '@babel/types';
import type { Value } from '../ir/ir.ts';
import { BOOLEAN, NUMBER, STRING, type Type, withAbsent } from '../ir/types.ts';
import type { Lowering } from './lowering.ts';

const names = (list: string, type: Type): [string, Type][] => list.split(' ').map((name) => [name, type]);

const METHODS = new Map<string, Type>([
  ...names('charCodeAt indexOf lastIndexOf search localeCompare', NUMBER),
  ...names('includes startsWith endsWith', BOOLEAN),
  ...names('charAt slice substring substr trim trimStart trimEnd toUpperCase toLowerCase padStart padEnd repeat concat normalize replace replaceAll toString', STRING),
  ['at', withAbsent(STRING, 'undefined')],
  ['codePointAt', withAbsent(NUMBER, 'undefined')],
  ['split', { kind: 'array', element: STRING }],
]);
const OF_NUMBERS = new Map<string, Type>(names('toFixed toPrecision toExponential toString', STRING));

/** What the method of a string or number gives; undefined of methods that are not known here. */
export function resultOfMethod(receiver: Value, name: string): Type | undefined {
  return receiver.type.kind === 'string' ? METHODS.get(name) : receiver.type.kind === 'number' ? OF_NUMBERS.get(name) : undefined;
}

/** Functions that only compute a string or a number from their arguments. */
export const COMPUTES = new Map<string, Type>([
  ...names('parseFloat parseInt Number.parseFloat Number.parseInt', NUMBER),
  ...names('String.fromCharCode String.fromCodePoint', STRING),
]);

/** `/[a-z]+/i` */
export function regularExpression(cx: Lowering, node: t.RegExpLiteral): Value {
  return cx.at(node).extern(`/${node.pattern}/${node.flags}`, [], { kind: 'opaque', text: 'RegExp' }, { pure: true })!;
}

/** Does testing with the expression depend on its argument alone? A global one goes on from where it was. */
export function isStateless(regex: Value): boolean {
  const text = 'kind' in regex.def && regex.def.kind === 'extern' ? regex.def.attr.text! : '';
  return text.startsWith('/') && !/[gy]/.test(text.slice(text.lastIndexOf('/')));
}
