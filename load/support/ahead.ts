/** How far ahead of whom a part of a bench stands; the higher, the earlier it runs. */
export type Urgency = 'measured' | 'crowd';

const priorities = { measured: '10', crowd: '5' } as const satisfies Record<Urgency, string>;

/**
 * The same command, on one processor or any, ahead of whatever else the machine does: a bench of latency must not measure what
 * others keep the processor from. `nice` does not do it, as Linux weighs it within one session only (sched(7), autogroup).
 * Needs root; an ordinary user measures on an idle machine.
 */
export function ahead(
  argv: readonly string[],
  cpu: 0 | 1 | 'any',
  urgency: Urgency,
): readonly string[] {
  const pinned = cpu === 'any' ? [] : ['taskset', '-c', String(cpu)];
  const isRoot = process.getuid?.() === 0;
  return [...pinned, ...(isRoot ? ['chrt', '-r', priorities[urgency]] : []), ...argv];
}
