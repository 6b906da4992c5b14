/** Ratings of chess players after a tournament; how well they predict the next one. */
export interface Game {
  white: string;
  black: string;
  result: 'white' | 'black' | 'draw';
}

const SCORE = { white: 1, draw: 0.5, black: 0 } as const;

function expectedScore(a: number, b: number): number {
  return 1 / (1 + 10 ** ((b - a) / 400));
}

export interface EloSettings {
  k: number;
  whiteAdvantage: number;
  initial: number;
}

// @differentiate
export function predictionLoss(settings: EloSettings, games: Game[]): number {
  const ratings = new Map<string, number>();
  const ratingOf = (player: string) => ratings.get(player) ?? settings.initial;

  let loss = 0;
  for (const { white, black, result } of games) {
    const expected = expectedScore(ratingOf(white) + settings.whiteAdvantage, ratingOf(black));
    const score = SCORE[result];
    loss -= score * Math.log(expected) + (1 - score) * Math.log(1 - expected);
    const change = settings.k * (score - expected);
    ratings.set(white, ratingOf(white) + change);
    ratings.set(black, ratingOf(black) - change);
  }
  return loss / games.length;
}
