const market = { spot: 102.3, rate: 0.04, volatility: 0.27 };
export const cases = {
  binomialPrice: [
    [{ kind: 'call', strike: 100, expiry: 0.75 }, market, 25],
    [{ kind: 'put', strike: 105.5, expiry: 0.5, american: true }, { ...market, dividendYield: 0.013 }, 12],
    [{ kind: 'put', strike: 98, expiry: 1.5, american: false }, market],
  ],
};
export const fixed = [2];
