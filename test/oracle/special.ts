/**
 * Special functions for the oracle: what `tapeless` exports, on values of the interpreter. Their values are the
 * runtime's; the partials are written down here, independently of the compiler's rules.
 */
import * as runtime from '../../runtime/special/index.ts';
import { type Num, apply, toNumber } from './number.ts';
import type { Partial } from './partials.ts';

export const SPECIAL_VALUES: Record<string, (...x: number[]) => number> = {
  erf: runtime.erf, erfc: runtime.erfc, normcdf: runtime.normcdf, lgamma: runtime.lgamma, digamma: runtime.digamma, polygamma: runtime.polygamma,
  sigmoid: runtime.sigmoid, softplus: runtime.softplus, xlogy: runtime.xlogy,
};

const mul = (a: Num, b: Num) => apply('mul', a, b);
/** c exp(−k x²) */
const bell = (c: number, k: number, x: Num) => mul(c, apply('exp', mul(-k, mul(x, x))));

export const SPECIAL_PARTIALS: Record<string, Partial[]> = {
  erf: [([x]) => bell(2 / Math.sqrt(Math.PI), 1, x)],
  erfc: [([x]) => bell(-2 / Math.sqrt(Math.PI), 1, x)],
  normcdf: [([x]) => bell(1 / Math.sqrt(2 * Math.PI), 0.5, x)],
  lgamma: [([x]) => apply('digamma', x)],
  digamma: [([x]) => apply('polygamma', 1, x)],
  polygamma: [() => 0, ([n, x]) => apply('polygamma', toNumber(n) + 1, x)],
  sigmoid: [([x]) => mul(apply('sigmoid', x), apply('sigmoid', apply('neg', x)))],
  softplus: [([x]) => apply('sigmoid', x)],
  xlogy: [([, b]) => apply('log', b), ([a, b]) => apply('div', a, b)],
};

export const SPECIAL_FUNCTIONS: Record<string, (...x: any[]) => any> = {
  ...Object.fromEntries(Object.entries(SPECIAL_VALUES).map(([name, f]) => [name, (...x: Num[]) => apply(name, ...x.slice(0, f.length))])),
  logsumexp: (xs: Iterable<Num>) => {
    const all = [...xs];
    const largest = Math.max(...all.map(toNumber));
    if (!Number.isFinite(largest)) return largest;
    const sum = all.map((x) => apply('exp', apply('sub', x, largest))).reduce((a, b) => apply('add', a, b));
    return apply('add', largest, apply('log', sum));
  },
};
