const patch = { attack: 0.0053, decay: 0.004, sustain: 0.6, release: 0.005, cutoff: 180, drive: 1.7 };
export const cases = { loudness: [[{ ...patch, waveform: 0 }, 77], [patch, 61.3]] };
export const fixed = ['waveform', 2, 3];
