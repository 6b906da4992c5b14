/** Cost of a shop's stock under seasonal demand, in chains of array methods. */
export interface Product {
  name: string;
  price: number;
  stock: number;
  tags: string[];
}

export interface Settings {
  discount?: number;
  season?: Record<string, number>;
  tax?: { rate: number; exempt?: string[] };
}

// @differentiate
export function revenue(products: Product[], { discount = 0, season = {}, tax }: Settings = {}): number {
  return products
    .filter(({ stock }) => stock > 0)
    .map(({ name, price, stock, tags }) => {
      const factor = tags
        .map((tag) => season[tag] ?? 1)
        .reduce((a, b) => a * b, 1);
      const net = price * stock * factor * (1 - discount);
      const rate = tax && !tax.exempt?.includes(name) ? tax.rate : 0;
      return { name, gross: net * (1 + rate) };
    })
    .sort((a, b) => b.gross - a.gross)
    .slice(0, 3)
    .reduce((sum, { gross }, rank) => sum + gross / (rank + 1), 0);
}

// @differentiate
export function totalByTag(products: Product[], tag: string): number {
  const totals: Record<string, number> = {};
  for (const product of products) {
    for (const t of product.tags) {
      totals[t] = (totals[t] ?? 0) + product.price * product.stock;
    }
  }
  let squares = 0;
  for (const [key, value] of Object.entries(totals)) {
    if (key !== tag) squares += value ** 2;
  }
  return totals[tag] / Math.sqrt(squares);
}
