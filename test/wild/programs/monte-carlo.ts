/** Asian and barrier options by Monte Carlo with antithetic paths. */
export enum PayoffKind {
  AsianCall = 'asian-call',
  LookbackPut = 'lookback-put',
}

export interface Market {
  spot: number;
  rate: number;
  volatility: number;
}

export interface SimulationOptions {
  paths?: number;
  steps?: number;
  seed?: number;
}


const mulberry32 = (seed: number) => () => {
  let t = (seed += 0x6d2b79f5);
  t = Math.imul(t ^ (t >>> 15), t | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
};

function boxMuller(random: () => number): [number, number] {
  const radius = Math.sqrt(-2 * Math.log(1 - random()));
  const angle = 2 * Math.PI * random();
  return [radius * Math.cos(angle), radius * Math.sin(angle)];
}

const payoffs: Record<PayoffKind, (path: number[], strike: number) => number> = {
  [PayoffKind.AsianCall]: (path, strike) => Math.max(path.reduce((a, b) => a + b) / path.length - strike, 0),
  [PayoffKind.LookbackPut]: (path, strike) => Math.max(strike - Math.min(...path), 0),
};

// @differentiate
export function price(kind: PayoffKind, market: Market, strike: number, maturity: number, options: SimulationOptions = {}): number {
  const { paths = 4, steps = 3, seed = 42 } = options;
  const random = mulberry32(seed);
  const dt = maturity / steps;
  const drift = (market.rate - market.volatility ** 2 / 2) * dt;
  let total = 0;
  for (let p = 0; p < paths; p++) {
    const normals = Array.from({ length: steps }, () => boxMuller(random)[0]);
    for (const sign of [1, -1]) {
      let s = market.spot;
      const path = normals.map((z) => (s *= Math.exp(drift + sign * market.volatility * Math.sqrt(dt) * z)));
      total += payoffs[kind](path, strike);
    }
  }
  return (Math.exp(-market.rate * maturity) * total) / (2 * paths);
}
