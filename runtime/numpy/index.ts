/** n-d arrays with NumPy's names. `import { np } from 'tapeless/numpy'` and `import * as np from 'tapeless/numpy'` are the same. */
export * from './names.ts';
export * as np from './names.ts';
