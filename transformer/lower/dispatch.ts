/**
 * A method as a function of the object: for calls that cannot be put in place, because the method calls itself or
 * because only the object knows which method it is.
 */
import { addParam } from '../ir/build.ts';
import { Func } from '../ir/ir.ts';
import type { RecordType, Type } from '../ir/types.ts';
import { boundNames } from '../parse/walk.ts';
import { type Found, type MethodKind, dispatch, implementations } from './classes.ts';
import { newFrame } from './function.ts';
import { Lowering } from './lowering.ts';
import type { Program } from './program.ts';
import { prune } from './prune.ts';
import { Restart, Scope } from './scope.ts';

export interface MethodCall {
  key: string;
  kind: MethodKind;
  receiver: RecordType;
  /** The method, or one of those that it may be. */
  found: Found;
  virtual: boolean;
  args: readonly Type[];
  /** Its type, where calls know it. */
  result?: Type;
}

export function lowerMethod(program: Program, id: string, method: MethodCall): Func {
  const hints = new Map();
  for (;;) {
    try {
      return attempt(program, id, method, hints);
    } catch (error) {
      if (!(error instanceof Restart)) throw error;
    }
  }
}

function attempt(program: Program, id: string, { key, kind, receiver, found, args, result }: MethodCall, hints: Map<any, Type>): Func {
  const { owner, node } = found;
  const { module } = owner;
  const span = { file: module.file, start: node.start!, end: node.end! };
  const className = receiver.name ?? owner.node.id?.name ?? 'object';
  const func = new Func(id, `${className}_${key.replace('#', '')}`, span);
  const cx = new Lowering(program, func, new Scope(module), hints);
  cx.frame = newFrame(cx, node, key, { kind: 'void' });
  // Not yet in the method itself: putting it in place once is no recursion.
  cx.frame.node = owner.node as never;
  const self = addParam(func, receiver, span, className[0].toLowerCase() + className.slice(1));
  const names = implementations(cx, self, key, kind)!.map((i) => i.found.node.params.flatMap(boundNames)).reduce((a, b) => (b.length > a.length ? b : a));
  const values = args.map((type, i) => addParam(func, type, span, names[i]?.name ?? `arg${i}`));
  const value = dispatch(cx, self, key, values, node, kind);
  const type = result ?? value?.type;
  if (type && type.kind !== 'void' && value) {
    func.result = { kind: 'value', type };
    func.body.yields = [cx.coerce(value, type, node)];
  }
  prune(func);
  return func;
}
