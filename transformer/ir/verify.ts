/**
 * Checks what every pass relies on: each use is dominated by its definition, each value has one
 * definition, types of arguments fit, regions yield what their operation results in, spans are there.
 */
import { Func, type Op, OPERATORS, Region, type Value, resultTypes } from './ir.ts';
import { type Type, elementType, fieldType, isIndexed, isMemory, sameType, showType } from './types.ts';

const BOOLEANS: readonly Type[] = [{ kind: 'boolean' }];

export function verify(func: Func, pass: string): void {
  const complain = (what: string): never => {
    throw new Error(`IR of ${func.name} is broken after ${pass}: ${what}`);
  };
  const defined = new Set<Value>();
  const define = (v: Value, def: Op | Func) => {
    if (defined.has(v)) complain(`value ${v.id} (${v.name ?? '?'}) is defined twice`);
    if (v.def !== def) complain(`value ${v.id} (${v.name ?? '?'}) does not know its definition`);
    if (!v.span?.file) complain(`value ${v.id} has no span`);
    defined.add(v);
  };
  const expect = (v: Value, type: Type, what: string) => {
    if (!sameType(v.type, type)) complain(`${what} is ${showType(v.type)}, not ${showType(type)}`);
  };

  /** What is in scope: regions take what they define out again. */
  const visible = new Set<Value>();
  const outOfScope = (v: Value, where: string) => complain(`${where} uses value ${v.id} (${v.name ?? '?'}) of ${v.def instanceof Func ? 'a function' : v.def.kind} out of its scope`);

  const visitRegion = (region: Region, yields: readonly Type[]) => {
    for (const op of region.ops) {
      if (op.parent !== region) complain(`${op.kind} does not know its region`);
      for (const v of op.args) if (!visible.has(v)) outOfScope(v, op.kind);
      checkOp(op);
      if (op.kind === 'loop') {
        for (const v of op.params) {
          define(v, op);
          visible.add(v);
        }
        visitRegion(op.regions[0], BOOLEANS);
        visitRegion(op.regions[1], op.params.map((p) => p.type));
        for (const v of op.params) visible.delete(v);
      } else if (op.regions.length) {
        const results = op.results.map((v) => v.type);
        for (const r of op.regions) visitRegion(r, results);
      }
      for (const v of op.results) {
        define(v, op);
        visible.add(v);
      }
    }
    if (region.yields.length !== yields.length) complain(`a region yields ${region.yields.length} values, not ${yields.length}`);
    region.yields.forEach((v, i) => {
      if (!visible.has(v)) outOfScope(v, 'yield');
      expect(v, yields[i], 'what a region yields');
    });
    for (const op of region.ops) for (const v of op.results) visible.delete(v);
  };

  const checkOp = (op: Op) => {
    if (!op.span?.file) complain(`${op.kind} has no span`);
    op.regions.forEach((r) => { if (r.owner !== op) complain(`a region does not know its ${op.kind}`); });
    const [a, , c] = op.args;
    switch (op.kind) {
      case 'prim': {
        const operator = OPERATORS[op.attr.fn!];
        if (operator && op.args.length !== operator.arity) complain(`${op.attr.fn} has ${op.args.length} operands`);
        break;
      }
      case 'load': case 'store': case 'accum':
        if (!isIndexed(a.type) && a.type.kind !== 'dictionary') complain(`${op.kind} of ${showType(a.type)}`);
        if (op.args[1].type.kind !== 'number' && a.type.kind !== 'dictionary') complain(`${op.kind} at a ${showType(op.args[1].type)}`);
        expect(op.kind === 'load' ? op.result : c, elementType(a.type), op.kind);
        break;
      case 'field': case 'setfield': case 'accumfield': {
        const type = fieldType(a.type, op.attr.key!);
        if (!type) complain(`no ${op.attr.key} in ${showType(a.type)}`);
        expect(op.kind === 'field' ? op.result : op.args[1], type!, `${op.kind} ${op.attr.key}`);
        break;
      }
      case 'cast': if (!isMemory(a.type) || !isMemory(op.result.type)) complain('cast of what is no object'); break;
      case 'push': case 'unshift': expect(op.args[1], elementType(a.type), op.kind); break;
      case 'pop': case 'shift': expect(op.result, elementType(a.type), op.kind); break;
      case 'splice':
        expect(op.result, elementType(a.type).kind === 'number' ? op.result.type : { kind: 'array', element: elementType(a.type) }, 'what a splice removes');
        expect(op.args[3], op.result.type, 'what a splice inserts');
        break;
      case 'resize': if (a.type.kind !== 'array') complain(`resize of ${showType(a.type)}`); break;
      case 'view': if (a.type.kind !== 'typed' || !sameType(a.type, op.result.type)) complain(`view of ${showType(a.type)}`); break;
      case 'argsort':
        if (op.attr.compare?.params.length !== op.args.length + 1) complain('an argsort whose comparator does not take its captured values');
        break;
      case 'if':
        if (op.regions.length !== 2 || a.type.kind !== 'boolean') complain('an if without two regions and a boolean');
        break;
      case 'loop': {
        const n = op.args.length;
        if (op.params.length !== n || op.results.length !== n || op.regions.length !== 2 || !op.attr.loop) complain('a loop of uneven lengths');
        op.args.forEach((v, i) => { expect(v, op.params[i].type, 'a carried value'); expect(op.results[i], op.params[i].type, 'a carried value'); });
        if (op.attr.loop!.exit && op.params[0]?.type.kind !== 'boolean') complain('a loop whose exit flag is not its first value');
        break;
      }
    }
  };

  for (const p of func.params) {
    define(p.value, func);
    visible.add(p.value);
  }
  visitRegion(func.body, resultTypes(func.result));
}
