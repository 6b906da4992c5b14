/**
 * Gradients in JavaScript as an expert would write them by hand, the same programs as in c/: what generated code is held
 * against. Each takes an input of the protocol apart, and gives the function that is timed and its result in one list.
 */
export interface ByHand {
  run(): void;
  result: Float64Array;
}

export const byHand: Record<string, (input: any) => ByHand> = { ba, gmm, lstm };

const flat = (matrix: number[][]) => Float64Array.from(matrix.flat());

/** The values of the sparse Jacobian, by rows. */
function ba({ n, m, p, cam, x, w, feat }: { n: number; m: number; p: number; cam: number[]; x: number[]; w: number; feat: number[] }): ByHand {
  const repeat = (list: number[], count: number) => Float64Array.from({ length: count * list.length }, (_, i) => list[i % list.length]);
  const cameras = repeat(cam, n);
  const points = repeat(x, m);
  const weights = repeat([w], p);
  const features = repeat(feat, p);
  const rows = new Int32Array(3 * p + 1);
  const cols = new Int32Array(31 * p);
  const vals = new Float64Array(31 * p);

  function block(c: number, q: number, weight: number, f: number, at: number): void {
    const a = cameras[c], b = cameras[c + 1], d = cameras[c + 2], focal = cameras[c + 6], k1 = cameras[c + 9], k2 = cameras[c + 10];
    const px = points[q] - cameras[c + 3], py = points[q + 1] - cameras[c + 4], pz = points[q + 2] - cameras[c + 5];
    const square = a * a + b * b + d * d;
    const turns = square !== 0;
    const theta = turns ? Math.sqrt(square) : 1;
    const cosine = turns ? Math.cos(theta) : 1;
    const sine = turns ? Math.sin(theta) : 1;
    const ax = a / theta, ay = b / theta, az = d / theta;
    const tx = ay * pz - az * py, ty = az * px - ax * pz, tz = ax * py - ay * px;
    const along = turns ? ax * px + ay * py + az * pz : 0;
    const rest = 1 - cosine;
    const yx = px * cosine + tx * sine + ax * along * rest;
    const yy = py * cosine + ty * sine + ay * along * rest;
    const yz = pz * cosine + tz * sine + az * along * rest;
    const u = yx / yz, v = yy / yz, r2 = u * u + v * v;
    const factor = 1 + k1 * r2 + k2 * r2 * r2, slope = k1 + 2 * k2 * r2;
    for (let k = 0; k < 2; k++, at += 15) {
      const uv = k === 0 ? u : v;
      const ub = weight * focal * (2 * uv * u * slope + (k === 0 ? factor : 0)), vb = weight * focal * (2 * uv * v * slope + (k === 1 ? factor : 0));
      const bx = ub / yz, by = vb / yz, bz = -(ub * u + vb * v) / yz;
      const dot = ax * bx + ay * by + az * bz;
      const qx = cosine * bx + sine * (by * az - bz * ay) + rest * dot * ax;
      const qy = cosine * by + sine * (bz * ax - bx * az) + rest * dot * ay;
      const qz = cosine * bz + sine * (bx * ay - by * ax) + rest * dot * az;
      if (turns) {
        const axb = sine * (py * bz - pz * by) + rest * (dot * px + along * bx);
        const ayb = sine * (pz * bx - px * bz) + rest * (dot * py + along * by);
        const azb = sine * (px * by - py * bx) + rest * (dot * pz + along * bz);
        const thetab = -sine * (px * bx + py * by + pz * bz) + cosine * (tx * bx + ty * by + tz * bz) + sine * along * dot;
        const radial = thetab - (axb * ax + ayb * ay + azb * az) / theta;
        vals[at] = axb / theta + radial * ax;
        vals[at + 1] = ayb / theta + radial * ay;
        vals[at + 2] = azb / theta + radial * az;
      } else {
        vals[at] = py * bz - pz * by;
        vals[at + 1] = pz * bx - px * bz;
        vals[at + 2] = px * by - py * bx;
      }
      vals[at + 3] = -qx;
      vals[at + 4] = -qy;
      vals[at + 5] = -qz;
      vals[at + 6] = weight * uv * factor;
      vals[at + 7] = k === 0 ? weight : 0;
      vals[at + 8] = k === 1 ? weight : 0;
      vals[at + 9] = weight * focal * uv * r2;
      vals[at + 10] = weight * focal * uv * r2 * r2;
      vals[at + 11] = qx;
      vals[at + 12] = qy;
      vals[at + 13] = qz;
      vals[at + 14] = uv * factor * focal + cameras[c + 7 + k] - features[f + k];
    }
  }

  const run = () => {
    let at = 0;
    let row = 0;
    for (let i = 0; i < p; i++) {
      const c = 11 * (i % n);
      const q = 3 * (i % m);
      block(c, q, weights[i], 2 * i, at);
      for (let k = 0; k < 2; k++) {
        for (let j = 0; j < 11; j++) cols[at++] = c + j;
        for (let j = 0; j < 3; j++) cols[at++] = 11 * n + q + j;
        cols[at++] = 11 * n + 3 * m + i;
        rows[++row] = at;
      }
    }
    for (let i = 0; i < p; i++) {
      cols[at] = 11 * n + 3 * m + i;
      vals[at++] = -2 * weights[i];
      rows[++row] = at;
    }
  };
  return { run, result: vals };
}

