export const cases = { smoothEscape: [[0.4, 0.5, 2, 30], [0.2, 0.1, 3, 4]] }; export const fixed = [2, 3];
