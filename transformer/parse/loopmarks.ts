/**
 * Marks of loops, `// @checkpoint snapshots=12`, `// @reversible inverse=undo`, `// @truncate 8`, `// @store`: which loop each stands
 * above, and its options. A mark belongs to the loop, with or without labels, whose text begins after the comment.
 */
import type * as t from '@babel/types';
import { type Code, type Diagnostic, diagnostic } from '../diagnostics.ts';
import type { Keeping, Policy, Span } from '../ir/ir.ts';
import type { LoopMark } from './module.ts';
import { distance, findTag, nextToken } from './tags.ts';
import { children, isFunction } from './walk.ts';

const WORDS = ['checkpoint', 'reversible', 'truncate', 'store', 'recompute'] as const;
type Word = typeof WORDS[number];

const OPTIONS: Record<Word, string> = {
  checkpoint: 'The options are `snapshots=12` (how many states are kept at a time) and `sqrt` (as many as the square root of the number of iterations).',
  reversible: 'The options are `inverse=undo` (the function that undoes a step) and `check` (compare with the states of the forward sweep).',
  truncate: 'The option is the number of iterations, counted from the last, through which cotangents flow: `@truncate 8`.',
  store: 'There are no options: all that the iterations compute and the reverse sweep needs is saved.',
  recompute: 'There are no options: what can be computed again is not saved.',
};

export function collectLoopMarks(file: string, text: string, ast: t.File): { loopMarks: Map<number, LoopMark>; diagnostics: Diagnostic[] } {
  const loopMarks = new Map<number, LoopMark>();
  const diagnostics: Diagnostic[] = [];
  const comments = ast.comments ?? [];
  let loops: Map<number, number> | undefined;
  for (const comment of comments) {
    const tag = findTag(comment.value, (w) => nearest(w) !== undefined);
    if (!tag) continue;
    const from = comment.start! + 2 + tag.at;
    const at = (start: number, end: number): Span => ({ file, start: from + start, end: from + end });
    const span = at(0, tag.word.length + 1);
    const word = nearest(tag.word)!;
    const loop = (loops ??= loopsOf(ast.program)).get(nextToken(comment.end!, text, comments));
    if (word !== tag.word) {
      // Another tool may have a tag that looks like ours.
      if (loop !== undefined) diagnostics.push(diagnostic('TL1002', span, tag.word, word));
    } else if (loop === undefined) diagnostics.push(diagnostic('TL1020', span, word));
    else if (loopMarks.has(loop)) diagnostics.push(diagnostic('TL1023', span));
    else {
      const options = [...tag.rest.matchAll(/\S+/g)].map((m): Option => ({ text: m[0], span: at(tag.restAt + m.index, tag.restAt + m.index + m[0].length) }));
      const meant = read(word, options, span, (code, where, ...args) => diagnostics.push(diagnostic(code, where, ...args)));
      if (meant) loopMarks.set(loop, { word, ...meant, span });
    }
  }
  return { loopMarks, diagnostics };
}

function nearest(word: string): Word | undefined {
  return WORDS.find((w) => w === word) ?? WORDS.find((w) => distance(word.toLowerCase(), w) <= (w === 'store' ? 1 : 2));
}

interface Option { text: string; span: Span }

type Complain = (code: Code, span: Span, ...args: string[]) => void;

/** What the options say; undefined where they are wrong. */
function read(word: Word, options: readonly Option[], span: Span, complain: Complain): { policy: Policy } | { keeping: Keeping } | undefined {
  let wrong = false;
  const report: Complain = (...args) => {
    wrong = true;
    complain(...args);
  };
  const count = ({ text, span: where }: Option, digits: string, what: string): number => {
    if (!/^[1-9]\d*$/.test(digits)) report('TL1022', where, text, what);
    return Number(digits);
  };
  const unknown = ({ text, span: where }: Option) => report('TL1021', where, text, word, OPTIONS[word]);
  const value = ({ text }: Option, key: string) => (text.startsWith(`${key}=`) ? text.slice(key.length + 1) : undefined);
  let policy: Policy;
  switch (word) {
    case 'store': case 'recompute':
      options.forEach(unknown);
      return wrong ? undefined : { keeping: word };
    case 'checkpoint': {
      policy = { kind: 'sqrt' };
      const [first, ...more] = options;
      const snapshots = first && value(first, 'snapshots');
      if (snapshots !== undefined) policy = { kind: 'snapshots', count: count(first, snapshots, 'snapshots') };
      else if (first && first.text !== 'sqrt') unknown(first);
      more.forEach(unknown);
      break;
    }
    case 'reversible': {
      const inverse = options.find((o) => /^inverse=[A-Za-z_$]/.test(o.text));
      const check = options.some((o) => o.text === 'check');
      options.filter((o) => o !== inverse && o.text !== 'check').forEach(unknown);
      if (!inverse && !wrong) report('TL1025', span);
      policy = { kind: 'reversible', inverse: inverse ? value(inverse, 'inverse')! : '', check };
      break;
    }
    case 'truncate': {
      const [first, ...more] = options;
      if (!first) report('TL1022', span, '@truncate', 'iterations');
      policy = { kind: 'truncate', steps: first ? count(first, first.text, 'iterations') : 0 };
      more.forEach(unknown);
      break;
    }
  }
  return wrong ? undefined : { policy };
}

/** Loops inside of functions: from where the loop's statement begins, with its labels, to where the loop itself does. */
function loopsOf(program: t.Program): Map<number, number> {
  const found = new Map<number, number>();
  const visit = (node: t.Node, inFunction: boolean, start = node.start!): void => {
    if (inFunction && /^(For(Of|In)?|While|DoWhile)Statement$/.test(node.type)) found.set(start, node.start!);
    for (const [child] of children(node)) visit(child, inFunction || isFunction(node), node.type === 'LabeledStatement' && child === node.body ? start : undefined);
  };
  visit(program, false);
  return found;
}
