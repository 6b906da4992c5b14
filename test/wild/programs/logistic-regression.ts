/** Penalized logistic regression over a table of patients. */
export interface Patient {
  age: number;
  pressure: number;
  smoker: boolean;
  sick: boolean;
}

export interface Model {
  intercept: number;
  weights: { age: number; pressure: number; smoker: number };
}

const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z));

function predict(model: Model, patient: Patient): number {
  const { weights } = model;
  return sigmoid(
    model.intercept
      + weights.age * (patient.age - 50) / 10
      + weights.pressure * (patient.pressure - 120) / 20
      + (patient.smoker ? weights.smoker : 0),
  );
}

// @differentiate
export const loss = (model: Model, patients: readonly Patient[], lambda = 0.01): number => {
  const logLikelihood = patients
    .map((patient) => ({ p: predict(model, patient), sick: patient.sick }))
    .map(({ p, sick }) => Math.log(sick ? p : 1 - p))
    .reduce((sum, l) => sum + l, 0);
  const penalty = Object.values(model.weights).reduce((sum, w) => sum + w * w, 0);
  return -logLikelihood / patients.length + lambda * penalty;
};
