/** Discrete events with handlers in a table, state updated immutably, options with defaults and nullish merging. */
type Event =
  | { type: 'deposit'; amount: number; at: number }
  | { type: 'withdraw'; amount: number; at: number }
  | { type: 'rate'; rate: number; at: number };
interface Account { balance: number; rate: number; last: number; interest: number[] }
type Handlers = { [K in Event['type']]: (state: Account, event: Extract<Event, { type: K }>) => Account };
const accrue = (s: Account, at: number): Account => {
  const earned = s.balance * (Math.exp(s.rate * (at - s.last)) - 1);
  return { ...s, balance: s.balance + earned, last: at, interest: [...s.interest, earned] };
};
const handlers: Handlers = {
  deposit: (s, { amount, at }) => { const a = accrue(s, at); return { ...a, balance: a.balance + amount }; },
  withdraw: (s, { amount, at }) => { const a = accrue(s, at); return { ...a, balance: a.balance - Math.min(amount, a.balance) }; },
  rate: (s, { rate, at }) => ({ ...accrue(s, at), rate }),
};
function apply(state: Account, event: Event): Account {
  switch (event.type) {
    case 'deposit': return handlers.deposit(state, event);
    case 'withdraw': return handlers.withdraw(state, event);
    case 'rate': return handlers.rate(state, event);
  }
}
// @differentiate
export function finalBalance(events: Event[], options: { initial?: number; rate?: number; penalty?: number | null } = {}): number {
  const { initial = 10, rate = 0.01 } = options;
  const penalty = options.penalty ?? 0.5;
  const end = events.reduce<Account>(apply, { balance: initial, rate, last: 0, interest: [] });
  const variance = end.interest.map((x) => (x - end.interest[0]) ** 2).reduce((a, b) => a + b, 0);
  return end.balance - penalty * variance;
}
