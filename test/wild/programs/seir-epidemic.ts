/** An SEIR epidemic with interventions, against reported cases. */
type Compartments = { S: number; E: number; I: number; R: number };

interface Disease {
  readonly beta: number;
  readonly incubation: number;
  readonly infectious: number;
}

interface Intervention {
  from: number;
  to: number;
  reduction: number;
}

const rates = ({ S, E, I, R }: Compartments, { beta, incubation, infectious }: Disease, contact: number): Compartments => {
  const N = S + E + I + R;
  const infections = (contact * beta * S * I) / N;
  const onsets = E / incubation;
  const recoveries = I / infectious;
  return { S: -infections, E: infections - onsets, I: onsets - recoveries, R: recoveries };
};

const advance = (s: Compartments, d: Compartments, h: number): Compartments => ({
  S: s.S + h * d.S,
  E: s.E + h * d.E,
  I: s.I + h * d.I,
  R: s.R + h * d.R,
});

function contactAt(day: number, interventions: Intervention[]): number {
  return interventions
    .filter(({ from, to }) => day >= from && day < to)
    .reduce((contact, { reduction }) => contact * (1 - reduction), 1);
}

function rk4(s: Compartments, disease: Disease, contact: number, h: number): Compartments {
  const k1 = rates(s, disease, contact);
  const k2 = rates(advance(s, k1, h / 2), disease, contact);
  const k3 = rates(advance(s, k2, h / 2), disease, contact);
  const k4 = rates(advance(s, k3, h), disease, contact);
  let next = s;
  for (const [k, weight] of [[k1, 1], [k2, 2], [k3, 2], [k4, 1]] as const) {
    next = advance(next, k, (h * weight) / 6);
  }
  return next;
}

// @differentiate
export function fitToReports(disease: Disease, interventions: Intervention[], reports: number[], population = 1000): number {
  let state: Compartments = { S: population - 5, E: 3, I: 2, R: 0 };
  let error = 0;
  for (let day = 0; day < reports.length; day++) {
    const contact = contactAt(day, interventions);
    const before = state.R;
    for (let i = 0; i < 2; i++) state = rk4(state, disease, contact, 0.5);
    error += (Math.sqrt(state.R - before) - Math.sqrt(reports[day])) ** 2;
  }
  return error;
}
