/**
 * Calls. A function of the program is called; a local one, or one that is given functions, is put in
 * place; `Math` is arithmetic; anything else is an `extern`, which has no derivative.
 */
import type * as t from '@babel/types';
import { CompileError, fail } from '../diagnostics.ts';
import type { Result, Value } from '../ir/ir.ts';
import { type Type, isIndexed, isMemory, resultTypesOf, showType } from '../ir/types.ts';
