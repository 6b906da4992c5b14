/** Black–Scholes with its Greeks in a record, for a book of options of several kinds. */
export enum OptionType { Call, Put, DigitalCall }
export type Option = { readonly type: OptionType; readonly strike: number; readonly expiry: number; readonly amount: number };
export interface Market { spot: number; rate: number; volatility: number; dividend?: number }
export interface Greeks { price: number; delta: number; gamma: number; vega: number }

const INV_SQRT_2PI = 1 / Math.sqrt(2 * Math.PI);
const pdf = (x: number) => INV_SQRT_2PI * Math.exp(-0.5 * x * x);
/** Abramowitz & Stegun 26.2.17. */
function cdf(x: number): number {
  if (x < 0) return 1 - cdf(-x);
  const t = 1 / (1 + 0.2316419 * x);
  const coefficients = [0.31938153, -0.356563782, 1.781477937, -1.821255978, 1.330274429];
  const polynomial = coefficients.reduceRight((acc, c) => (acc + c) * t, 0);
  return 1 - pdf(x) * polynomial;
}

const zero = (): Greeks => ({ price: 0, delta: 0, gamma: 0, vega: 0 });

function value({ type, strike, expiry }: Option, { spot, rate, volatility, dividend = 0 }: Market): Greeks {
  const root = volatility * Math.sqrt(expiry);
  const d1 = (Math.log(spot / strike) + (rate - dividend + volatility ** 2 / 2) * expiry) / root;
  const d2 = d1 - root;
  const [df, dq] = [Math.exp(-rate * expiry), Math.exp(-dividend * expiry)];
  const common = { gamma: (dq * pdf(d1)) / (spot * root), vega: spot * dq * pdf(d1) * Math.sqrt(expiry) };
  switch (type) {
    case OptionType.Call:
      return { price: spot * dq * cdf(d1) - strike * df * cdf(d2), delta: dq * cdf(d1), ...common };
    case OptionType.Put:
      return { price: strike * df * cdf(-d2) - spot * dq * cdf(-d1), delta: -dq * cdf(-d1), ...common };
    case OptionType.DigitalCall:
      return { ...common, price: df * cdf(d2), delta: (df * pdf(d2)) / (spot * root) };
  }
}

// @differentiate
export function bookGreeks(options: readonly Option[], market: Market): Greeks {
  return options
    .map((option) => ({ option, greeks: value(option, market) }))
    .reduce((total, { option: { amount }, greeks }) => {
      for (const key of Object.keys(total) as (keyof Greeks)[]) total[key] += amount * greeks[key];
      return total;
    }, zero());
}
