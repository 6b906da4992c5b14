/** Data handling: trades grouped by symbol with a Map, and a risk-weighted figure of the whole. */
export interface Trade { symbol: string; side: 'buy' | 'sell'; quantity: number; price: number; fee?: number }
interface Position { quantity: number; cost: number; realised: number }

const groupBy = <T, K>(items: readonly T[], key: (item: T) => K): Map<K, T[]> => {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const k = key(item);
    const group = groups.get(k);
    if (group) group.push(item);
    else groups.set(k, [item]);
  }
  return groups;
};

function book(trades: readonly Trade[]): Position {
  return trades.reduce<Position>((position, { side, quantity, price, fee = 0 }) => {
    if (side === 'buy') {
      return { ...position, quantity: position.quantity + quantity, cost: position.cost + quantity * price + fee };
    }
    const average = position.cost / position.quantity;
    return {
      quantity: position.quantity - quantity,
      cost: position.cost - average * quantity,
      realised: position.realised + quantity * (price - average) - fee,
    };
  }, { quantity: 0, cost: 0, realised: 0 });
}

// @differentiate
export function profit(trades: Trade[], quotes: Record<string, number>, aversion: number): number {
  let total = 0;
  const exposures: number[] = [];
  for (const [symbol, list] of groupBy(trades, (t) => t.symbol)) {
    const { quantity, cost, realised } = book(list);
    const value = quantity * (quotes[symbol] ?? 0);
    exposures.push(value);
    total += realised + value - cost;
  }
  const gross = exposures.map(Math.abs).reduce((a, b) => a + b, 0);
  const concentration = exposures.reduce((s, e) => s + (e / gross) ** 2, 0);
  return total - aversion * concentration;
}
