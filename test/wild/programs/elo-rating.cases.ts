export const cases = { predictionLoss: [[{ k: 24, whiteAdvantage: 35, initial: 1500 }, [
  { white: 'ana', black: 'bob', result: 'white' }, { white: 'bob', black: 'cy', result: 'draw' }, { white: 'cy', black: 'ana', result: 'white' },
  { white: 'ana', black: 'cy', result: 'black' }, { white: 'bob', black: 'ana', result: 'white' },
]]] };
