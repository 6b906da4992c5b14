/** Checks of derivatives against numbers: `tapeless/testing`. */
export { checkGrads, type CheckOptions } from './check.ts';
export { finiteDifference, type DifferenceOptions } from './difference.ts';
