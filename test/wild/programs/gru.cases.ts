const gate = (k: number) => ({
  input: [[0.3 * k], [-0.5]],
  hidden: [[0.2, -0.4 * k], [0.7, 0.1]],
  bias: [0.1 * k, -0.2],
});
export const cases = {
  sequenceLoss: [[{ update: gate(1), reset: gate(-0.7), candidate: gate(1.6), output: [0.8, -1.1] }, [0.1, 0.5, 0.4, -0.2, 0.3]]],
};
