/**
 * Which declaration a name means where. One pass declares, scope by scope, what is declared in it;
 * a second one, after all of the module is known, notes which names are assigned again.
 */
import type * as t from '@babel/types';
import { boundNames, children, isFunction } from './walk.ts';

export interface Declaration {
  name: string;
  kind: 'param' | 'const' | 'let' | 'var' | 'function' | 'class' | 'import' | 'enum' | 'type';
  id: t.Identifier;
  /** The function itself, or the initial value of a variable. */
  init?: t.Node;
  scope: StaticScope;
  /** Assigned after its declaration. */
  reassigned: boolean;
}

export class StaticScope {
  readonly names = new Map<string, Declaration>();
  constructor(
    readonly node: t.Node,
    readonly parent?: StaticScope,
    /** The scope of a function, where its `var` declarations go. */
    readonly isFunction = false,
  ) {}

  lookup(name: string): Declaration | undefined {
    for (let s: StaticScope | undefined = this; s; s = s.parent) {
      const found = s.names.get(name);
      if (found) return found;
    }
    return undefined;
  }

  get isModule(): boolean { return !this.parent; }
}

export interface Scopes {
  module: StaticScope;
  /** The scope that a node opens: a function's parameters, a block, a loop's head. */
  opened: Map<t.Node, StaticScope>;
}

const OPENS = new Set(['BlockStatement', 'ForStatement', 'ForOfStatement', 'ForInStatement', 'SwitchStatement', 'CatchClause', 'ClassBody', 'TSModuleBlock']);

export function buildScopes(program: t.Program): Scopes {
  const module = new StaticScope(program, undefined, true);
  const opened = new Map<t.Node, StaticScope>([[program, module]]);

  const declare = (scope: StaticScope, kind: Declaration['kind'], id: t.Identifier, init?: t.Node) => {
    let home = scope;
    if (kind === 'var') while (!home.isFunction && home.parent) home = home.parent;
    const overload = kind === 'type' && home.names.has(id.name);
    if (!overload) home.names.set(id.name, { name: id.name, kind, id, init, scope: home, reassigned: false });
  };

  const visit = (node: t.Node, scope: StaticScope): void => {
    let inner = scope;
    if (isFunction(node)) {
      if (node.type === 'FunctionDeclaration' && node.id) declare(scope, 'function', node.id, node);
      inner = new StaticScope(node, scope, true);
      opened.set(node, inner);
      if (node.type === 'FunctionExpression' && node.id) declare(inner, 'function', node.id, node);
      for (const p of node.params) boundNames(p).forEach((id) => declare(inner, 'param', id));
    } else if (OPENS.has(node.type)) {
      inner = new StaticScope(node, scope);
      opened.set(node, inner);
    }
    switch (node.type) {
      case 'VariableDeclaration':
        for (const d of node.declarations) {
          const kind = node.kind === 'let' || node.kind === 'var' ? node.kind : 'const';
          boundNames(d.id).forEach((id) => declare(inner, kind, id, d.id.type === 'Identifier' ? d.init ?? undefined : undefined));
        }
        break;
      case 'ClassDeclaration': if (node.id) declare(scope, 'class', node.id, node); break;
      case 'TSEnumDeclaration': declare(scope, 'enum', node.id, node); break;
      case 'TSDeclareFunction': if (node.id && !scope.names.has(node.id.name)) declare(scope, 'function', node.id, node); break;
      case 'TSInterfaceDeclaration': case 'TSTypeAliasDeclaration': declare(scope, 'type', node.id, node); break;
      case 'ImportDeclaration': node.specifiers.forEach((s) => declare(scope, 'import', s.local, node)); break;
      case 'CatchClause': if (node.param) boundNames(node.param).forEach((id) => declare(inner, 'param', id)); break;
    }
    for (const [child] of children(node)) visit(child, inner);
  };
  for (const [child] of children(program)) visit(child, module);

  const assign = (target: t.Node, scope: StaticScope) => {
    for (const id of boundNames(target)) {
      const d = scope.lookup(id.name);
      if (d) d.reassigned = true;
    }
  };
  withScopes(program, { module, opened }, (node, scope) => {
    if (node.type === 'AssignmentExpression') assign(node.left, scope);
    else if (node.type === 'UpdateExpression') assign(node.argument, scope);
    else if ((node.type === 'ForOfStatement' || node.type === 'ForInStatement') && node.left.type !== 'VariableDeclaration') assign(node.left, scope);
  });
  return { module, opened };
}

/** Visits every node with the scope it stands in, its parent, and the key under which the parent holds it. */
export function withScopes(
  program: t.Program, scopes: Scopes,
  visit: (node: t.Node, scope: StaticScope, parent: t.Node, key: string) => void,
): void {
  const go = (node: t.Node, scope: StaticScope, parent: t.Node, key: string) => {
    visit(node, scope, parent, key);
    const inner = scopes.opened.get(node) ?? scope;
    for (const [child, k] of children(node)) go(child, inner, node, k);
  };
  for (const [child, k] of children(program)) go(child, scopes.module, program, k);
}
