/** Programs of TypeScript whose files are in memory. */
import ts from 'typescript';

const OPTIONS: ts.CompilerOptions = {
  strict: true, noUncheckedIndexedAccess: true, noUnusedLocals: true, target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.NodeNext, types: [], skipLibCheck: true,
};

export function virtualProgram(files: Record<string, string>, more: ts.CompilerOptions = {}): { program: ts.Program; host: ts.CompilerHost } {
  const options = { ...OPTIONS, ...more };
  const base = ts.createCompilerHost(options);
  const host: ts.CompilerHost = {
    ...base,
    directoryExists: () => true,
    fileExists: (file) => file in files || base.fileExists(file),
    readFile: (file) => files[file] ?? base.readFile(file),
    getSourceFile: (file, language) => (file in files ? ts.createSourceFile(file, files[file], language) : base.getSourceFile(file, language)),
  };
  return { program: ts.createProgram(Object.keys(files), options, host), host };
}
