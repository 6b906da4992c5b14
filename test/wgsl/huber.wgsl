// `huber` (functions.ts:10) and its gradient, for WebGPU: numbers have 32 bits, infinities and NaN are not defined.

fn huber(residual: f32, delta: f32) -> f32 {
  let a = abs(residual);
  let t = 10.0 * delta;
  if (a > t) {
    return 9.5 * delta * delta + 0.1 * (a - t);
  }
  var loss = 0.5 * a * a;
  if (a > delta) {
    loss = delta * (a - 0.5 * delta);
  } else if (a < 0.01) {
    loss *= 1.0 + a;
  }
  return loss;
}

fn huber_grad(residual: f32, delta: f32, result_bar: f32) -> array<f32, 3> {
  let a = abs(residual);
  let t = 10.0 * delta;
  var a_bar: f32;
  var result: f32;
  var t_2: f32;
  var delta_bar: f32;
  if (a > t) {
    a_bar = 0.1 * result_bar;
    result = 9.5 * delta * delta + 0.1 * (a - t);
    t_2 = -a_bar;
    delta_bar = 19.0 * delta * result_bar;
  } else {
    let loss = 0.5 * a * a;
    var loss_2: f32;
    var loss_bar: f32;
    if (a > delta) {
      let t = a - 0.5 * delta;
      loss_2 = delta * t;
      a_bar = delta * result_bar;
      delta_bar = t * result_bar - 0.5 * a_bar;
      loss_bar = 0.0;
    } else {
      if (a < 0.01) {
        let t = 1.0 + a;
        loss_2 = loss * t;
        loss_bar = t * result_bar;
        a_bar = loss * result_bar;
      } else {
        loss_2 = loss;
        loss_bar = result_bar;
        a_bar = 0.0;
      }
      delta_bar = 0.0;
    }
    result = loss_2;
    a_bar += a * loss_bar;
    t_2 = 0.0;
  }
  delta_bar += 10.0 * t_2;
  let residual_bar = sign(residual) * a_bar;
  return array<f32, 3>(result, residual_bar, delta_bar);
}

