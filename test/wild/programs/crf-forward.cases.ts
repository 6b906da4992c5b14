const row = (a: number) => ({ B: a, I: a * a - 0.3, O: 0.4 - a });
export const cases = { negativeLogLikelihood: [[
  { emissions: { new: row(0.7), york: row(-0.4), is: row(0.1) }, transitions: { B: row(0.3), I: row(-0.6), O: row(0.9) }, start: row(0.2) },
  ['new', 'york', 'is', 'big'], ['B', 'I', 'O', 'O'],
]] };
