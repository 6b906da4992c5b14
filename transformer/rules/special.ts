/** Rules of the special functions that tapeless exports, one line each. */
import { elementwise, reduction } from './rule.ts';

// Error functions; 2 / √π and 1 / √(2π)
elementwise('erf(x)', ['1.1283791670955126 * exp(-x * x)'], { at: [[0.3], [-2]], extreme: [[[6], [2.617301239249265e-16]], [[30], [0]]] });
elementwise('erfc(x)', ['-1.1283791670955126 * exp(-x * x)'], { at: [[0.3], [-2]], extreme: [[[10], [-4.197656231354417e-44]]] });
elementwise('normcdf(x)', ['0.3989422804014327 * exp(-0.5 * x * x)'], { at: [[0.3], [-2]], extreme: [[[-20], [5.520948362159764e-88]], [[40], [0]]] });

// The gamma function
elementwise('lgamma(x)', ['digamma(x)'], { at: [[0.3], [4], [-1.4]], extreme: [[[1e300], [690.7755278982137]]] });
elementwise('digamma(x)', ['polygamma(1, x)'], { at: [[0.3], [4], [-1.4]], extreme: [[[1e300], [1e-300]]] });
elementwise('polygamma(n, x)', ['0', 'polygamma(n + 1, x)'], { at: [[1, 0.7], [2, 4], [3, -1.4]] });

// Exponentials: y (1 - y) would lose every digit of sigmoid' at 40
elementwise('sigmoid(x)', ['y * sigmoid(-x)'], { at: [[0.3], [-2]], extreme: [[[40], [4.248354255291589e-18]], [[-700], [9.85967654375977e-305]], [[800], [0]]] });
elementwise('softplus(x)', ['sigmoid(x)'], { at: [[0.3], [-2]], extreme: [[[-700], [9.85967654375977e-305]], [[800], [1]]] });
elementwise('xlogy(a, b)', ['log(b)', 'a / b'], { at: [[0.3, 2], [-2, 0.7]], singular: { 0: 'b <= 0', 1: 'b === 0' }, extreme: [[[0, 3], [1.0986122886681098, 0]]] });

// Of arrays: softmax, and a unit vector
reduction('logsumexp', 'exp(x - y)');
reduction('hypot', 'y === 0 ? 0 : x / y');
