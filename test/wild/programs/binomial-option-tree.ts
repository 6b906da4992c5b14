/** American and European options on a Cox–Ross–Rubinstein tree. */
export type OptionKind = 'call' | 'put';

export interface OptionContract {
  kind: OptionKind;
  strike: number;
  expiry: number;
  american?: boolean;
}

export interface Market {
  spot: number;
  rate: number;
  volatility: number;
  dividendYield?: number;
}

// @differentiate
export function binomialPrice(contract: OptionContract, market: Market, steps = 40): number {
  const { kind, strike, expiry, american = false } = contract;
  const { spot, rate, volatility, dividendYield = 0 } = market;
  if (steps < 1) throw new Error('The tree needs at least one step.');

  const dt = expiry / steps;
  const up = Math.exp(volatility * Math.sqrt(dt));
  const down = 1 / up;
  const discount = Math.exp(-rate * dt);
  const p = (Math.exp((rate - dividendYield) * dt) - down) / (up - down);
  if (p <= 0 || p >= 1) throw new RangeError(`risk-neutral probability ${p} is outside (0, 1)`);

  const payoff = (s: number) => (kind === 'call' ? Math.max(s - strike, 0) : Math.max(strike - s, 0));

  const values = Array.from({ length: steps + 1 }, (_, i) => payoff(spot * up ** (2 * i - steps)));
  for (let step = steps - 1; step >= 0; step--) {
    for (let i = 0; i <= step; i++) {
      const held = discount * (p * values[i + 1] + (1 - p) * values[i]);
      values[i] = american ? Math.max(held, payoff(spot * up ** (2 * i - step))) : held;
    }
  }
  return values[0];
}
