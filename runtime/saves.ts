/**
 * A buffer of saved values with room for `length` elements: the same if it has, else a longer one that begins with its
 * elements. It grows to twice the length at least, so that each element is copied once or twice in all.
 * @internal
 */
export function grown(saved: Float64Array, length: number): Float64Array {
  if (length <= saved.length) return saved;
  const longer = new Float64Array(Math.max(length, 2 * saved.length));
  longer.set(saved);
  return longer;
}
