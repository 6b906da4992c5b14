/** Sharpe ratio and drawdown of a portfolio with softmax weights. */
interface Asset {
  ticker: string;
  returns: number[];
}

const mean = (xs: number[]) => xs.reduce((a, b) => a + b, 0) / xs.length;

const standardDeviation = (xs: number[]) => {
  const m = mean(xs);
  return Math.sqrt(xs.map((x) => (x - m) ** 2).reduce((a, b) => a + b, 0) / (xs.length - 1));
};

function softmax(logits: number[]): number[] {
  const max = Math.max(...logits);
  const exps = logits.map((l) => Math.exp(l - max));
  const sum = exps.reduce((a, b) => a + b, 0);
  return exps.map((e) => e / sum);
}

// @differentiate
export function sharpeRatio(logits: number[], assets: Asset[], riskFree = 0.02): number {
  const weights = softmax(logits);
  const periods = assets[0].returns.length;
  const portfolio = Array.from({ length: periods }, (_, t) =>
    assets.reduce((sum, { returns }, i) => sum + weights[i] * returns[t], 0));
  const excess = portfolio.map((r) => r - riskFree / 252);
  return (mean(excess) / standardDeviation(excess)) * Math.sqrt(252);
}

// @differentiate
export function maxDrawdown(logits: number[], assets: Asset[]): number {
  const weights = softmax(logits);
  let wealth = 1;
  let peak = 1;
  let worst = 0;
  for (let t = 0; t < assets[0].returns.length; t++) {
    let growth = 0;
    for (const [i, asset] of assets.entries()) growth += weights[i] * asset.returns[t];
    wealth *= 1 + growth;
    if (wealth > peak) peak = wealth;
    worst = Math.max(worst, (peak - wealth) / peak);
  }
  return worst;
}
