/**
 * Derivatives that would be lost: errors, because without them the result would have a wrong one. A varied number goes
 * through an operation that has no derivative (`x | 0`, text, a function without source), or to a place from which it
 * comes back without: the world outside, or memory of the module, where a later call finds it.
 */
import { fail } from '../diagnostics.ts';
import { type Op, OPERATORS, mayKeep } from '../ir/ir.ts';
import { type Type, isDifferentiable, isMemory } from '../ir/types.ts';
import { allOps } from '../ir/walk.ts';
import { numpyRule } from '../rules/numpy.ts';
import { ruleOfOp } from '../rules/rule.ts';
import { type Activity, PREDICATES, carries } from './activity.ts';

/** Fresh memory becomes the module's only by being stored. */
const STORES = new Set(['store', 'accum', 'setfield', 'accumfield', 'fill', 'push', 'unshift', 'splice', 'addinto', 'call']);

/** Operations that lose a derivative which the result would need. */
export function checkLost(activity: Activity, op: Op): void {
  const varied = op.args.filter((x, k) => carries(op, k) && activity.isVaried(x));
  const useful = op.results.some((r) => r.type.kind !== 'boolean' && activity.isUseful(r));
  switch (op.kind) {
    case 'prim': {
      const fn = op.attr.fn!;
      if (varied.length === 0 || !useful || PREDICATES.has(fn) || ruleOfOp(op)) return;
      if (fn === 'concat') fail('TL3003', op.span, 'This', ...madeOf(op.result.type)!);
      fail('TL3001', op.span, operatorText(op));
    }
    case 'extern': {
      if (op.attr.custom !== undefined) return;
      const rule = numpyRule(op);
      // What stands behind the operands is data.
      if (rule && !rule.discrete && useful && op.args.some((x, k) => k >= rule.parameters.length && (x.type.kind === 'nd' || isMemory(x.type)) && activity.isVaried(x))) fail('TL3040', op.span, shown(op));
      if (rule) return;
      if (op.attr.np && varied.length > 0 && useful) fail('TL3040', op.span, shown(op));
      if (varied.length > 0 && useful && !op.attr.discrete) lostIn(op);
      const changed = mayKeep(op) && op.args.find((x) => isMemory(x.type) && activity.isUseful(x) && (varied.length > 0));
      if (changed) fail('TL3012', op.span, shown(op), changed.name ?? 'an array');
    }
    // falls through
    case 'call': {
      const operator = activity.varies(op);
      if (operator) fail('TL3001', op.span, operatorText(operator));
      const leak = activity.recalled(op);
      if (leak && useful) fail('TL3010', op.span, shown(op), shown(leak));
      return;
    }
    case 'store': case 'fill': case 'push': case 'literal': case 'copy': {
      const target = op.kind === 'literal' || op.kind === 'copy' ? op.result : op.args[0];
      if (varied.length > 0 && holdsIntegers(target.type) && activity.isUseful(target) && activity.isVaried(target)) fail('TL3013', op.span, (target.type as { name: string }).name);
      return;
    }
  }
}

/** A varied number in a variable or in memory of the module, or of something without source: later calls find it there. */
export function checkModules(activity: Activity): void {
  const { aliases } = activity;
  for (const op of allOps(activity.func.body)) {
    if (op.kind === 'extern' && op.attr.assigns && activity.isVaried(op.args[0])) fail('TL3011', op.span, op.attr.assigns);
    if (!STORES.has(op.kind)) continue;
    const given = op.kind === 'call' ? op.args : op.args.slice(1);
    if (!given.some((v) => activity.isVaried(v))) continue;
    // What a callee stores in memory that it knows by name, its own analysis finds.
    if (aliases.writesOfArguments(op).some((c) => aliases.isOuter(c))) fail('TL3011', op.span, nameOf(op, activity));
  }
}

/** What the module calls the memory that the operation writes. */
function nameOf(op: Op, { func, aliases }: Activity): string {
  const written = aliases.writesOfArguments(op);
  for (const source of allOps(func.body)) {
    const known = source.kind === 'free' || source.kind === 'extern';
    const [result] = source.results;
    if (known && result && isMemory(result.type) && written.some((c) => aliases.of(result).reachable().has(c))) return source.attr.name ?? shown(source);
  }
  return op.args[0].name ?? 'memory of the module';
}

function operatorText({ attr }: Op): string { return attr.text ?? OPERATORS[attr.fn!]?.text ?? `Math.${attr.fn}`; }

function lostIn(op: Op): never {
  if (op.attr.text === '$0') fail('TL3014', op.span, shown(op));
  const known = op.attr.pure || op.attr.world === 'none';
  const made = known ? madeOf(op.result.type) : undefined;
  if (made) return fail('TL3003', op.span, `\`${shown(op)}\``, ...made);
  return fail('TL3002', op.span, shown(op), op.attr.signature ? `give it a rule, \`customVjp(${shown(op)}, rule)\` with \`rule: ${op.attr.signature}\`, ` : '');
}

/** What the operation makes of a number, and what to do instead. */
function madeOf(type: Type): [what: string, remedy: string] | undefined {
  if (type.kind === 'string') return ['text', 'Calculate with the number itself (`Math.round(x * 100) / 100`, not `Number(x.toFixed(2))`)'];
  if (type.kind !== 'opaque') return undefined;
  if (type.text === 'bigint') return ['a BigInt', 'Calculate with numbers'];
  if (type.text === 'any' || type.text === 'unknown') return [`\`${type.text}\``, 'Declare a type (`number`, `number[]`, an interface …)'];
  return [`a \`${type.text}\``, 'Keep the number in a variable, an array or a record'];
}

function shown({ kind, attr }: Op): string {
  return kind === 'call' ? attr.callee!.name : attr.shown ?? attr.text!.replace(/\$(\d)/g, '…');
}

function holdsIntegers(type: Type): boolean {
  return type.kind === 'typed' && !isDifferentiable(type);
}
