import { suite } from './suite.ts';

suite('~6.0.3', '4.0.1');
