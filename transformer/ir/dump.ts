/** IR as text, for `tapeless show --mode ir` and for people who debug passes. */
import type { Func, Op, Region, Value } from './ir.ts';
import { showType } from './types.ts';

export function dump(func: Func): string {
  const numbers = new Map<Value, string>();
  const name = (v: Value) => {
    let n = numbers.get(v);
    if (!n) numbers.set(v, (n = `%${numbers.size}${v.name ? `.${v.name}` : ''}`));
    return n;
  };
  const lines: string[] = [];
  const list = (vs: readonly Value[]) => vs.map(name).join(', ');
  const attributes = (op: Op) => {
    const { instance, value, name: free, mutable, fn, key, callee, text, pure, loop, loose, shadow } = op.attr;
    const parts = [
      op.kind === 'const' ? JSON.stringify(value) ?? 'undefined' : '', free, mutable && 'mutable', fn, key && `.${key}`, callee?.id, text, pure && 'pure',
      loop && `${loop.form} test-${loop.test}${loop.exit ? ' exit' : ''}`, instance?.class.name, loose && 'loose', shadow && 'shadow',
    ].filter(Boolean);
    return parts.length ? ` ${parts.join(' ')}` : '';
  };
  const region = (r: Region, indent: string) => {
    for (const op of r.ops) {
      const results = op.results.length ? `${list(op.results)} = ` : '';
      const types = op.results.length ? ` : ${op.results.map((v) => showType(v.type)).join(', ')}` : '';
      lines.push(`${indent}${results}${op.kind}${attributes(op)}${op.args.length ? ` ${list(op.args)}` : ''}${types}`);
      op.regions.forEach((inner, i) => {
        const label = op.kind === 'if' ? ['then', 'else'][i] : i === 0 ? `test (${list(op.params)})` : 'body';
        lines.push(`${indent}  ${label}:`);
        region(inner, `${indent}    `);
      });
    }
    lines.push(`${indent}yield ${list(r.yields)}`);
  };
  lines.push(`func ${func.name}(${func.params.map((p) => `${name(p.value)}: ${showType(p.value.type)}`).join(', ')})`);
  region(func.body, '  ');
  return lines.join('\n') + '\n';
}
