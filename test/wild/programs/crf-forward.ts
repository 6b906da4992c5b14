/** Negative log-likelihood of a tag sequence under a linear-chain CRF. */
const TAGS = ['B', 'I', 'O'] as const;
type Tag = (typeof TAGS)[number];

export interface CrfParameters {
  emissions: Record<string, Record<Tag, number>>;
  transitions: Record<Tag, Record<Tag, number>>;
  start: Record<Tag, number>;
}

function logSumExp(values: number[]): number {
  const max = Math.max(...values);
  return max + Math.log(values.reduce((sum, v) => sum + Math.exp(v - max), 0));
}

// @differentiate
export function negativeLogLikelihood(params: CrfParameters, words: string[], tags: Tag[]): number {
  const score = (word: string, tag: Tag) => params.emissions[word]?.[tag] ?? 0;

  let gold = params.start[tags[0]] + score(words[0], tags[0]);
  for (let i = 1; i < words.length; i++) {
    gold += params.transitions[tags[i - 1]][tags[i]] + score(words[i], tags[i]);
  }

  let alpha = TAGS.map((tag) => params.start[tag] + score(words[0], tag));
  for (let i = 1; i < words.length; i++) {
    alpha = TAGS.map((to) =>
      score(words[i], to) + logSumExp(TAGS.map((from, k) => alpha[k] + params.transitions[from][to])));
  }
  return logSumExp(alpha) - gold;
}
