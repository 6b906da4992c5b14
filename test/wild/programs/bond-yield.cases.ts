const bond = { faceValue: 100, couponRate: 0.05, yearsToMaturity: 3, frequency: 2 };
export const cases = { yieldToMaturity: [[97.3, bond]], duration: [[bond, 0.042]] };
export const fixed = ['yearsToMaturity', 'frequency'];
