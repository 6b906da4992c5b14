import { type Eval } from '../eval.js';
export const saddle: Eval = {};
