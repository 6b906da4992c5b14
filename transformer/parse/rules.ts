/** Where a module gives rules: `customVjp(f, rule)`, `customJvp(f, rule)` and `elementwise('f(x)', ['…'])` at its top level. */
import type * as t from '@babel/types';
import { importedName } from './targets.ts';
import type { Scopes } from './scopes.ts';
import { keyOf, unwrap } from './walk.ts';

const FORMS = ['customVjp', 'customJvp', 'elementwise'] as const;
export type RuleForm = typeof FORMS[number];

export interface RuleCall {
  form: RuleForm;
  call: t.CallExpression;
  /** The function that gets the rule; of `elementwise`, a text. */
  target: t.Expression;
  /** `const g = customVjp(f, …)`: g. */
  name?: string;
  /** The name of the target, if it is one: `f`, `ns.f`. */
  of?: string;
  /** Offset behind the statement. */
  end: number;
}

export function collectRules(body: readonly t.Statement[], scopes: Scopes, imports: Map<string, string>): RuleCall[] {
  const found: RuleCall[] = [];
  const collect = (expression: t.Node | null | undefined, end: number, name?: string): RuleCall | undefined => {
    const call = expression && unwrap(expression);
    if (call?.type !== 'CallExpression') return undefined;
    const form = importedName(call.callee, scopes.module, imports) as RuleForm | undefined;
    const [first] = call.arguments;
    if (!form || !FORMS.includes(form) || !first || first.type === 'SpreadElement') return undefined;
    // Both rules of one function: customVjp(customJvp(f, …), …)
    const inner = collect(first, end, name);
    const target = inner?.target ?? unwrap(first) as t.Expression;
    const of = form === 'elementwise' ? signatureOf(target)?.name : nameOf(target);
    const rule = { form, call, target, end, ...(name === undefined ? {} : { name }), ...(of === undefined ? {} : { of }) };
    found.push(rule);
    return rule;
  };
  for (const statement of body) {
    const s = statement.type === 'ExportNamedDeclaration' && statement.declaration ? statement.declaration : statement;
    if (s.type === 'ExpressionStatement') collect(s.expression, statement.end!);
    if (s.type !== 'VariableDeclaration' || s.kind !== 'const') continue;
    for (const { id, init } of s.declarations) if (id.type === 'Identifier') collect(init, statement.end!, id.name);
  }
  return found;
}

/** `f`, `ns.f` */
function nameOf(node: t.Node): string | undefined {
  if (node.type === 'Identifier') return node.name;
  return node.type === 'MemberExpression' && node.object.type === 'Identifier' && keyOf(node) !== undefined ? `${node.object.name}.${keyOf(node)}` : undefined;
}

/** 'f(x, y)' → f, [x, y] */
export function signatureOf(node: t.Node): { name: string; parameters: string[] } | undefined {
  const match = node.type === 'StringLiteral' ? /^\s*([\w$.]+)\s*\(([^()]*)\)\s*$/.exec(node.value) : undefined;
  return match ? { name: match[1], parameters: match[2].split(',').map((p) => p.trim()) } : undefined;
}
