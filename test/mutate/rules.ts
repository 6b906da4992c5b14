/** The tests of rules alone, to be bundled with a faulty one. */
import { collected } from './collect.ts';
import '../rules.test.ts';

export { collected };
