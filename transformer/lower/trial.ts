/** Lowering to see what comes of it. */
import type * as t from '@babel/types';
import type { Value } from '../ir/ir.ts';
import type { Type } from '../ir/types.ts';
import type { Lowering } from './lowering.ts';
import { NEVER } from './scope.ts';
import { UNKNOWN } from './types.ts';

/** The type of what would be lowered. */
export function trialType(cx: Lowering, node: t.Node, lower: () => Value): Type {
  const op = cx.open('if', [], node);
  let type: Type = UNKNOWN;
  cx.branch(op, () => {
    type = lower().type;
    return NEVER;
  });
  return type;
}
