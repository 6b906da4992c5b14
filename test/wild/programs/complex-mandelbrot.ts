/** Smooth escape time of a point under z ↦ zⁿ + c, with a small complex-number class. */
export class Complex {
  static readonly ONE = new Complex(1, 0);
  static readonly I = new Complex(0, 1);
  static polar(r: number, phi: number): Complex {
    return new Complex(r * Math.cos(phi), r * Math.sin(phi));
  }

  constructor(readonly re: number, readonly im: number = 0) {}

  plus = (o: Complex): Complex => new Complex(this.re + o.re, this.im + o.im);
  times(o: Complex | number): Complex {
    if (typeof o === 'number') return new Complex(this.re * o, this.im * o);
    return new Complex(this.re * o.re - this.im * o.im, this.re * o.im + this.im * o.re);
  }
  get abs2(): number {
    return this.re ** 2 + this.im ** 2;
  }
  get arg(): number {
    return Math.atan2(this.im, this.re);
  }
  pow(n: number): Complex {
    return n === 0 ? Complex.ONE : this.times(this.pow(n - 1));
  }
}

// @differentiate
export function smoothEscape(re: number, im: number, power = 2, limit = 30): number {
  const c = new Complex(re, im);
  let z = new Complex(0);
  for (let n = 0; n < limit; ++n) {
    z = z.pow(power).plus(c);
    if (z.abs2 > 100) return n + 1 - Math.log(Math.log(Math.sqrt(z.abs2)) / Math.log(10)) / Math.log(power);
  }
  return z.times(0.5).abs2 + 0.1 * z.plus(Complex.polar(0.3, re)).arg;
}
