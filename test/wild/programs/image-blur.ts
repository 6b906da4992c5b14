/** A Gaussian blur over the pixels of a canvas, and how well it matches another picture. */
export interface Picture {
  width: number;
  height: number;
  data: Uint8ClampedArray;
}

function gaussianKernel(sigma: number): number[] {
  const radius = 2;
  const kernel: number[] = [];
  for (let i = -radius; i <= radius; i++) kernel.push(Math.exp(-(i * i) / (2 * sigma * sigma)));
  const sum = kernel.reduce((a, b) => a + b);
  return kernel.map((k) => k / sum);
}

function luminance({ data, width }: Picture, x: number, y: number): number {
  const i = 4 * (y * width + x);
  return (0.2126 * data[i] + 0.7152 * data[i + 1] + 0.0722 * data[i + 2]) / 255;
}

const clamp = (v: number, min: number, max: number) => Math.min(Math.max(v, min), max);

// @differentiate
export function blurError(sigma: number, gain: number, source: Picture, target: Picture): number {
  const { width, height } = source;
  const kernel = gaussianKernel(sigma);
  const radius = (kernel.length - 1) / 2;
  const rows = new Float64Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (let k = -radius; k <= radius; k++) sum += kernel[k + radius] * luminance(source, clamp(x + k, 0, width - 1), y);
      rows[y * width + x] = sum;
    }
  }
  let error = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (let k = -radius; k <= radius; k++) sum += kernel[k + radius] * rows[clamp(y + k, 0, height - 1) * width + x];
      error += (gain * sum - luminance(target, x, y)) ** 2;
    }
  }
  return error / (width * height);
}
