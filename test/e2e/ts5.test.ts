import { suite } from './suite.ts';

suite('~5.9.3', '3.3.0');
