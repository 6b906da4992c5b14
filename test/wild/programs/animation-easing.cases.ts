const track = [{ time: 0, value: 1 }, { time: 1.1, value: 3, easing: 'ease-in' }, { time: 2.3, value: -1, easing: [0.3, 0.1, 0.6, 1.2] }, { time: 3.1, value: 0.5 }];
export const cases = { valueAt: [[track, 0.4], [track, 1.7], [track, 2.7], [track, 5]] };
