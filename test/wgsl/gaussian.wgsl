// `gaussian` (functions.ts:4) and its gradient, for WebGPU: numbers have 32 bits, infinities and NaN are not defined.

fn gaussian(x: f32, mean: f32, sd: f32) -> f32 {
  let z = (x - mean) / sd;
  return exp(-0.5 * (z * z)) / (sd * sqrt(2.0 * 3.141592653589793));
}

fn gaussian_grad(x: f32, mean: f32, sd: f32, y_bar: f32) -> array<f32, 4> {
  let z = (x - mean) / sd;
  let t = exp(-0.5 * (z * z));
  let t_2 = sqrt(2.0 * 3.141592653589793);
  let t_3 = sd * t_2;
  let t_4 = t / t_3;
  let z_bar = -(z * t * y_bar / t_3);
  let x_bar = z_bar / sd;
  let sd_bar = -(t_2 * t_4 * y_bar / t_3 + z * z_bar / sd);
  let mean_bar = -x_bar;
  return array<f32, 4>(t_4, x_bar, mean_bar, sd_bar);
}

