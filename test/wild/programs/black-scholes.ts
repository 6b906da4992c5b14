/** Black–Scholes prices, with a series for the normal distribution, and implied volatility by Newton's method. */
export enum OptionType {
  Call = 'call',
  Put = 'put',
  Straddle = 'straddle',
}

// Abramowitz and Stegun 26.2.17
function normalCdf(x: number): number {
  if (x < 0) return 1 - normalCdf(-x);
  const k = 1 / (1 + 0.2316419 * x);
  const poly = k * (0.31938153 + k * (-0.356563782 + k * (1.781477937 + k * (-1.821255978 + k * 1.330274429))));
  return 1 - (Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI)) * poly;
}

// @differentiate
export function price(type: OptionType, spot: number, strike: number, rate: number, sigma: number, time: number): number {
  if (time <= 0 || sigma <= 0) throw new RangeError('time and volatility must be positive');
  const d1 = (Math.log(spot / strike) + (rate + 0.5 * sigma ** 2) * time) / (sigma * Math.sqrt(time));
  const d2 = d1 - sigma * Math.sqrt(time);
  const df = Math.exp(-rate * time);
  switch (type) {
    case OptionType.Call:
      return spot * normalCdf(d1) - strike * df * normalCdf(d2);
    case OptionType.Put:
      return strike * df * normalCdf(-d2) - spot * normalCdf(-d1);
    case OptionType.Straddle:
      return price(OptionType.Call, spot, strike, rate, sigma, time) + price(OptionType.Put, spot, strike, rate, sigma, time);
  }
}

// @differentiate
export function impliedVolatility(target: number, spot: number, strike: number, rate: number, time: number): number {
  let sigma = 0.3;
  for (let i = 0; i < 12; i++) {
    const d1 = (Math.log(spot / strike) + (rate + 0.5 * sigma ** 2) * time) / (sigma * Math.sqrt(time));
    const vega = (spot * Math.sqrt(time) * Math.exp(-0.5 * d1 * d1)) / Math.sqrt(2 * Math.PI);
    const difference = price(OptionType.Call, spot, strike, rate, sigma, time) - target;
    sigma -= difference / vega;
  }
  return sigma;
}
