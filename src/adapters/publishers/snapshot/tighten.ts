const isComment = (line: string): boolean => /^\/\/|^\/\*.*\*\/$/.test(line);

/** Blanks after a sign of CSS never matter, except inside quotes. */
function tightenStyle(css: string): string {
  return css
    .split(/("[^"]*")/)
    .map((part) =>
      part.startsWith('"')
        ? part
        : part
            .replaceAll(/([{}:;,])\s+/g, '$1')
            .replaceAll(/\s+\{/g, '{')
            .replaceAll(';}', '}'),
    )
    .join('')
    .trim();
}

/** A line end between two signs that cannot end a statement is no more than a blank. */
function tightenScript(script: string): string {
  return script
    .replaceAll(/([{,;(])\n/g, '$1')
    .replaceAll(/\n(?=[?:.|)}\]])/g, '')
    .trim();
}

/** Takes indentation, comment lines and needless line ends out of a page: they are for us, visitors get the rest. */
export function tighten(page: string): string {
  return page
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !isComment(line))
    .join('\n')
    .replaceAll(/(<style>)([\s\S]*?)(<\/style>)/g, (_, open: string, css: string, close: string) =>
      [open, tightenStyle(css), close].join(''),
    )
    .replaceAll(
      /(<script>)([\s\S]*?)(<\/script>)/g,
      (_, open: string, script: string, close: string) =>
        [open, tightenScript(script), close].join(''),
    );
}
