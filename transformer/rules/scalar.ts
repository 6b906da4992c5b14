/**
 * Rules of JavaScript's arithmetic and of `Math`, one line each. A partial must hold at extreme points, too:
 * where a shorter formula cancels or overflows, the line has the longer one.
 */
import { elementwise, piecewiseConstant } from './rule.ts';

// Arithmetic
elementwise('add(a, b)', ['1', '1'], { at: [[2, 3]] });
elementwise('sub(a, b)', ['1', '-1'], { at: [[2, 3]] });
elementwise('mul(a, b)', ['b', 'a'], { at: [[2, 3], [0, -1]] });
elementwise('div(a, b)', ['1 / b', '-y / b'], { at: [[2, 3], [-1, 0.5]] });
elementwise('neg(a)', ['-1'], { at: [[2]] });
elementwise('rem(a, b)', ['1', '-trunc(a / b)'], { at: [[7.5, 2], [-7.5, 2]] });
elementwise('pow(a, b)', ['b * pow(a, b - 1)', 'a === 0 ? 0 : y * log(a)'], {
  at: [[2, 3], [1.5, -0.7], [0.3, 0.5]],
  singular: { 0: 'b < 1', 1: 'a <= 0' },
  extreme: [[[0, 2], [0, 0]], [[0, 1], [1, 0]]],
});

// Exponentials and logarithms
elementwise('exp(x)', ['y'], { at: [[0.3], [-2]] });
elementwise('expm1(x)', ['exp(x)'], { at: [[0.3], [-2]], extreme: [[[-50], [1.9287498479639178e-22]], [[1e-300], [1]]] });
elementwise('log(x)', ['1 / x'], { at: [[0.3], [2]] });
elementwise('log1p(x)', ['1 / (1 + x)'], { at: [[0.3], [-0.7]], extreme: [[[1e-300], [1]]] });
elementwise('log2(x)', ['1 / (x * 0.6931471805599453)'], { at: [[0.3], [2]] });
elementwise('log10(x)', ['1 / (x * 2.302585092994046)'], { at: [[0.3], [2]] });

// Roots
elementwise('sqrt(x)', ['0.5 / y'], { at: [[0.3], [2]], singular: { 0: 'x <= 0' }, extreme: [[[1e-300], [5e149]]] });
elementwise('cbrt(x)', ['1 / (3 * y * y)'], { at: [[0.3], [-2]], singular: { 0: 'x === 0' } });
elementwise('hypot(...a)', ['y === 0 ? 0 : a / y'], { at: [[3, 4], [-1, 2, 0.5]], extreme: [[[0, 0], [0, 0]], [[3e200, 4e200], [0.6, 0.8]]] });

// Trigonometry
elementwise('sin(x)', ['cos(x)'], { at: [[0.3], [-2]] });
elementwise('cos(x)', ['-sin(x)'], { at: [[0.3], [-2]] });
elementwise('tan(x)', ['1 + y * y'], { at: [[0.3], [-2]] });
elementwise('asin(x)', ['1 / sqrt((1 - x) * (1 + x))'], { at: [[0.3], [-0.7]], singular: { 0: 'abs(x) >= 1' } });
elementwise('acos(x)', ['-1 / sqrt((1 - x) * (1 + x))'], { at: [[0.3], [-0.7]], singular: { 0: 'abs(x) >= 1' } });
elementwise('atan(x)', ['1 / (1 + x * x)'], { at: [[0.3], [-2]] });
elementwise('atan2(a, b)', ['b / hypot(a, b) / hypot(a, b)', '-a / hypot(a, b) / hypot(a, b)'], {
  at: [[0.3, 2], [-1, -2]],
  extreme: [[[1e-200, 1e-200], [5e199, -5e199]], [[3, 0], [0, -1 / 3]]],
});

// Hyperbolic functions: 1 - y², the shortest formula for tanh', would lose every digit at 20
elementwise('sinh(x)', ['cosh(x)'], { at: [[0.3], [-2]] });
elementwise('cosh(x)', ['sinh(x)'], { at: [[0.3], [-2]] });
elementwise('tanh(x)', ['abs(y) < 0.9 ? (1 - y) * (1 + y) : 2 * y / sinh(2 * x)'], { at: [[0.3], [-2]], extreme: [[[1], [0.41997434161402614]], [[2], [0.07065082485316443]], [[20], [1.6993417021166355e-17]], [[800], [0]]] });
elementwise('asinh(x)', ['1 / hypot(1, x)'], { at: [[0.3], [-2]], extreme: [[[1e200], [1e-200]]] });
elementwise('acosh(x)', ['1 / (sqrt(x - 1) * sqrt(x + 1))'], { at: [[1.3], [4]], singular: { 0: 'x <= 1' }, extreme: [[[1e200], [1e-200]]] });
elementwise('atanh(x)', ['1 / ((1 - x) * (1 + x))'], { at: [[0.3], [-0.7]] });

// Kinks, as JAX has them: abs'(0) = 0, ties of max and min share equally
elementwise('abs(x)', ['sign(x)'], { at: [[0.3], [-2]], extreme: [[[0], [0]]] });
elementwise('max(a, b)', ['a > b ? 1 : a < b ? 0 : 0.5', 'b > a ? 1 : b < a ? 0 : 0.5'], { at: [[2, 3], [3, 2]], extreme: [[[1, 1], [0.5, 0.5]]] });
elementwise('min(a, b)', ['a < b ? 1 : a > b ? 0 : 0.5', 'b < a ? 1 : b > a ? 0 : 0.5'], { at: [[2, 3], [3, 2]], extreme: [[[1, 1], [0.5, 0.5]]] });
elementwise('max(...a)', ['a === y ? 1 / count : 0'], { at: [[5, 3, 4]], extreme: [[[1, 1, 0], [0.5, 0.5, 0]]] });
elementwise('min(...a)', ['a === y ? 1 / count : 0'], { at: [[5, 3, 4]], extreme: [[[1, 1, 2], [0.5, 0.5, 0]]] });
elementwise('fround(x)', ['1'], { at: [] });

piecewiseConstant('sign', 'floor', 'ceil', 'round', 'trunc');

/** The user's word that a value is meant as constant. */
elementwise('stopGradient(x)', ['0'], { at: [] });
