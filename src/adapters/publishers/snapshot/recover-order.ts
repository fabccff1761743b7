import { z } from 'zod';
import type { NoticeOrder } from '../../../core/command.ts';
import type { SnapshotSite } from '../../../ports/snapshot.ts';

const isoTime = z.iso.datetime().transform((text) => Date.parse(text));

const problemSchema = z.object({
  cause: z.string(),
  kind: z.string().optional(),
  since: isoTime,
  incident: z.string(),
});

/**
 * Reads the facts of a standing notice back from its own problem document, which carries them all:
 * so a notice can be rendered again after a restart. Undefined when it was not written by this version.
 */
export function recoverOrder(site: SnapshotSite): NoticeOrder | undefined {
  const problem = site.editions[0]?.bodies.find(({ format }) => format === 'json');
  if (problem === undefined) {
    return undefined;
  }
  try {
    const text = Buffer.from(problem.identity, 'base64').toString();
    const { cause, kind, since, incident } = problemSchema.parse(JSON.parse(text));
    return {
      site: site.name,
      generation: site.generation,
      cause,
      since,
      incident,
      ...(kind === 'mass' ? { isMass: true } : {}),
      ...(site.expectedRecoveryAt === undefined
        ? {}
        : { expectedRecoveryAt: site.expectedRecoveryAt }),
    };
  } catch {
    return undefined;
  }
}