/** alpha, mu, q, l. */
function gmm(input: { d: number; k: number; n: number; m: number; gamma: number; x: number[][]; alpha: number[]; mu: number[][]; q: number[][]; l: number[][] }): ByHand {
  const { d, k, n, m, gamma } = input;
  const below = (d * (d - 1)) / 2;
  const [x, mu, q, l] = [input.x, input.mu, input.q, input.l].map(flat);
  const alpha = Float64Array.from(input.alpha);
  const result = new Float64Array(k + 2 * k * d + k * below);
  const [muAt, qAt, lAt] = [k, k + k * d, k + 2 * k * d];
  const diagonal = new Float64Array(k * d);
  const trace = new Float64Array(k);
  const beta = new Float64Array(k);
  const offset = new Float64Array(k * d);
  const factored = new Float64Array(k * d);
  const offsetBar = new Float64Array(d);

  function forward(point: number): void {
    for (let j = 0; j < k; j++) {
      const o = j * d;
      for (let i = 0; i < d; i++) {
        offset[o + i] = x[point + i] - mu[o + i];
        factored[o + i] = diagonal[o + i] * offset[o + i];
      }
      let at = j * below;
      for (let c = 0; c < d; c++) {
        const oc = offset[o + c];
        for (let r = c + 1; r < d; r++) factored[o + r] += l[at++] * oc;
      }
      let square = 0;
      for (let i = 0; i < d; i++) square += factored[o + i] * factored[o + i];
      beta[j] = alpha[j] + trace[j] - 0.5 * square;
    }
  }

  function backward(total: number): void {
    for (let j = 0; j < k; j++) {
      const w = Math.exp(beta[j] - total);
      const o = j * d;
      result[j] += w;
      for (let i = 0; i < d; i++) {
        const fd = factored[o + i] * diagonal[o + i];
        result[qAt + o + i] += w * (1 - fd * offset[o + i]);
        offsetBar[i] = fd;
      }
      let at = j * below;
      for (let c = 0; c < d; c++) {
        let carry = 0;
        const wo = w * offset[o + c];
        for (let r = c + 1; r < d; r++, at++) {
          const f = factored[o + r];
          carry += l[at] * f;
          result[lAt + at] -= wo * f;
        }
        offsetBar[c] += carry;
      }
      for (let i = 0; i < d; i++) result[muAt + o + i] += w * offsetBar[i];
    }
  }

  const run = () => {
    result.fill(0);
    for (let j = 0; j < k; j++) {
      trace[j] = 0;
      for (let i = j * d; i < (j + 1) * d; i++) {
        diagonal[i] = Math.exp(q[i]);
        trace[j] += q[i];
      }
    }
    for (let p = 0; p < n; p++) {
      forward(p * d);
      backward(logSumExp(beta));
    }
    const all = logSumExp(alpha);
    for (let j = 0; j < k; j++) {
      result[j] -= n * Math.exp(alpha[j] - all);
      for (let i = j * d; i < (j + 1) * d; i++) result[qAt + i] += m - gamma * gamma * diagonal[i] * diagonal[i];
      for (let i = j * below; i < (j + 1) * below; i++) result[lAt + i] -= gamma * gamma * l[i];
    }
  };
  return { run, result };
}

function logSumExp(x: Float64Array): number {
  let largest = x[0];
  for (let i = 1; i < x.length; i++) if (x[i] > largest) largest = x[i];
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += Math.exp(x[i] - largest);
  return largest + Math.log(sum);
}

