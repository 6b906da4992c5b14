/** Bootstrapping a discount curve from par swap rates, then a bond's price and its yield by Newton's method. */
export interface Quote { maturity: number; rate: number }
interface Node { time: number; discount: number }

class Curve {
  private readonly nodes: Node[] = [{ time: 0, discount: 1 }];

  add(time: number, discount: number): this {
    this.nodes.push({ time, discount });
    return this;
  }

  /** Log-linear between nodes, flat forward behind them. */
  discount(time: number): number {
    let i = this.nodes.findIndex((n) => n.time >= time);
    if (i === 0) return 1;
    if (i < 0) i = this.nodes.length - 1;
    const [a, b] = [this.nodes[i - 1]!, this.nodes[i]!];
    const w = (time - a.time) / (b.time - a.time);
    return Math.exp((1 - w) * Math.log(a.discount) + w * Math.log(b.discount));
  }
}

function bootstrap(quotes: readonly Quote[]): Curve {
  const curve = new Curve();
  for (const { maturity, rate } of quotes) {
    let annuity = 0;
    for (let t = 1; t < maturity; t++) annuity += curve.discount(t);
    curve.add(maturity, (1 - rate * annuity) / (1 + rate));
  }
  return curve;
}

// @differentiate
export function yieldToMaturity(quotes: Quote[], coupon: number, years: number): number {
  const curve = bootstrap(quotes);
  const flows = Array.from({ length: years }, (_, i) => ({ time: i + 1, amount: coupon + (i + 1 === years ? 1 : 0) }));
  const price = flows.reduce((sum, { time, amount }) => sum + amount * curve.discount(time), 0);
  let y = coupon;
  for (let i = 0; i < 20; i++) {
    const { value, slope } = flows.reduce(({ value, slope }, { time, amount }) => {
      const discounted = amount * (1 + y) ** -time;
      return { value: value + discounted, slope: slope - (time * discounted) / (1 + y) };
    }, { value: -price, slope: 0 });
    const delta = value / slope;
    y -= delta;
    if (Math.abs(delta) < 1e-15) break;
  }
  return y;
}
