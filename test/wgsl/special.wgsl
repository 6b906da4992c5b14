// `special` (functions.ts:80) and its gradient, for WebGPU: numbers have 32 bits, infinities and NaN are not defined.

fn round_up(x: f32) -> f32 { return floor(x + 0.5); }

fn cbrt(x: f32) -> f32 { return select(sign(x) * pow(abs(x), 1.0 / 3.0), 0.0, x == 0.0); }

fn log10(x: f32) -> f32 { return 0.4342944819 * log(x); }

// WGSL's pow knows no negative bases.
fn power(x: f32, n: f32) -> f32 {
  if (n == 0.0) { return 1.0; }
  if (x == 0.0) { return select(1.0 / x, 0.0, n > 0.0); }
  let p = pow(abs(x), n);
  return select(p, -p, x < 0.0 && floor(0.5 * n) != 0.5 * n);
}

fn tanh_f32(x: f32) -> f32 { return tanh(clamp(x, -10.0, 10.0)); }

fn hypot(a: f32, b: f32) -> f32 {
  let m = max(abs(a), abs(b));
  return select(m * length(vec2f(a, b) / m), 0.0, m == 0.0);
}

fn special(x_given: f32, y: f32) -> f32 {
  var x = x_given;
  let whole = round_up(3.0 * x) % 4.0;
  var s = cbrt(x) + log10(y) + atan2(x, y) + max(max(x, y), 0.5) - min(y, 1.0);
  loop {
    s += power(x - 2.0, 3.0) * 0.01 + tanh_f32(100.0 * x);
    x -= 1.0;
    continuing {
      break if (!(x > 0.0 && !(s > 5.0)));
    }
  }
  return s + whole;
}

fn special_grad(x: f32, y: f32, y_bar: f32) -> array<f32, 3> {
  let whole = round_up(3.0 * x) % 4.0;
  let cbrt_x = cbrt(x);
  let t = max(max(x, y), 0.5);
  var s = cbrt_x + log10(y) + atan2(x, y) + t - min(y, 1.0);
  var x_2 = x;
  var x_bar = 0.0;
  loop {
    let t = tanh_f32(100.0 * x_2);
    s += power(x_2 - 2.0, 3.0) * 0.01 + t;
    x_bar += 100.0 * select(2.0 * t * y_bar / sinh(200.0 * x_2), (1.0 - t) * (1.0 + t) * y_bar, abs(t) < 0.9) + 0.03 * (x_2 - 2.0) * (x_2 - 2.0) * y_bar;
    x_2 -= 1.0;
    continuing {
      break if (!(x_2 > 0.0 && !(s > 5.0)));
    }
  }
  let t_2 = x == t;
  let t_3 = hypot(x, y);
  let y_bar_2 = select(select(-(0.5 * y_bar), 0.0, y > 1.0), -y_bar, y < 1.0) + select(0.0, y_bar / (select(0.0, 1.0, t_2) + 1.0 + select(0.0, 1.0, 0.5 == t)), y == t) - x * y_bar / t_3 / t_3 + 0.43429448190325176 * y_bar / y;
  x_bar = x_bar + select(0.0, y_bar / (1.0 + select(0.0, 1.0, y == t) + select(0.0, 1.0, 0.5 == t)), t_2) + y * y_bar / t_3 / t_3 + select(0.3333333333333333 * y_bar / (cbrt_x * cbrt_x), 0.0, y_bar == 0.0);
  return array<f32, 3>(s + whole, x_bar, y_bar_2);
}

