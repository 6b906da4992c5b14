/** Checks of derivatives against numbers: `tapeless/testing`. */
export { checkGrads, type CheckOptions } from './check.ts';
export { finiteDifference, type DifferenceOptions, type FiniteDifference } from './difference.ts';
