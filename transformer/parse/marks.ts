/**
 * `// @differentiate` and `/** … @differentiate … * /`: which function each mark stands above, and its
 * options. A mark belongs to the function whose text begins after the comment, with nothing but
 * comments in between.
 */
import type * as t from '@babel/types';
import type { Span } from '../ir/ir.ts';
import { type Diagnostic, diagnostic } from '../diagnostics.ts';
import type { FunctionNode, Mark } from './module.ts';
import { type Tag, distance, findTag, nextToken } from './tags.ts';
import { boundNames, isFunction, keyOf, unwrap, walk } from './walk.ts';

type Target = Pick<Mark, 'name' | 'node' | 'expression' | 'registerAt' | 'nameAt'>;

export function collectMarks(file: string, text: string, ast: t.File, firstStatement: number): { marks: Mark[]; diagnostics: Diagnostic[] } {
  const marks: Mark[] = [];
  const diagnostics: Diagnostic[] = [];
  const targets = markable(ast.program, firstStatement);
  const nested = nestedFunctions(ast.program, targets);
  const comments = ast.comments ?? [];
  for (const comment of comments) {
    const tag = findTag(comment.value, (word) => word === 'differentiate' || isMisspelling(word));
    if (!tag) continue;
    const from = comment.start! + 2 + tag.at;
    const at = (start: number, end: number): Span => ({ file, start: from + start, end: from + end });
    const word = at(0, tag.word.length + 1);
    if (tag.word !== 'differentiate') {
      diagnostics.push(diagnostic('TL1002', word, tag.word, 'differentiate'));
      continue;
    }
    const place = nextToken(comment.end!, text, comments);
    const target = targets.get(place);
    if (!target) {
      diagnostics.push(diagnostic(nested.has(place) ? 'TL1007' : 'TL1001', word));
      continue;
    }
    if (marks.some((m) => m.node === target.node)) {
      diagnostics.push(diagnostic('TL1003', word, target.name));
      continue;
    }
    const mark: Mark = { ...target, span: word };
    if (readOptions(mark, tag, at, diagnostics)) marks.push(mark);
  }
  return { marks, diagnostics };
}

function isMisspelling(word: string): boolean {
  const lower = word.toLowerCase();
  return lower === 'grad' || lower === 'autodiff' || /^diff+er/.test(lower) || distance(lower, 'differentiate') <= 3;
}

function readOptions(mark: Mark, tag: Tag, at: (start: number, end: number) => Span, diagnostics: Diagnostic[]): boolean {
  let ok = true;
  const complain = (d: Diagnostic) => {
    diagnostics.push(d);
    ok = false;
  };
  const names = new Set(mark.node.params.flatMap((p) => boundNames(p).map((id) => id.name)));
  for (const m of tag.rest.matchAll(/[^\s,]+(?:\s*,\s*[^\s,]+)*/g)) {
    const start = tag.restAt + m.index;
    const span = at(start, start + m[0].length);
    const [, key, value] = /^(\w+)=(.*)$/s.exec(m[0]) ?? [];
    if (key === 'wrt') {
      mark.wrt = [];
      let offset = start + 4;
      for (const piece of value.split(',')) {
        const name = piece.trim();
        const begin = offset + piece.indexOf(name);
        if (names.has(name)) mark.wrt.push(name);
        else complain(diagnostic('TL1005', at(begin, begin + name.length), name, mark.name));
        offset += piece.length + 1;
      }
    } else if (key === 'order') {
      if (/^[1-9]\d?$/.test(value)) mark.order = Number(value);
      else complain(diagnostic('TL1006', span, value));
    } else if (m[0] === 'optimize=speed') mark.fast = true;
    else complain(diagnostic('TL1004', span, m[0]));
  }
  return ok;
}

/** Every function that can be marked, by the offset at which its statement or member begins. */
function markable(program: t.Program, firstStatement: number): Map<number, Target> {
  const targets = new Map<number, Target>();
  const overloads = new Map<string, number[]>();
  for (const statement of program.body) {
    const start = statement.start!;
    const isDefault = statement.type === 'ExportDefaultDeclaration';
    const inner = statement.type === 'ExportNamedDeclaration' || isDefault ? statement.declaration : statement;
    if (!inner) continue;
    const value = isDefault ? unwrap(inner) : inner;
    const add = (target: Target) => targets.set(start, target);
    if (value.type === 'TSDeclareFunction' && value.id) {
      overloads.set(value.id.name, [...overloads.get(value.id.name) ?? [], start]);
    } else if (value.type === 'FunctionDeclaration' || (isDefault && isFunction(value))) {
      const node = value as FunctionNode;
      const id = 'id' in node ? node.id : undefined;
      const name = id?.name ?? 'default';
      const target: Target = { name, node, expression: name, registerAt: firstStatement };
      if (!id && value.type === 'FunctionDeclaration') target.nameAt = node.start! + (node.async ? 'async function' : 'function').length;
      if (!id && value.type !== 'FunctionDeclaration') target.registerAt = statement.end!;
      add(target);
      for (const overload of overloads.get(name) ?? []) targets.set(overload, target);
    } else if (value.type === 'VariableDeclaration') {
      const [{ id, init }] = value.declarations;
      const node = init && unwrap(init);
      if (id.type === 'Identifier' && isFunction(node)) add({ name: id.name, node, expression: id.name, registerAt: statement.end! });
    } else if (value.type === 'ClassDeclaration' && value.id) {
      methods(value, value.id.name, statement.end!, targets);
    }
  }
  return targets;
}

function methods(node: t.ClassDeclaration, className: string, registerAt: number, targets: Map<number, Target>): void {
  const signatures: t.TSDeclareMethod[] = [];
  for (const member of node.body.body) {
    if (member.type === 'TSDeclareMethod') signatures.push(member);
    if (member.type !== 'ClassMethod' || member.kind !== 'method') continue;
    const key = keyOf(member);
    if (key === undefined) continue;
    const target: Target = {
      name: `${className}.${key}`, node: member, registerAt,
      expression: member.static ? `${className}.${key}` : `${className}.prototype.${key}`,
    };
    targets.set(member.start!, target);
    for (const s of signatures) if (keyOf(s) === key && Boolean(s.static) === Boolean(member.static)) targets.set(s.start!, target);
  }
}

/** Starts of functions inside other functions: a mark there gets its own message. */
function nestedFunctions(program: t.Program, targets: Map<number, Target>): Set<number> {
  const starts = new Set<number>();
  walk(program, (node) => {
    const value = node.type === 'VariableDeclaration' && node.declarations[0].init ? unwrap(node.declarations[0].init) : node;
    if (isFunction(value) && !targets.has(node.start!)) starts.add(node.start!);
  });
  return starts;
}
