/** The units of a duration as Korean writes them: `1분 30초`. */
const units: Readonly<Record<string, string>> = {
  d: '일',
  h: '시간',
  m: '분',
  s: '초',
  ms: '밀리초',
};

/** A duration such as `1m30s` as Korean writes it. */
export function durationKo(duration: string): string {
  const parts = [...duration.matchAll(/(\d+)([a-z]+)/g)];
  return parts.map(([, count = '', unit = '']) => `${count}${units[unit] ?? unit}`).join(' ');
}
