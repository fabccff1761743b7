import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { verifyAuditRecords } from '../../src/adapters/journal/audit-chain.ts';
import { type DurableChange, emptyDurable } from '../../src/core/durable.ts';
import type { Journal } from '../../src/ports/journal.ts';
import { sampleDurableSite, sampleEntry, sampleIncident } from '../fakes/sample-durable.ts';

/** How one kind of journal is opened, and opened again after a crash, for the suite. */
export interface JournalBench {
  open(): Journal;
  /** Opens what is on the disk after the process was lost. */
  reopen(): Journal;
  close(): void;
}

const everything: readonly DurableChange[] = [
  { kind: 'site', key: 'shop', value: sampleDurableSite },
  { kind: 'ledger', key: 'edge', value: ['192.168.80.100/32'] },
  { kind: 'incident', key: 'i6-shop', value: sampleIncident },
  {
    kind: 'control',
    key: 'releases',
    value: { rate: { owner: 'night-duty', reason: 'known', until: 9, sites: ['shop'] } },
  },
  { kind: 'control', key: 'freeze', value: { owner: 'night-duty', reason: 'works', setAt: 5 } },
  { kind: 'control', key: 'begunAt', value: [1_000, 2_000] },
  { kind: 'control', key: 'lastGeneration', value: 7 },
  { kind: 'control', key: 'lastCommand', value: 41 },
  { kind: 'control', key: 'lastTerm', value: 3 },
];

/** What every journal promises, whatever it is made of. */
export function journalContract(name: string, openBench: () => JournalBench): void {
  describe(`the journal ${name}`, () => {
    let bench: JournalBench;
    let journal: Journal;

    beforeEach(() => {
      bench = openBench();
      journal = bench.open();
    });

    afterEach(() => bench.close());

    it('knows nothing at first', () => {
      expect(journal.load()).toEqual(emptyDurable);
      expect(journal.audit({ limit: 10 })).toEqual([]);
      expect(journal.verifyAudit()).toBeUndefined();
    });

    it('gives back everything that was committed, after a crash too', () => {
      journal.commit(everything, []);

      const kept = bench.reopen().load();

      expect(kept).toEqual({
        sites: { shop: sampleDurableSite },
        ledgers: { edge: ['192.168.80.100/32'] },
        incidents: { 'i6-shop': sampleIncident },
        releases: { rate: { owner: 'night-duty', reason: 'known', until: 9, sites: ['shop'] } },
        freeze: { owner: 'night-duty', reason: 'works', setAt: 5 },
        begunAt: [1_000, 2_000],
        lastGeneration: 7,
        lastCommand: 41,
        lastTerm: 3,
      });
    });

    it('forgets what a change says is gone', () => {
      journal.commit(everything, []);

      journal.commit(
        everything.map((change) => ({ ...change, value: undefined })),
        [],
      );

      expect(bench.reopen().load()).toEqual(emptyDurable);
    });

    it('keeps the last of several changes to one thing', () => {
      journal.commit(
        [
          { kind: 'control', key: 'lastCommand', value: 1 },
          { kind: 'control', key: 'lastCommand', value: 2 },
        ],
        [],
      );

      expect(journal.load().lastCommand).toBe(2);
    });

    it('numbers audit entries without a gap and links each to the one before, over restarts', () => {
      const first = journal.commit([], [sampleEntry(1), sampleEntry(2)]);
      const second = bench.reopen().commit([], [sampleEntry(3)]);

      expect([...first, ...second].map(({ seq }) => seq)).toEqual([1, 2, 3]);
      expect(verifyAuditRecords([...first, ...second])).toBeUndefined();
    });

    it('gives the audit newest first, by page and by site', () => {
      journal.commit([], [1, 2, 3, 4].map(sampleEntry));
      journal.commit([], [{ ...sampleEntry(5), site: 'mail' }]);

      const page = journal.audit({ limit: 2 });
      const next = journal.audit({ limit: 2, beforeSeq: 4 });
      const ofShop = journal.audit({ limit: 2, site: 'shop' });

      expect(page.map(({ seq }) => seq)).toEqual([5, 4]);
      expect(next.map(({ seq }) => seq)).toEqual([3, 2]);
      expect(ofShop.map(({ seq }) => seq)).toEqual([4, 3]);
      expect(page[1]).toMatchObject(sampleEntry(4));
    });

    it('writes nothing at all when there is nothing to write', () => {
      expect(journal.commit([], [])).toEqual([]);
      expect(journal.audit({ limit: 1 })).toEqual([]);
    });

    it('refuses what it could not read back, and names it', () => {
      expect(() =>
        journal.commit([{ kind: 'site', key: 'shop', value: { phase: 3 } }], []),
      ).toThrow(/site "shop".*phase/);
      expect(() => journal.commit([{ kind: 'control', key: 'mood', value: 1 }], [])).toThrow(
        /control "mood"/,
      );
      expect(journal.load()).toEqual(emptyDurable);
    });

    it('keeps nothing of a commit that fails half-way', () => {
      const cyclic: { self?: unknown } = {};
      cyclic.self = cyclic;

      expect(() =>
        journal.commit(
          [
            { kind: 'control', key: 'lastCommand', value: 9 },
            { kind: 'control', key: 'lastGeneration', value: cyclic },
          ],
          [sampleEntry(1)],
        ),
      ).toThrow();

      expect(journal.load()).toEqual(emptyDurable);
      expect(journal.audit({ limit: 1 })).toEqual([]);
      expect(journal.commit([], [sampleEntry(1)])[0]?.seq).toBe(1);
    });
  });
}
