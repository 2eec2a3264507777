/** Beyond this share of its letters a word is another word and no slip. */
const mostDifferent = 0.5;

/** The known option that a misspelt one most likely means; `undefined` where none is near. */
export const nearestOption = (option: string, known: string[]): string | undefined => {
  const ranked = known
    .map((name) => ({ name, distance: editDistance(plain(option), plain(name)) / Math.max(1, name.length) }))
    .sort((left, right) => left.distance - right.distance);
  const [best] = ranked;
  return best && best.distance <= mostDifferent ? best.name : undefined;
};

/** `learning_rate`, `learning-rate` and `learningRate` are one word; only a name's length is compared. */
const plain = (name: string): string => name.slice(0, 64).replaceAll(/[-_]/g, "").toLowerCase();

/** Letters to insert, remove or replace (Levenshtein). */
const editDistance = (from: string, to: string): number => {
  let previous = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (const [row, letter] of [...from].entries()) {
    const current = [row + 1];
    for (let column = 0; column < to.length; column += 1) {
      const replaced = (previous[column] ?? 0) + (to[column] === letter ? 0 : 1);
      const inserted = (current[column] ?? 0) + 1;
      const removed = (previous[column + 1] ?? 0) + 1;
      current.push(Math.min(replaced, inserted, removed));
    }
    previous = current;
  }
  return previous.at(-1) ?? 0;
};
