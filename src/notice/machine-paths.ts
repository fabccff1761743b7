const paths: readonly Buffer[] = [
  '/robots.txt',
  '/sw.js',
  '/service-worker.js',
  '/apple-app-site-association',
].map((path) => Buffer.from(path));

/** All that stands below it is for programs. */
const wellKnown = Buffer.from('/.well-known/');

const question = 0x3f;

function startsWith(bytes: Buffer, word: Buffer, start: number, end: number): boolean {
  return (
    end - start >= word.length &&
    bytes.compare(word, 0, word.length, start, start + word.length) === 0
  );
}

/**
 * True when the path in [start, end) is read by programs that act on any answer of the kind 2xx for days: crawlers,
 * service workers, app links. They must not take a notice for what they asked for. No text is made of the path.
 */
export function isMachinePath(bytes: Buffer, start: number, end: number): boolean {
  return (
    startsWith(bytes, wellKnown, start, end) ||
    paths.some((path) => {
      const pathEnd = start + path.length;
      return (
        startsWith(bytes, path, start, end) && (pathEnd === end || bytes[pathEnd] === question)
      );
    })
  );
}
