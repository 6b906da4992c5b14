/**
 * `root(F)(solver)` elsewhere than as a constant of the module is a function literal like any other, which sees the
 * variables that F and the solver see:
 *
 *     root(F)(solver)   →   (a, k) => root(F, solver, a, k)
 *
 * The call in it, of a form that nobody writes, stands for the solution.
 */
import * as t from '@babel/types';
import type { FunctionNode } from './module.ts';
import { implicitCall } from './rules.ts';
import { type Scopes, type StaticScope, withScopes } from './scopes.ts';
import { isFunction, unwrap, walk } from './walk.ts';

/** Changes the tree; says whether there was any. Without the parameters of F, or of the solver, nothing can be said. */
export function writeSolutions(program: t.Program, scopes: Scopes, imports: Map<string, string>): boolean {
  if (![...imports.values()].some((name) => name.startsWith('implicit.'))) return false;
  const constants = new Set(program.body.flatMap((statement) => {
    const s = statement.type === 'ExportNamedDeclaration' && statement.declaration ? statement.declaration : statement;
    return s.type === 'VariableDeclaration' && s.kind === 'const' ? s.declarations.flatMap(({ id, init }) => (id.type === 'Identifier' && init ? [unwrap(init)] : [])) : [];
  }));
  const found: (() => void)[] = [];
  withScopes(program, scopes, (node, scope, parent, key) => {
    if (node.type !== 'CallExpression' || constants.has(node)) return;
    const made = solution(node, scope, imports);
    if (!made) return;
    const holder = parent as unknown as Record<string, t.Node | t.Node[]>;
    found.push(() => {
      const list = holder[key];
      if (Array.isArray(list)) list[list.indexOf(node)] = made;
      else holder[key] = made;
    });
  });
  found.forEach((replace) => replace());
  return found.length > 0;
}

/** The equation, the solver, and the arguments of a call that stands for a solution. */
export function solutionParts(node: t.CallExpression): { equation: t.Expression; solver: t.Expression; options?: t.Expression; theta: t.Expression[] } | undefined {
  const solution = node.extra?.solution as { options: boolean } | undefined;
  if (!solution) return undefined;
  const [equation, solver, ...rest] = node.arguments as t.Expression[];
  return { equation, solver, ...(solution.options ? { options: rest[0], theta: rest.slice(1) } : { theta: rest }) };
}

function solution(node: t.CallExpression, scope: StaticScope, imports: Map<string, string>): t.ArrowFunctionExpression | undefined {
  const call = implicitCall(node, scope, imports);
  const [solver] = node.arguments;
  if (!call || node.arguments.length !== 1 || solver.type === 'SpreadElement') return undefined;
  const [equation, options] = call.inner.arguments;
  if (!equation || equation.type === 'SpreadElement' || options?.type === 'SpreadElement') return undefined;
  const params = functionAt(equation, scope)?.params.slice(1) ?? functionAt(solver, scope)?.params;
  if (!params || params.some((p) => p.type === 'RestElement')) return undefined;
  const taken = new Set([...namesIn(equation), ...namesIn(solver)]);
  const theta = params.map((p, i) => {
    let name = p.type === 'Identifier' ? p.name : `theta_${i}`;
    while (taken.has(name)) name += '_in';
    taken.add(name);
    return at(Object.assign(t.identifier(name), p.type === 'Identifier' || p.type === 'ObjectPattern' || p.type === 'ArrayPattern' ? { typeAnnotation: p.typeAnnotation, optional: p.type === 'Identifier' ? p.optional : undefined } : {}), p);
  });
  const body = at(t.callExpression(call.inner.callee, [equation, solver, ...(options ? [options] : []), ...theta.map((p) => at(t.identifier(p.name), p))]), node);
  body.extra = { solution: { options: Boolean(options) } };
  return at(t.arrowFunctionExpression(theta, body), node);
}

function functionAt(expression: t.Node, scope: StaticScope): FunctionNode | undefined {
  const node = unwrap(expression);
  if (isFunction(node)) return node;
  const init = node.type === 'Identifier' ? scope.lookup(node.name)?.init : undefined;
  const made = init && unwrap(init);
  return isFunction(made) ? made : undefined;
}

/** Names that mean something around the expression, and names of parameters that others might be taken for. */
function namesIn(expression: t.Node): Set<string> {
  const names = new Set<string>();
  const own = isFunction(expression) ? new Set(expression.params.flatMap((p) => (p.type === 'Identifier' ? [p.name] : []))) : new Set<string>();
  walk(expression, (n) => { if (n.type === 'Identifier' && !own.has(n.name)) names.add(n.name); });
  return names;
}

function at<N extends t.Node>(node: N, { start, end, loc }: t.Node): N { return Object.assign(node, { start, end, loc }); }
