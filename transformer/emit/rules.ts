/** Functions that are given a rule are registered with their derivatives, as marked ones are. */
import { CompileError } from '../diagnostics.ts';
import type { FuncRef } from '../ir/ir.ts';
import { functionId } from '../lower/program.ts';
import type { RuleCall } from '../parse/rules.ts';
import { type Family, describe, makeFamily, recordOf } from './families.ts';
import type { Emission } from './index.ts';
import { MODES } from './transforms.ts';

/** customVjp(f, rule);  →  customVjp(f, rule); __tapeless_register(f, { … }); */
export function emitRule(emission: Emission, rule: RuleCall): void {
  const { module, derivatives } = emission;
  const name = rule.name ?? rule.of;
  // Both rules of one function: the outer call registers it.
  const last = module.rules.filter((other) => (other.name ?? other.of) === name).at(-1);
  if (name === undefined || rule !== last) return;
  const id = functionId(module.file, name);
  if (!emission.program.has(module.file, name)) return;
  const wrt = derivatives.activeParameters(id);
  const family: Family = makeFamily(derivatives, id, name, wrt, { modes: [] });
  const functions: Record<string, FuncRef> = {};
  for (const mode of MODES) {
    try {
      Object.assign(functions, makeFamily(derivatives, id, name, wrt, { modes: [mode] }).functions);
    } catch (error) {
      // What cannot be had of a rule is an error where it is asked for.
      if (!(error instanceof CompileError) || error.diagnostic.code !== 'TL1011') throw error;
    }
  }
  if (emission.program.rules(id)?.opaque) return;
  Object.assign(family.functions, functions);
  describe(derivatives, family, rule.call, module);
  emission.families.push(family);
  emission.output.registers(family.gradient !== undefined);
  emission.writes.push(() => [{ at: rule.end, text: ` /* @__PURE__ */ __tapeless_register(${name}, ${recordOf(family, emission.reference(module))});` }]);
}
