export const cases = { fitToReports: [[{ beta: 0.6, incubation: 4, infectious: 6 }, [{ from: 2, to: 5, reduction: 0.3 }, { from: 4, to: 9, reduction: 0.2 }], [1, 1.4, 1.2, 2, 2.1, 2.9]]] };
export const fixed = ['from', 'to'];
