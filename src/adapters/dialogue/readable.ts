const secretElement = /(<[\w:-]*(?:password|secret|key)\b[^>]*>)[^<]+/gi;

const secretWord = /\b(password|secret|key|community|md5|auth\S*)\b(\s+\d)?\s+\S+/gi;

/** Makes words of a device fit for a person's eyes and the audit: control characters taken out, secrets hidden. */
export function readable(text: string): string {
  return (
    text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: taking control characters out is the purpose.
      .replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, '')
      .replace(secretElement, '$1(hidden)')
      .replace(secretWord, '$1 (hidden)')
  );
}
