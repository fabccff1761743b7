import { describe, expect, it } from 'vitest';
import { looksAtOnce, PathProver, proofMs } from '../../../src/controller/path-prover.ts';
import type { CommandOutcome } from '../../../src/core/event.ts';
import type { DataPath, PathLook, PathSight } from '../../../src/ports/data-path.ts';
import { ManualClock } from '../../fakes/manual-clock.ts';
import { registeredSite } from '../../fakes/site-state.ts';

const lookMs = 500;

/** Answers each look after a while with what it is told to show, and counts those under way. */
class SlowPath implements DataPath {
  readonly #clock: ManualClock;
  readonly #sight: (site: string) => PathSight;
  #underWay = 0;
  most = 0;

  constructor(clock: ManualClock, sight: (site: string) => PathSight) {
    this.#clock = clock;
    this.#sight = sight;
  }

  look({ site }: PathLook): Promise<readonly PathSight[]> {
    this.#underWay += 1;
    this.most = Math.max(this.most, this.#underWay);
    return new Promise((resolve) => {
      this.#clock.setTimer(lookMs, () => {
        this.#underWay -= 1;
        resolve([this.#sight(site.name)]);
      });
    });
  }
}

function prove(prover: PathProver, name: string): Promise<CommandOutcome> {
  const site = registeredSite(name);
  return prover.prove(site, {
    type: 'prove',
    id: `c-${name}`,
    site: name,
    addresses: site.addresses,
    generation: 7,
    expect: 'notice',
  });
}

const noticeOf = (site: string): PathSight => ({
  isAnswered: true,
  marker: { site, generation: 7 },
  detail: 'status 503',
});

describe('proofs through the data path', () => {
  it('look at a bounded number of sites at once, however many are asked for', async () => {
    const clock = new ManualClock();
    const path = new SlowPath(clock, noticeOf);
    const prover = new PathProver({ clock, dataPath: path });
    const names = Array.from({ length: 5 * looksAtOnce }, (_, index) => `s${index}`);

    const proofs = Promise.all(names.map((name) => prove(prover, name)));
    await clock.advanceAsync(6 * lookMs);

    expect((await proofs).every(({ result }) => result === 'ok')).toBe(true);
    expect(path.most).toBe(looksAtOnce);
  });

  it('give each site its whole time, though it waits for its turn behind sites that show nothing', async () => {
    const clock = new ManualClock();
    const origin: PathSight = { isAnswered: true, detail: 'status 200 without a marker' };
    let isSpread = false;
    const path = new SlowPath(clock, (site) =>
      site === 'last' && isSpread ? noticeOf(site) : origin,
    );
    const prover = new PathProver({ clock, dataPath: path });
    const outcomes: string[] = [];
    for (const name of [...Array.from({ length: 8 * looksAtOnce }, (_, at) => `s${at}`), 'last']) {
      void prove(prover, name).then(({ result }) => outcomes.push(`${name} ${result}`));
    }

    // More than the time of a proof has passed, but not for the sites that waited.
    await clock.advanceAsync(proofMs + lookMs);
    const early = [...outcomes];
    isSpread = true;
    await clock.advanceAsync(60 * proofMs);

    expect(early).toEqual([]);
    expect(outcomes).toContain('last ok');
    expect(outcomes.filter((outcome) => outcome.endsWith('failed'))).toHaveLength(8 * looksAtOnce);
  });

  it('succeed only when every door of an address shows what is expected', async () => {
    const clock = new ManualClock();
    let doors: readonly PathSight[] = [];
    const prover = new PathProver({ clock, dataPath: { look: async () => doors } });
    const outcomeOf = async (seen: readonly PathSight[]): Promise<CommandOutcome> => {
      doors = seen;
      const proof = prove(prover, 'home01');
      await clock.advanceAsync(2 * proofMs);
      return await proof;
    };
    const overTls: PathSight = { isAnswered: true, detail: 'status 200 (over HTTPS)' };

    expect(await outcomeOf([noticeOf('home01'), noticeOf('home01')])).toEqual({ result: 'ok' });
    expect(await outcomeOf([noticeOf('home01'), overTls])).toMatchObject({
      code: 'DETOUR_PROOF_FAILED',
      message: expect.stringContaining('(over HTTPS)'),
    });
    expect(await outcomeOf([])).toMatchObject({ code: 'DETOUR_PROOF_UNANSWERED' });
  });

  it('end with what was seen last when the time is over', async () => {
    const clock = new ManualClock();
    const silent: PathSight = { isAnswered: false, detail: 'no answer: closed' };
    const prover = new PathProver({ clock, dataPath: new SlowPath(clock, () => silent) });

    const proof = prove(prover, 'home01');
    await clock.advanceAsync(2 * proofMs);

    expect(await proof).toMatchObject({
      result: 'failed',
      code: 'DETOUR_PROOF_UNANSWERED',
      message: expect.stringContaining('no answer: closed'),
    });
  });
});
