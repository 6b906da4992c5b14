const loan = { principal: 10000, annualRate: 0.06, years: 1 };
export const cases = { totalInterest: [[loan, { extraPayment: 60 }], [loan, { extraPayment: 35.5, rateChange: { month: 5, annualRate: 0.09 } }]] };
export const fixed = ['years', 'month'];
