/**
 * Transforms the modules of a program. Derivatives of one module use bindings of others, derivatives among
 * them: such a demand makes the other module export the binding, and perhaps demand something of a third.
 * Demands only grow and there are finitely many, so repeating until nothing new is demanded ends.
 */
import type { Host } from './host/host.ts';
import { transform, type Transformed } from './index.ts';

/** May this text hold a mark or a call of a transform? Misspelt marks are for the parser to tell. */
export function mentionsTapeless(text: string): boolean {
  return /\btapeless\b|@\w*(diff|rent|grad)/i.test(text);
}

export function transformProgram(
  files: Iterable<string>,
  host: Omit<Host, 'demands'>,
  options?: Parameters<typeof transform>[2],
): Map<string, Transformed> {
  const results = new Map<string, Transformed>();
  const demanded = new Map<string, Set<string>>();
  const whole: Host = { ...host, demands: (file) => [...(demanded.get(file) ?? [])].sort() };
  const pending = new Set<string>();
  for (const file of files) if (mentionsTapeless(host.source(file) ?? '')) pending.add(file);
  for (const file of pending) {
    pending.delete(file);
    const result = transform(file, whole, options);
    results.set(file, result);
    for (const demand of result.demands) {
      let names = demanded.get(demand.file);
      if (!names) demanded.set(demand.file, names = new Set());
      if (names.has(demand.name)) continue;
      names.add(demand.name);
      pending.add(demand.file);
    }
  }
  return results;
}
