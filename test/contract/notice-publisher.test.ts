import { describe } from 'vitest';
import { FakeNoticePublisher } from '../fakes/notice-publisher.ts';
import { SnapshotBench } from '../fakes/publisher-bench.ts';
import { noticePublisherContract } from './notice-publisher.contract.ts';

describe('FakeNoticePublisher', () => {
  noticePublisherContract(async () => {
    const publisher = new FakeNoticePublisher();
    return {
      publisher,
      standing: async (site) =>
        publisher.standing.get(site)?.generation ?? (publisher.sites.has(site) ? 0 : undefined),
      setPlane: (isUp) => {
        publisher.isPlaneUp = isUp;
      },
      setPassing: (isPassing) => {
        isPassing ? publisher.unpassed.clear() : publisher.unpassed.add('home02');
      },
      close: async () => undefined,
    };
  });
});

describe('SnapshotPublisher', () => {
  noticePublisherContract(async () => {
    const bench = await SnapshotBench.open();
    return {
      publisher: await bench.publisher(),
      standing: (site) => bench.standing(site),
      setPlane: (isUp) => {
        bench.isPlaneUp = isUp;
      },
      setPassing: (isPassing) => {
        bench.isPassing = isPassing;
      },
      close: () => bench.close(),
    };
  });
});
