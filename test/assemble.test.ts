import test from 'ava';
import { TraceMap, originalPositionFor } from '@jridgewell/trace-mapping';
import { assemble } from '../transformer/assemble.ts';

const user = `import { grad } from 'tapeless';
const a = grad(f);
function f(x: number) {
  return x;
}`;
const appended = 'function f_grad(x: number) {\n  return [x, 1];\n}\n';
const made = assemble('/src/x.ts', user, [
  { at: user.indexOf('(f)') + 2, text: ', undefined, { grad: f_grad }' },
  { at: user.indexOf('const a'), text: 'register(f);\n' },
], appended);

/** The text at which the map says that `piece` of the result comes from. */
function origin(piece: string): { source: string | null; text: string } {
  const before = made.text.slice(0, made.text.indexOf(piece)).split('\n');
  const { source, line, column } = originalPositionFor(new TraceMap(made.map as never), { line: before.length, column: before.at(-1)!.length });
  const content = made.map.sourcesContent![made.map.sources.indexOf(source)]!;
  return { source, text: content.split('\n')[line! - 1].slice(column!) };
}

test('inserts and appends, and removes nothing', (t) => {
  t.is(made.text, `import { grad } from 'tapeless';
register(f);
const a = grad(f, undefined, { grad: f_grad });
function f(x: number) {
  return x;
}
${appended}`);
  const user_ = made.generated.reduceRight((text, { start, end }) => text.slice(0, start) + text.slice(end), made.text);
  t.is(user_, user);
});

test('the map names the user\'s file and the derivatives, token by token', (t) => {
  t.deepEqual(made.map.sources.toSorted(), ['x.derivatives.ts', 'x.ts']);
  for (const piece of ['grad(f', ');\nfunction f', 'function f(', 'return x', 'x;\n', 'x: number']) {
    t.deepEqual([piece, origin(piece)], [piece, { source: 'x.ts', text: user.slice(user.indexOf(piece)).split('\n')[0] }]);
  }
  for (const piece of ['function f_grad', 'return [x', '1];']) {
    t.deepEqual([piece, origin(piece)], [piece, { source: 'x.derivatives.ts', text: appended.slice(appended.indexOf(piece)).split('\n')[0] }]);
  }
  t.deepEqual(origin('register'), { source: 'x.derivatives.ts', text: 'register(f);' });
  t.deepEqual(origin('undefined'), { source: 'x.derivatives.ts', text: 'undefined, { grad: f_grad }' });
});

test('toSource is the inverse on the user\'s text', (t) => {
  for (const piece of ['grad(f', 'const a', ');\nfunction', 'return x']) {
    t.is(made.toSource(made.text.indexOf(piece)), user.indexOf(piece), piece);
  }
  t.is(made.toSource(made.text.indexOf('register')), undefined);
  t.is(made.toSource(made.text.indexOf('f_grad(x')), undefined);
  t.is(made.toSource(made.text.length), undefined);
});

test('every offset of the text is mapped, whatever the line breaks', (t) => {
  const text = 'let a = 1;\r\nlet b = 2;\r\n\r\nlet c = `\u2028${a}`;';
  const { map, text: result, toSource } = assemble('y.mts', text, [{ at: 12, text: '/* one */ ' }], '// end\n');
  t.deepEqual(map.sources.toSorted(), ['y.derivatives.mts', 'y.mts']);
  t.true(result.startsWith('let a = 1;\r\n/* one */ let b'));
  t.is(toSource(result.indexOf('let c')), text.indexOf('let c'));
  const line = originalPositionFor(new TraceMap(map as never), { line: 4, column: 0 });
  t.deepEqual([line.source, line.line, line.column], ['y.mts', 4, 0]);
});

test('a module without derivatives stays as it is', (t) => {
  const { text, map, generated } = assemble('x.ts', user, [], '');
  t.is(text, user);
  t.deepEqual(map.sources, ['x.ts']);
  t.deepEqual(generated, []);
});
