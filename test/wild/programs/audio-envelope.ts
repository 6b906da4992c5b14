/** A synthesizer voice: oscillator, ADSR envelope, one-pole filter, soft clipping. */
enum Waveform { Sine, Saw, Square }

export interface Patch {
  waveform?: Waveform;
  attack: number;
  decay: number;
  sustain: number;
  release: number;
  cutoff: number;
  drive: number;
}

const enum Stage { Attack, Decay, Sustain, Release, Done }

class Envelope {
  #stage = Stage.Attack;
  #level = 0;

  constructor(private patch: Patch, private rate: number) {}

  noteOff() {
    this.#stage = Stage.Release;
  }

  next(): number {
    const { attack, decay, sustain, release } = this.patch;
    switch (this.#stage) {
      case Stage.Attack:
        this.#level += 1 / (attack * this.rate);
        if (this.#level >= 1) {
          this.#level = 1;
          this.#stage = Stage.Decay;
        }
        break;
      case Stage.Decay:
        this.#level += (sustain - this.#level) * (1 - Math.exp(-1 / (decay * this.rate)));
        if (Math.abs(this.#level - sustain) < 1e-3) this.#stage = Stage.Sustain;
        break;
      case Stage.Sustain:
        break;
      case Stage.Release:
        this.#level *= Math.exp(-1 / (release * this.rate));
        break;
    }
    return this.#level;
  }
}

function oscillate(waveform: Waveform, phase: number): number {
  switch (waveform) {
    case Waveform.Sine: return Math.sin(2 * Math.PI * phase);
    case Waveform.Saw: return 2 * (phase - Math.floor(phase + 0.5));
    case Waveform.Square: return phase % 1 < 0.5 ? 1 : -1;
  }
}

// @differentiate
export function loudness(patch: Patch, frequency: number, samples = 24, rate = 1000): number {
  const envelope = new Envelope(patch, rate);
  const smoothing = 1 - Math.exp((-2 * Math.PI * patch.cutoff) / rate);
  let filtered = 0;
  let sum = 0;
  for (let n = 0; n < samples; n++) {
    if (n === Math.floor(samples * 0.75)) envelope.noteOff();
    const raw = oscillate(patch.waveform ?? Waveform.Saw, (frequency * n) / rate);
    filtered += smoothing * (raw * envelope.next() - filtered);
    sum += Math.tanh(patch.drive * filtered) ** 2;
  }
  return Math.sqrt(sum / samples);
}
