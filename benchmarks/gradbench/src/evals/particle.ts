import { type Eval } from '../eval.js';
export const particle: Eval = {};
