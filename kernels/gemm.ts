/**
 * C = A B by blocks that stay in caches (K. Goto and R. van de Geijn, "Anatomy of high-performance matrix multiplication",
 * ACM Transactions on Mathematical Software 34 (2008), article 12).
 *
 * Operands are packed: A in panels of 4 rows, [panel][k][4], and B in panels of one cache line's half of columns, [panel][k][8] (float64: 4),
 * so that the innermost loop reads both from front to back, and a tile of 4 rows of C stays in registers. Edges are packed with zeros.
 */

const ROWS: usize = 4;
/** Depth of a block: a panel of B takes 8 KB of the first cache. */
const DEPTH: usize = 256;
/** Rows of A in a block: 128 KB of the second cache. */
const HEIGHT: usize = 128;

// @ts-ignore: decorator
@inline function columns<T>(): usize { return 32 / sizeof<T>(); }

/**
 * Packs a matrix of `lines` × `depth`, the elements of a line `along` apart in memory and lines `across`, in panels of `width` lines.
 */
// @ts-ignore: decorator
@inline function pack<T>(from: usize, to: usize, lines: usize, depth: usize, across: usize, along: usize, width: usize): void {
  const size = sizeof<T>();
  for (let line: usize = 0; line < lines; line += width) {
    const count = min(width, lines - line);
    const start = from + (line * across) * size;
    if (across == 1 && count == width) {
      const bytes = width * size;
      for (let k: usize = 0; k < depth; k++, to += bytes) {
        const at = start + (k * along) * size;
        for (let b: usize = 0; b < bytes; b += 16) v128.store(to + b, v128.load(at + b));
      }
      continue;
    }
    if (count < width) memory.fill(to, 0, width * depth * size);
    for (let i: usize = 0; i < count; i++) {
      let at = start + (i * across) * size;
      let into = to + i * size;
      for (let k: usize = 0; k < depth; k++, at += along * size, into += width * size) store<T>(into, load<T>(at));
    }
    to += width * depth * size;
  }
}

/** A, of m × k, as [panel][k][4]. Rows are `across` apart in memory, columns `along`. */
export function pack32(from: usize, to: usize, lines: usize, depth: usize, across: usize, along: usize, width: usize): void { pack<f32>(from, to, lines, depth, across, along, width); }
export function pack64(from: usize, to: usize, lines: usize, depth: usize, across: usize, along: usize, width: usize): void { pack<f64>(from, to, lines, depth, across, along, width); }

/** C, in rows of `stride` elements, whose rows and columns are filled up to whole panels. */
export function multiply32(a: usize, b: usize, c: usize, m: usize, n: usize, k: usize, stride: usize): void { multiply<f32>(a, b, c, m, n, k, stride); }
export function multiply64(a: usize, b: usize, c: usize, m: usize, n: usize, k: usize, stride: usize): void { multiply<f64>(a, b, c, m, n, k, stride); }

// @ts-ignore: decorator
@inline function multiply<T>(a: usize, b: usize, c: usize, m: usize, n: usize, k: usize, stride: usize): void {
  const size = sizeof<T>();
  const width = columns<T>();
  for (let kk: usize = 0; kk < k; kk += DEPTH) {
    const depth = min(DEPTH, k - kk);
    for (let ii: usize = 0; ii < m; ii += HEIGHT) {
      const end = min(ii + HEIGHT, m);
      for (let j: usize = 0; j < n; j += width) {
        const panel = b + (j * k + kk * width) * size;
        for (let i = ii; i < end; i += ROWS) {
          tile<T>(a + (i * k + kk * ROWS) * size, panel, c + (i * stride + <usize>j) * size, depth, stride * size, kk == 0);
        }
      }
    }
  }
}

/** 4 rows of C, two vectors each: set, or added to. */
// @ts-ignore: decorator
@inline function tile<T>(a: usize, b: usize, c: usize, depth: usize, stride: usize, first: bool): void {
  const size = sizeof<T>();
  let c00 = v128.splat<T>(0), c01 = v128.splat<T>(0);
  let c10 = v128.splat<T>(0), c11 = v128.splat<T>(0);
  let c20 = v128.splat<T>(0), c21 = v128.splat<T>(0);
  let c30 = v128.splat<T>(0), c31 = v128.splat<T>(0);
  const end = b + depth * 32;
  while (b < end) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    let x = v128.load_splat<T>(a);
    c00 = v128.add<T>(c00, v128.mul<T>(x, b0));
    c01 = v128.add<T>(c01, v128.mul<T>(x, b1));
    x = v128.load_splat<T>(a + size);
    c10 = v128.add<T>(c10, v128.mul<T>(x, b0));
    c11 = v128.add<T>(c11, v128.mul<T>(x, b1));
    x = v128.load_splat<T>(a + 2 * size);
    c20 = v128.add<T>(c20, v128.mul<T>(x, b0));
    c21 = v128.add<T>(c21, v128.mul<T>(x, b1));
    x = v128.load_splat<T>(a + 3 * size);
    c30 = v128.add<T>(c30, v128.mul<T>(x, b0));
    c31 = v128.add<T>(c31, v128.mul<T>(x, b1));
    a += 4 * size;
    b += 32;
  }
  put<T>(c, c00, c01, first);
  put<T>(c + stride, c10, c11, first);
  put<T>(c + 2 * stride, c20, c21, first);
  put<T>(c + 3 * stride, c30, c31, first);
}

// @ts-ignore: decorator
@inline function put<T>(c: usize, left: v128, right: v128, first: bool): void {
  if (!first) {
    left = v128.add<T>(left, v128.load(c));
    right = v128.add<T>(right, v128.load(c, 16));
  }
  v128.store(c, left);
  v128.store(c, right, 16);
}
