/** Products with so few rows that packing B would cost more than the product: C = A B, C = A Bᵀ, matrices as they lie in memory. */

export function rows32(a: usize, b: usize, c: usize, m: usize, n: usize, k: usize): void { rows<f32>(a, b, c, m, n, k); }
export function rows64(a: usize, b: usize, c: usize, m: usize, n: usize, k: usize): void { rows<f64>(a, b, c, m, n, k); }
export function dots32(a: usize, b: usize, c: usize, m: usize, n: usize, k: usize): void { dots<f32>(a, b, c, m, n, k); }
export function dots64(a: usize, b: usize, c: usize, m: usize, n: usize, k: usize): void { dots<f64>(a, b, c, m, n, k); }

/** Four vectors of a row of C at once, over all rows of B. */
// @ts-ignore: decorator
@inline function rows<T>(a: usize, b: usize, c: usize, m: usize, n: usize, k: usize): void {
  const size = sizeof<T>();
  const line = n * size;
  for (let i: usize = 0; i < m; i++, a += k * size, c += line) {
    let j: usize = 0;
    for (; j + 64 <= line; j += 64) {
      let s = v128.splat<T>(0), t = v128.splat<T>(0), u = v128.splat<T>(0), v = v128.splat<T>(0);
      let at = b + j;
      for (let l: usize = 0; l < k; l++, at += line) {
        const x = v128.load_splat<T>(a + l * size);
        s = v128.add<T>(s, v128.mul<T>(x, v128.load(at)));
        t = v128.add<T>(t, v128.mul<T>(x, v128.load(at, 16)));
        u = v128.add<T>(u, v128.mul<T>(x, v128.load(at, 32)));
        v = v128.add<T>(v, v128.mul<T>(x, v128.load(at, 48)));
      }
      v128.store(c + j, s);
      v128.store(c + j, t, 16);
      v128.store(c + j, u, 32);
      v128.store(c + j, v, 48);
    }
    for (; j < line; j += size) {
      let s: T = 0;
      for (let l: usize = 0, at = b + j; l < k; l++, at += line) s += load<T>(a + l * size) * load<T>(at);
      store<T>(c + j, s);
    }
  }
}

/** A row of A with a row of B, in four partial sums of a vector each. */
// @ts-ignore: decorator
@inline function dots<T>(a: usize, b: usize, c: usize, m: usize, n: usize, k: usize): void {
  const size = sizeof<T>();
  const line = k * size;
  for (let i: usize = 0; i < m; i++, a += line) {
    for (let j: usize = 0, at = b; j < n; j++, at += line, c += size) {
      let s = v128.splat<T>(0), t = v128.splat<T>(0), u = v128.splat<T>(0), v = v128.splat<T>(0);
      let l: usize = 0;
      for (; l + 64 <= line; l += 64) {
        s = v128.add<T>(s, v128.mul<T>(v128.load(a + l), v128.load(at + l)));
        t = v128.add<T>(t, v128.mul<T>(v128.load(a + l, 16), v128.load(at + l, 16)));
        u = v128.add<T>(u, v128.mul<T>(v128.load(a + l, 32), v128.load(at + l, 32)));
        v = v128.add<T>(v, v128.mul<T>(v128.load(a + l, 48), v128.load(at + l, 48)));
      }
      let sum = total<T>(v128.add<T>(v128.add<T>(s, t), v128.add<T>(u, v)));
      for (; l < line; l += size) sum += load<T>(a + l) * load<T>(at + l);
      store<T>(c, sum);
    }
  }
}

// @ts-ignore: decorator
@inline function total<T>(x: v128): T {
  if (sizeof<T>() == 8) return <T>(f64x2.extract_lane(x, 0) + f64x2.extract_lane(x, 1));
  return <T>((f32x4.extract_lane(x, 0) + f32x4.extract_lane(x, 1)) + (f32x4.extract_lane(x, 2) + f32x4.extract_lane(x, 3)));
}
