const num = (value: number) => ({ kind: 'num', value });
const v = (name: string) => ({ kind: 'var', name });
const bin = (left: any, op: string, right: any) => ({ kind: 'bin', op, left, right });
const call = (fn: string, ...args: any[]) => ({ kind: 'call', fn, args });
const tree = bin(call('sin', bin(v('x'), '*', v('y'))), '+', bin(call('exp', { kind: 'neg', arg: v('x') }), '/', bin(call('max', v('y'), num(0.2)), '^', num(2.5))));
const other = bin(call('log', bin(v('x'), '+', v('pi'))), '-', bin(num(3), '*', v('y')));
export const cases = {
  valueAt: [[tree, 0.7, 1.2], [other, 0.7, 1.2]],
  valueIn: [[{ x: 0.7, y: 1.3, pi: 3 }, tree], [{ x: 0.7, y: 1.3, pi: 3 }, other]],
};
