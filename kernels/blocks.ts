/** Functions on blocks of float32 in the kernels' memory, `n` of them, a multiple of 4. The result may replace the operand. */
import { exp, log, sigmoid, tanh } from './functions';

export function exp32(to: usize, x: usize, n: usize): void { for (const end = x + 4 * n; x < end; x += 16, to += 16) v128.store(to, exp(v128.load(x))); }
export function log32(to: usize, x: usize, n: usize): void { for (const end = x + 4 * n; x < end; x += 16, to += 16) v128.store(to, log(v128.load(x))); }
export function tanh32(to: usize, x: usize, n: usize): void { for (const end = x + 4 * n; x < end; x += 16, to += 16) v128.store(to, tanh(v128.load(x))); }
export function sigmoid32(to: usize, x: usize, n: usize): void { for (const end = x + 4 * n; x < end; x += 16, to += 16) v128.store(to, sigmoid(v128.load(x))); }
