/** Relevance of documents to a query: words are data, weights are fitted. */
export interface Weights { title: number; body: number; saturation: number; stopWordPenalty?: number }
export interface Document { title: string; body: string; tags?: string[] }

const STOP = new Set(['the', 'a', 'of', 'and']);
const tokenize = (text: string): string[] => text.toLowerCase().split(/\W+/).filter((w) => w.length > 0);

function termFrequencies(words: string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

// @differentiate
export function rankLoss(weights: Weights, documents: Document[], query: string, relevant: number): number {
  const terms = tokenize(query);
  const scores = documents.map(({ title, body, tags = [] }) => {
    const inTitle = termFrequencies(tokenize(title));
    const inBody = termFrequencies([...tokenize(body), ...tags]);
    let score = 0;
    for (const term of terms) {
      const tf = weights.title * (inTitle.get(term) ?? 0) + weights.body * (inBody.get(term) ?? 0);
      const idf = Math.log(1 + documents.length / (1 + documents.filter((d) => tokenize(d.body).includes(term)).length));
      const damping = STOP.has(term) ? (weights.stopWordPenalty ?? 0.1) : 1;
      score += (damping * idf * tf) / (tf + weights.saturation);
    }
    return score;
  });
  const best = Math.max(...scores);
  const z = scores.reduce((sum, s) => sum + Math.exp(s - best), 0);
  return Math.log(z) + best - scores[relevant]!;
}
