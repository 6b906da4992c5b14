/** Where a module gives rules: `customVjp(f, rule)`, `customJvp(f, rule)` and `elementwise('f(x)', ['…'])` at its top level. */
import type * as t from '@babel/types';
import { importedName } from './targets.ts';
import type { Scopes } from './scopes.ts';
import { keyOf, unwrap } from './walk.ts';

const FORMS = ['customVjp', 'customJvp', 'elementwise'] as const;
export type ImplicitForm = typeof IMPLICIT[number];
export type RuleForm = typeof FORMS[number] | ImplicitForm;

/** `root(F)(solver)` of `tapeless/implicit`. */
const IMPLICIT = ['implicit.root', 'implicit.fixedPoint', 'implicit.argmin', 'implicit.minimum'] as const;

/** The call `root(F)` in `root(F)(solver)`. */
export function implicitCall(call: t.CallExpression, scope: Parameters<typeof importedName>[1], imports: Map<string, string>): { form: ImplicitForm; inner: t.CallExpression } | undefined {
  const inner = unwrap(call.callee);
  if (inner.type !== 'CallExpression') return undefined;
  const form = importedName(inner.callee, scope, imports) as ImplicitForm | undefined;
  return form && IMPLICIT.includes(form) ? { form, inner } : undefined;
}

/** `customVjp(f, rule)` */
export function ruleNamed(call: t.CallExpression, scope: Parameters<typeof importedName>[1], imports: Map<string, string>): typeof FORMS[number] | undefined {
  return FORMS.find((form) => form === importedName(call.callee, scope, imports));
}

export interface RuleCall {
  form: RuleForm;
  /** The call; of `root(F)(solver)`, that of `root`. */
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
    const solved = implicitCall(call, scopes.module, imports);
    if (solved && name !== undefined) found.push({ form: solved.form, call: solved.inner, target: call, end, name });
    const form = ruleNamed(call, scopes.module, imports);
    const [first] = call.arguments;
    if (!form || !first || first.type === 'SpreadElement') return undefined;
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
