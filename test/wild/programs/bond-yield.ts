/** Bond prices and yields; the yield is found by Newton's method with a bisection fallback. */
export interface Bond {
  faceValue: number;
  couponRate: number;
  yearsToMaturity: number;
  frequency: 1 | 2 | 4;
}

function cashFlows(bond: Bond): { time: number; amount: number }[] {
  const n = bond.yearsToMaturity * bond.frequency;
  const coupon = (bond.faceValue * bond.couponRate) / bond.frequency;
  const flows = [];
  for (let k = 1; k <= n; k++) {
    flows.push({ time: k / bond.frequency, amount: k === n ? coupon + bond.faceValue : coupon });
  }
  return flows;
}

function presentValue(flows: { time: number; amount: number }[], rate: number) {
  return flows.reduce(
    (acc, { time, amount }) => {
      const discounted = amount / Math.pow(1 + rate, time);
      return { value: acc.value + discounted, slope: acc.slope - (time * discounted) / (1 + rate) };
    },
    { value: 0, slope: 0 },
  );
}

// @differentiate
export function yieldToMaturity(price: number, bond: Bond): number {
  const flows = cashFlows(bond);
  let low = -0.5;
  let high = 2;
  let guess = bond.couponRate;
  for (let i = 0; i < 50; i++) {
    const { value, slope } = presentValue(flows, guess);
    const error = value - price;
    if (error > 0) low = guess;
    else high = guess;
    let next = guess - error / slope;
    if (next <= low || next >= high) next = (low + high) / 2;
    if (Math.abs(next - guess) < 1e-14) return next;
    guess = next;
  }
  return guess;
}

// @differentiate
export function duration(bond: Bond, rate: number): number {
  const { value, slope } = presentValue(cashFlows(bond), rate);
  return (-slope * (1 + rate)) / value;
}
