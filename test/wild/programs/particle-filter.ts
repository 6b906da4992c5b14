/** A particle filter with a seeded generator: the log-likelihood of a stochastic volatility model. */
function mulberry32(seed: number): () => number {
  let a = seed;
  return () => {
    a |= 0;
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

function gaussian(random: () => number): number {
  const u = 1 - random();
  const v = random();
  return Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * v);
}

export interface Volatility {
  mean: number;
  persistence: number;
  noise: number;
}

// @differentiate
export function logLikelihood(model: Volatility, returns: number[], count = 20, seed = 42): number {
  const random = mulberry32(seed);
  const { mean, persistence, noise } = model;
  let particles = Array.from({ length: count }, () => mean + noise * gaussian(random));
  let result = 0;

  for (const r of returns) {
    particles = particles.map((h) => mean + persistence * (h - mean) + noise * gaussian(random));
    const weights = particles.map((h) => Math.exp(-0.5 * (Math.log(2 * Math.PI) + h + r * r * Math.exp(-h))));
    const total = weights.reduce((a, b) => a + b, 0);
    result += Math.log(total / count);

    // systematic resampling
    const resampled: number[] = [];
    let cumulative = weights[0] / total;
    let j = 0;
    const offset = random() / count;
    for (let i = 0; i < count; i++) {
      const u = offset + i / count;
      while (u > cumulative && j < count - 1) {
        j++;
        cumulative += weights[j] / total;
      }
      resampled.push(particles[j]);
    }
    particles = resampled;
  }
  return result;
}
