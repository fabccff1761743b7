import { displayWidth } from './table.ts';

/** A last column that is narrower than this is not worth keeping: its words go under the beginning of the line. */
const leastColumn = 24;

/** Where the next lines of a long one begin: under its last column, or under its first word. */
function hangOf(line: string, columns: number): number {
  const indent = line.length - line.trimStart().length;
  const gaps = [...line.trimStart().matchAll(/ {2,}/g)];
  const last = gaps.at(-1);
  const column = last === undefined ? indent : indent + last.index + last[0].length;
  return displayWidth(line.slice(0, column)) + leastColumn <= columns ? column : indent;
}

function wrappedLine(line: string, columns: number): string {
  if (displayWidth(line) <= columns) {
    return line;
  }
  const hang = hangOf(line, columns);
  const head = line.slice(0, hang);
  const margin = ' '.repeat(displayWidth(head));
  const lines: string[] = [];
  let row = head;
  for (const word of line.slice(hang).split(' ')) {
    const isFirst = row === head || row === margin;
    const longer = isFirst ? `${row}${word}` : `${row} ${word}`;
    if (isFirst || displayWidth(longer) <= columns) {
      row = longer;
    } else {
      lines.push(row.trimEnd());
      row = `${margin}${word}`;
    }
  }
  return [...lines, row].join('\n');
}

/** Breaks long lines between words for a terminal of so many columns; what is no terminal gets each line whole. */
export function wrapped(text: string, columns: number | undefined): string {
  return columns === undefined
    ? text
    : text
        .split('\n')
        .map((line) => wrappedLine(line, columns))
        .join('\n');
}
