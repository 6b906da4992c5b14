/** Text → module: Babel's AST, and what the compiler must know of the module as a whole. */
import { type ParserOptions, parse } from '@babel/parser';
import type * as t from '@babel/types';
import { type Diagnostic, diagnostic } from '../diagnostics.ts';
import { collectBindings } from './bindings.ts';
import { collectLoopMarks } from './loopmarks.ts';
import { collectMarks } from './marks.ts';
import type { Module } from './module.ts';
import { collectRules } from './rules.ts';
import { buildScopes } from './scopes.ts';
import { writeSolutions } from './solutions.ts';
import { collectUses } from './uses.ts';
import { walk } from './walk.ts';

/** Never fails: of a text with syntax errors, which TypeScript reports, nothing is marked. */
export function parseModule(file: string, text: string): Module {
  const { ast, broken } = parseText(file, text);
  const firstStatement = ast.program.body.find((s) => s.type !== 'ImportDeclaration')?.start ?? text.length;
  const identifiers = new Set<string>();
  const strict: Diagnostic[] = [];
  walk(ast.program, (node) => {
    if (node.type === 'Identifier' || node.type === 'JSXIdentifier') identifiers.add(node.name);
    if (node.type === 'WithStatement') strict.push(diagnostic('TL2001', { file, start: node.start!, end: node.object.end! + 1 }, '`with`, which no module may have,', 'Name the object: `p.x`.'));
  });
  const names = collectBindings(ast.program.body);
  let scopes = buildScopes(ast.program);
  if (!broken && writeSolutions(ast.program, scopes, names.imports)) scopes = buildScopes(ast.program);
  const { marks, diagnostics } = broken ? { marks: [], diagnostics: strict } : collectMarks(file, text, ast, firstStatement);
  const loops = broken ? { loopMarks: new Map(), diagnostics: [] } : collectLoopMarks(file, text, ast);
  const { calls, escapes } = broken ? { calls: [], escapes: [] } : collectUses(file, ast.program, scopes, { ...names, marks });
  const rules = broken ? [] : collectRules(ast.program.body, scopes, names.imports);
  return { file, text, ast, ...names, marks, loopMarks: loops.loopMarks, calls, escapes, rules, identifiers, scopes, firstStatement, diagnostics: [...diagnostics, ...loops.diagnostics] };
}

function parseText(file: string, text: string): { ast: t.File; broken: boolean } {
  const options: ParserOptions = {
    sourceType: 'module', errorRecovery: true, attachComment: false,
    plugins: /\.[jt]sx$/.test(file) ? ['typescript', 'jsx', 'decorators'] : ['typescript', 'decorators'],
  };
  try {
    const ast = parse(text, options);
    return { ast, broken: (ast.errors?.length ?? 0) > 0 };
  } catch {
    return { ast: parse('', options), broken: true };
  }
}
