interface Trade { readonly symbol: string; readonly quantity: number; readonly price: number; readonly fee?: number }
interface Position { quantity: number; cost: number; realised: number }
function groupBy<T, K extends string>(items: readonly T[], key: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const k = key(item);
    const group = groups.get(k);
    if (group) group.push(item); else groups.set(k, [item]);
  }
  return groups;
}
function average({ quantity, cost, realised }: Position, t: Trade): Position {
  const fee = t.fee ?? 0;
  if (t.quantity >= 0) return { quantity: quantity + t.quantity, cost: cost + t.quantity * t.price + fee, realised };
  const share = -t.quantity / quantity;
  return { quantity: quantity + t.quantity, cost: cost * (1 - share), realised: realised - t.quantity * t.price - cost * share - fee };
}
/** Realised and unrealised gains, by symbol, with prices at the end. */
// @differentiate
export function gains(trades: Trade[], last: Record<string, number>): number {
  let total = 0;
  for (const [symbol, list] of groupBy(trades, (t) => t.symbol)) {
    const p = list.reduce(average, { quantity: 0, cost: 0, realised: 0 });
    const unrealised = p.quantity * (last[symbol] ?? 0) - p.cost;
    total += Math.log1p(Math.exp(p.realised)) + unrealised ** 2 / (1 + p.quantity);
  }
  return total;
}
