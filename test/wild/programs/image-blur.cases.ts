const picture = (seed: number) => ({ width: 4, height: 3, data: Uint8ClampedArray.from({ length: 48 }, (_, i) => (i * i * seed + 37 * i) % 256) });
export const cases = { blurError: [[1.1, 0.9, picture(3), picture(5)]] };
export const fixed = [2, 3];
