/** Longest word that is compared: keys and names are short, and the comparison takes quadratic time. */
const longestWord = 64;

function nextRow(row: readonly number[], letter: string, other: string): readonly number[] {
  const next = [(row[0] ?? 0) + 1];
  for (let column = 1; column <= other.length; column += 1) {
    const swap = (row[column - 1] ?? 0) + (other[column - 1] === letter ? 0 : 1);
    next.push(Math.min(swap, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1));
  }
  return next;
}

/** How many letters must be put in, taken out or changed to make one word the other (Levenshtein). */
function distance(word: string, other: string): number {
  let row: readonly number[] = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const letter of word) {
    row = nextRow(row, letter, other);
  }
  return row.at(-1) ?? 0;
}

/** The known word that a mistyped one most likely means, or undefined when none is close. */
export function nearestWord(word: string, known: readonly string[]): string | undefined {
  const text = word.slice(0, longestWord).toLowerCase();
  const most = Math.max(1, Math.ceil(text.length / 3));
  const ranked = known
    .map((name) => ({ name, far: distance(text, name.slice(0, longestWord).toLowerCase()) }))
    .filter(({ far }) => far <= most)
    .sort((a, b) => a.far - b.far);
  return ranked[0]?.name;
}

/** A remedy for an unknown word: the nearest one, or all that are known. */
export function suggest(word: string, known: readonly string[]): string {
  const near = nearestWord(word, known);
  if (near !== undefined) {
    return `did you mean ${near}?`;
  }
  return known.length === 0 ? 'take it out' : `use one of: ${known.join(', ')}`;
}
