// `distance` (functions.ts:46) and its gradient, for WebGPU: numbers have 32 bits, infinities and NaN are not defined.

fn hypot(a: f32, b: f32) -> f32 {
  let m = max(abs(a), abs(b));
  return select(m * length(vec2f(a, b) / m), 0.0, m == 0.0);
}

fn distance_2(x: f32, y: f32) -> f32 {
  let t = x * x + y * y;
  var y_2 = select(1.0, t, t > 1.0);
  var returned = false;
  var result = 0.0;
  for (var i = 0.0; i < 20.0; i += 1.0) {
    let next = 0.5 * (y_2 + t / y_2);
    if (abs(next - y_2) < 1e-7 * y_2) {
      returned = true;
      result = next;
      break;
    }
    y_2 = next;
  }
  if (!returned) {
    result = y_2;
  }
  return result + hypot(x, 2.0 * y);
}

fn distance_jvp(x: f32, y: f32, x_dot: f32, y_dot: f32) -> vec2f {
  let t = x * x_dot;
  let t_2 = x * x + y * y;
  let t_3 = 2.0 * y;
  let t_4 = 2.0 * t + t_3 * y_dot;
  var y_2 = t_2;
  var y_dot_2 = t_4;
  if (!(t_2 > 1.0)) {
    y_2 = 1.0;
    y_dot_2 = 0.0;
  }
  var returned = false;
  var result = 0.0;
  var result_dot = 0.0;
  for (var i = 0.0; i < 20.0; i += 1.0) {
    let t = t_2 / y_2;
    let next = 0.5 * (y_2 + t);
    let next_dot = 0.5 * y_dot_2 + 0.5 * t_4 / y_2 - 0.5 * t * y_dot_2 / y_2;
    if (abs(next - y_2) < 1e-7 * y_2) {
      returned = true;
      result = next;
      result_dot = next_dot;
      break;
    }
    y_2 = next;
    y_dot_2 = next_dot;
  }
  if (!returned) {
    result = y_2;
    result_dot = y_dot_2;
  }
  let t_5 = hypot(x, t_3);
  let t_6 = t_5 == 0.0;
  return vec2f(result + t_5, result_dot + select(t / t_5, 0.0, t_6) + select(t_3 * (2.0 * y_dot) / t_5, 0.0, t_6));
}

fn distance_2_grad(x0: f32, x1: f32, y_bar: f32) -> array<f32, 3> {
  let y0 = distance_jvp(x0, x1, 1.0, 0.0);
  let y1 = distance_jvp(x0, x1, 0.0, 1.0);
  return array<f32, 3>(y0.x, y0.y * y_bar, y1.y * y_bar);
}

