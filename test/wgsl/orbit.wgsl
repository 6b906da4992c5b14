// `orbit` (functions.ts:51) and its gradient, for WebGPU: numbers have 32 bits, infinities and NaN are not defined.

fn log1p(x: f32) -> f32 {
  if (abs(x) > 0.25) { return log(1.0 + x); }
  let s = x / (2.0 + x); // log((1 + s) / (1 - s))
  return 2.0 * s * (1.0 + s * s * (1.0 / 3.0 + s * s * (1.0 / 5.0 + s * s / 7.0)));
}

fn orbit(a: f32, b: f32) -> f32 {
  var x = 0.0;
  var y = 0.0;
  var n = 0.0;
  while (x * x + y * y < 4.0 && n < 12.0) {
    n += 1.0;
    {
      let x_next = x * x - y * y + a;
      let y_next = 2.0 * x * y + b;
      x = x_next;
      y = y_next;
    }
  }
  return log1p(x * x + y * y) + n * a;
}

fn orbit_jvp(a: f32, b: f32, a_dot: f32, b_dot: f32) -> vec2f {
  var x = 0.0;
  var y = 0.0;
  var n = 0.0;
  var x_dot = 0.0;
  var y_dot = 0.0;
  while (x * x + y * y < 4.0 && n < 12.0) {
    let t = 2.0 * x;
    let t_2 = 2.0 * y;
    n += 1.0;
    x = x * x - y * y + a;
    y = t * y + b;
    {
      let x_dot_next = t * x_dot - t_2 * y_dot + a_dot;
      let y_dot_next = t_2 * x_dot + t * y_dot + b_dot;
      x_dot = x_dot_next;
      y_dot = y_dot_next;
    }
  }
  let t = x * x + y * y;
  let t_2 = 1.0 + t;
  return vec2f(log1p(t) + n * a, 2.0 * x * x_dot / t_2 + 2.0 * y * y_dot / t_2 + n * a_dot);
}

fn orbit_grad(x0: f32, x1: f32, y_bar: f32) -> array<f32, 3> {
  let y0 = orbit_jvp(x0, x1, 1.0, 0.0);
  let y1 = orbit_jvp(x0, x1, 0.0, 1.0);
  return array<f32, 3>(y0.x, y0.y * y_bar, y1.y * y_bar);
}

