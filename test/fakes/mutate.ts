import type { Random } from '../simulation/random.ts';

/** Spoils a text as lines, devices and people do: drops, doubles, flips, swaps and cuts, one to four times. */
export function mutate(text: string, random: Random): string {
  let spoiled = text;
  for (let left = random.between(0, 3); left >= 0; left -= 1) {
    const from = random.between(0, spoiled.length);
    const to = Math.min(spoiled.length, from + random.between(1, 40));
    const [before, piece, after] = [
      spoiled.slice(0, from),
      spoiled.slice(from, to),
      spoiled.slice(to),
    ];
    const elsewhere = random.between(0, spoiled.length);
    const ways = [
      before + after,
      before + piece + piece + after,
      before + String.fromCodePoint(random.between(0, 0x1ff)) + after,
      spoiled.slice(0, elsewhere) + piece + spoiled.slice(elsewhere),
      before,
      after,
    ];
    spoiled = random.pick(ways) ?? '';
  }
  return spoiled;
}
