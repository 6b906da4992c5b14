// `quadrature` (functions.ts:62) and its gradient, for WebGPU: numbers have 32 bits, infinities and NaN are not defined.

fn expm1(x: f32) -> f32 {
  if (abs(x) > 0.25) { return exp(x) - 1.0; }
  return x * (1.0 + x / 2.0 * (1.0 + x / 3.0 * (1.0 + x / 4.0 * (1.0 + x / 5.0 * (1.0 + x / 6.0)))));
}

fn quadrature(a: f32, b: f32, skip: f32) -> f32 {
  var nodes = array<f32, 3>(-0.7745966692, 0.0, 0.7745966692);
  let t = 5.0 / 9.0;
  var weights = array<f32, 3>(t, 8.0 / 9.0, t);
  var parts: array<f32, 4>;
  for (var k = 0.0; k < 4.0; k += 1.0) {
    if (skip != 0.0 && k == 2.0) {
      continue;
    }
    let t = b - a;
    let from_2 = a + k * t / 4.0;
    for (var i = 0.0; i < 3.0; i += 1.0) {
      let x = from_2 + t / 8.0 * (1.0 + nodes[u32(i)]);
      parts[u32(k)] += weights[u32(i)] * sin(x) * expm1(0.1 * x);
    }
  }
  var sum = 0.0;
  for (var i = 0.0; i < 4.0; i += 1.0) {
    let part = parts[u32(i)];
    sum += part;
  }
  return (b - a) / 8.0 * sum;
}

fn quadrature_grad(a: f32, b: f32, skip: f32, y_bar: f32) -> array<f32, 4> {
  var nodes = array<f32, 3>(-0.7745966692, 0.0, 0.7745966692);
  let t = 5.0 / 9.0;
  var weights = array<f32, 3>(t, 8.0 / 9.0, t);
  var parts: array<f32, 4>;
  for (var k = 0.0; k < 4.0; k += 1.0) {
    if (skip != 0.0 && k == 2.0) {
      continue;
    }
    let t = b - a;
    let from_2 = a + k * t / 4.0;
    for (var i = 0.0; i < 3.0; i += 1.0) {
      let x = from_2 + t / 8.0 * (1.0 + nodes[u32(i)]);
      parts[u32(k)] += weights[u32(i)] * sin(x) * expm1(0.1 * x);
    }
  }
  var sum = 0.0;
  let t_2 = b - a;
  let t_3 = t_2 / 8.0;
  var parts_bar: array<f32, 4>;
  let sum_bar = t_3 * y_bar;
  for (var i = 0.0; i < 4.0; i += 1.0) {
    let part = parts[u32(i)];
    sum += part;
    parts_bar[u32(i)] = sum_bar;
  }
  var b_bar = 0.125 * sum * y_bar;
  var a_bar = -b_bar;
  for (var k = 3.0; k >= 0.0; k -= 1.0) {
    if (skip != 0.0 && k == 2.0) {
      continue;
    }
    let from_2 = a + k * t_2 / 4.0;
    let parts_bar_k = parts_bar[u32(k)];
    var t = 0.0;
    var from_bar = 0.0;
    for (var i = 3.0 - 1.0; i >= 0.0; i -= 1.0) {
      let t_2 = 1.0 + nodes[u32(i)];
      let x = from_2 + t_3 * t_2;
      let t_4 = 0.1 * x;
      let x_bar = 0.1 * exp(t_4) * (weights[u32(i)] * sin(x)) * parts_bar_k + cos(x) * weights[u32(i)] * expm1(t_4) * parts_bar_k;
      t += 0.125 * t_2 * x_bar;
      from_bar += x_bar;
    }
    let t_4 = t + 0.25 * k * from_bar;
    a_bar += from_bar - t_4;
    b_bar += t_4;
  }
  return array<f32, 4>(t_3 * sum, a_bar, b_bar, 0.0);
}

