// `recurrent` (functions.ts:25) and its gradient, for WebGPU: numbers have 32 bits, infinities and NaN are not defined.

fn tanh_f32(x: f32) -> f32 { return tanh(clamp(x, -10.0, 10.0)); }

fn recurrent(x_given: f32, weight: f32, bias: f32) -> f32 {
  var x = x_given;
  for (var k = 0.0; k < 6.0; k += 1.0) {
    x = tanh_f32(weight * x + bias);
  }
  return x;
}

fn recurrent_grad(x_given: f32, weight: f32, bias: f32, x_bar_given: f32) -> array<f32, 4> {
  var x = x_given;
  var x_bar = x_bar_given;
  var x_saved: array<f32, 6>;
  var x_saved_2: array<f32, 6>;
  for (var k = 0.0; k < 6.0; k += 1.0) {
    x_saved[u32(k)] = x;
    x = tanh_f32(weight * x + bias);
    x_saved_2[u32(k)] = x;
  }
  var weight_bar = 0.0;
  var bias_bar = 0.0;
  for (var k = 5.0; k >= 0.0; k -= 1.0) {
    let x = x_saved[u32(k)];
    let x_2 = x_saved_2[u32(k)];
    let t = select(2.0 * x_2 * x_bar / sinh(2.0 * (weight * x + bias)), (1.0 - x_2) * (1.0 + x_2) * x_bar, abs(x_2) < 0.9);
    x_bar = weight * t;
    weight_bar += x * t;
    bias_bar += t;
  }
  return array<f32, 4>(x, x_bar, weight_bar, bias_bar);
}

