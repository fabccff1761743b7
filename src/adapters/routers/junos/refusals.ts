/** The first line by which the device refuses something, or undefined. */
export function firstRefusal(lines: readonly string[]): string | undefined {
  return lines
    .map((line) => line.trim())
    .find((line) =>
      /^(error:|syntax error|unknown command|missing argument|invalid |permission denied|could not )/i.test(
        line,
      ),
    );
}

/** Who has the candidate, from the list that Junos prints of those who edit it. */
export function editor(lines: readonly string[]): string | undefined {
  return lines
    .map((line) => /^\s*(\S+) (terminal \S+ )?\(pid \d+\)/.exec(line)?.[1])
    .find((user) => user !== undefined);
}

/** True when the candidate has changes that nobody has committed. */
export function isModified(lines: readonly string[]): boolean {
  return lines.some((line) => /configuration database modified/i.test(line));
}

/** True when another session keeps everybody out. */
export function isLocked(lines: readonly string[]): boolean {
  return lines.some((line) =>
    /configuration database (is )?(locked|already (open|locked))/i.test(line),
  );
}
