/**
 * Which classes extend or implement another: a value of type `Shape` may be of any class of the program that
 * extends `Shape`, and a call of its method goes to one of theirs.
 */
import type ts from 'typescript';
import type { TypeScript } from './checker.ts';

export interface ClassHierarchy {
  /** The classes that extend or implement the symbol's, directly or not; those that extend others come first. */
  derived(symbol: ts.Symbol | undefined): ts.Symbol[];
}

export function classHierarchy(ts: TypeScript, checker: ts.TypeChecker, sources: readonly ts.SourceFile[]): ClassHierarchy {
  let direct: Map<ts.Symbol, ts.Symbol[]> | undefined;
  const known = new Map<ts.Symbol, ts.Symbol[]>();

  /** By symbol, the classes and interfaces whose heritage names it. */
  function collect(): Map<ts.Symbol, ts.Symbol[]> {
    const found = new Map<ts.Symbol, ts.Symbol[]>();
    for (const statement of sources.flatMap((s) => [...s.statements])) {
      if (!ts.isClassDeclaration(statement) && !ts.isInterfaceDeclaration(statement)) continue;
      const symbol = statement.name && checker.getSymbolAtLocation(statement.name);
      for (const { expression } of statement.heritageClauses?.flatMap((c) => [...c.types]) ?? []) {
        const named = checker.getSymbolAtLocation(expression);
        const base = named && named.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(named) : named;
        if (base && symbol) found.set(base, [...found.get(base) ?? [], symbol]);
      }
    }
    return found;
  }

  function derived(symbol: ts.Symbol | undefined): ts.Symbol[] {
    if (!symbol) return [];
    let all = known.get(symbol);
    if (!all) {
      direct ??= collect();
      const own = direct.get(symbol) ?? [];
      known.set(symbol, (all = [...new Set([...own.flatMap(derived), ...own.filter((s) => s.flags & ts.SymbolFlags.Class)])]));
    }
    return all;
  }
  return { derived };
}