/** main, extra. */
function lstm(input: { main_params: number[][]; extra_params: number[][]; state: number[][]; sequence: number[][] }): ByHand {
  const width = input.sequence[0].length;
  const steps = input.sequence.length - 1;
  const layers = input.state.length / 2;
  const [main, extra, initial, sequence] = [input.main_params, input.extra_params, input.state, input.sequence].map(flat);
  const state = new Float64Array(initial.length);
  const stateBar = new Float64Array(initial.length);
  const prediction = new Float64Array(width);
  const signalBar = new Float64Array(width);
  const error = new Float64Array(steps * width);
  const last = new Float64Array(steps * width);
  /** Of each step, layer and unit: input, hidden, cell, the four gates, tanh of the cell. */
  const units = new Float64Array(8 * steps * layers * width);
  const result = new Float64Array(main.length + extra.length);
  const extraAt = main.length;
  const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

  function forward(t: number): void {
    for (let i = 0; i < width; i++) prediction[i] = sequence[t * width + i] * extra[i];
    for (let layer = 0; layer < layers; layer++) {
      const w = 8 * width * layer;
      const b = w + 4 * width;
      const hidden = 2 * width * layer;
      const cell = hidden + width;
      for (let i = 0; i < width; i++) {
        const x = layer === 0 ? prediction[i] : state[hidden - 2 * width + i];
        const h = state[hidden + i];
        const c = state[cell + i];
        const forget = sigmoid(x * main[w + i] + main[b + i]);
        const ingate = sigmoid(h * main[w + width + i] + main[b + width + i]);
        const outgate = sigmoid(x * main[w + 2 * width + i] + main[b + 2 * width + i]);
        const change = Math.tanh(h * main[w + 3 * width + i] + main[b + 3 * width + i]);
        const next = c * forget + ingate * change;
        const tanh = Math.tanh(next);
        state[cell + i] = next;
        state[hidden + i] = outgate * tanh;
        const at = 8 * ((t * layers + layer) * width + i);
        units[at] = x;
        units[at + 1] = h;
        units[at + 2] = c;
        units[at + 3] = forget;
        units[at + 4] = ingate;
        units[at + 5] = outgate;
        units[at + 6] = change;
        units[at + 7] = tanh;
      }
    }
    let sum = 2;
    let gold = 0;
    for (let i = 0; i < width; i++) {
      const signal = state[2 * width * (layers - 1) + i];
      last[t * width + i] = signal;
      prediction[i] = Math.exp(signal * extra[width + i] + extra[2 * width + i]);
      sum += prediction[i];
      gold += sequence[(t + 1) * width + i];
    }
    for (let i = 0; i < width; i++) error[t * width + i] = sequence[(t + 1) * width + i] - (gold * prediction[i]) / sum;
  }

  function backward(t: number): void {
    const scale = -1 / (steps * width);
    for (let i = 0; i < width; i++) {
      const g = scale * error[t * width + i];
      result[extraAt + 2 * width + i] += g;
      result[extraAt + width + i] += g * last[t * width + i];
      stateBar[2 * width * (layers - 1) + i] += g * extra[width + i];
    }
    for (let layer = layers - 1; layer >= 0; layer--) {
      const w = 8 * width * layer;
      const b = w + 4 * width;
      const hidden = 2 * width * layer;
      const cell = hidden + width;
      for (let i = 0; i < width; i++) {
        const at = 8 * ((t * layers + layer) * width + i);
        const x = units[at], h = units[at + 1], c = units[at + 2], forget = units[at + 3], ingate = units[at + 4], outgate = units[at + 5];
        const change = units[at + 6], tanh = units[at + 7];
        const hb = stateBar[hidden + i];
        const cb = stateBar[cell + i] + hb * outgate * (1 - tanh * tanh);
        const ob = hb * tanh * outgate * (1 - outgate);
        const fb = cb * c * forget * (1 - forget);
        const ib = cb * change * ingate * (1 - ingate);
        const gb = cb * ingate * (1 - change * change);
        stateBar[cell + i] = cb * forget;
        result[w + i] += fb * x;
        result[b + i] += fb;
        result[w + width + i] += ib * h;
        result[b + width + i] += ib;
        result[w + 2 * width + i] += ob * x;
        result[b + 2 * width + i] += ob;
        result[w + 3 * width + i] += gb * h;
        result[b + 3 * width + i] += gb;
        stateBar[hidden + i] = ib * main[w + width + i] + gb * main[w + 3 * width + i];
        signalBar[i] = fb * main[w + i] + ob * main[w + 2 * width + i];
      }
      if (layer > 0) for (let i = 0; i < width; i++) stateBar[hidden - 2 * width + i] += signalBar[i];
      else for (let i = 0; i < width; i++) result[extraAt + i] += signalBar[i] * sequence[t * width + i];
    }
  }

  const run = () => {
    result.fill(0);
    state.set(initial);
    stateBar.fill(0);
    for (let t = 0; t < steps; t++) forward(t);
    for (let t = steps - 1; t >= 0; t--) backward(t);
  };
  return { run, result };
}
