export class Complex {
  static readonly I = new Complex(0, 1);
  static polar(r: number, phi: number) { return new Complex(r * Math.cos(phi), r * Math.sin(phi)); }
  constructor(public readonly re: number, public readonly im: number = 0) {}
  plus(o: Complex) { return new Complex(this.re + o.re, this.im + o.im); }
  times(o: Complex | number): Complex {
    if (typeof o === 'number') return new Complex(this.re * o, this.im * o);
    return new Complex(this.re * o.re - this.im * o.im, this.re * o.im + this.im * o.re);
  }
  get abs2() { return this.re ** 2 + this.im ** 2; }
  inverse() { const d = this.abs2; return new Complex(this.re / d, -this.im / d); }
  toString() { return `${this.re}+${this.im}i`; }
}
/** Amplitude of an RLC ladder's transfer function, summed over frequencies. */
// @differentiate
export function ladder(rs: number[], ls: number[], cs: number[], freqs: readonly number[]): number {
  return freqs.map((f) => {
    const w = 2 * Math.PI * f;
    let z = new Complex(50);
    for (let i = rs.length - 1; i >= 0; i--) {
      const series = new Complex(rs[i]).plus(Complex.I.times(w * ls[i]));
      const shunt = Complex.I.times(w * cs[i]);
      z = series.plus(z.inverse().plus(shunt).inverse());
    }
    return Math.sqrt(z.abs2);
  }).reduce((a, b) => a + Math.log(b), 0);
}
