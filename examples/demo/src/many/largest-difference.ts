type Tensors = Map<string, Float32Array>;

/**
 * How far two adapters are apart: of each tensor the norm of the difference (Frobenius), relative to the norm of
 * `wanted`; of these the largest.
 */
export const largestDifference = (found: Tensors, wanted: Tensors): number => {
  if (found.size !== wanted.size) return Number.POSITIVE_INFINITY;
  return Math.max(...Array.from(wanted, ([name, values]) => relative(found.get(name), values)));
};

const relative = (found: Float32Array | undefined, wanted: Float32Array): number => {
  if (found?.length !== wanted.length) return Number.POSITIVE_INFINITY;
  let difference = 0;
  let whole = 0;
  for (let at = 0; at < wanted.length; at += 1) {
    const value = wanted[at] ?? 0;
    difference += ((found[at] ?? 0) - value) ** 2;
    whole += value ** 2;
  }
  return Math.sqrt(difference / whole);
};
