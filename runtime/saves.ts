/** A buffer is made for as many elements at first as its first row lets expect, if they are no more than these. */
const EXPECTED = 1048576;

/**
 * A buffer of saved values with room for `length` elements: the same if it has, else a longer one that begins with its
 * elements. The first one, made for an empty buffer, has room for so many `rows` like the first; others have twice the
 * length at least, so that each element is copied once or twice in all.
 * @internal
 */
export function grown(saved: Float64Array, length: number, rows: number): Float64Array {
  if (length <= saved.length) return saved;
  const longer = new Float64Array(Math.max(length, saved.length === 0 ? Math.min(rows * length, EXPECTED) : 2 * saved.length));
  longer.set(saved);
  return longer;
}
