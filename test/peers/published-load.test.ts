import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { runPublished } from '../../load/support/k6.ts';
import { noticeHosts, startNoticeHost } from '../../load/support/notice-host.ts';
import { publishedPaths, startApache } from '../../load/support/web-servers.ts';

describe('the published capacity test under k6', () => {
  it('serves every visitor the notice of one host and of two, and Apache its page of six objects', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'detour-load-'));
    try {
      await using detour = await startNoticeHost(folder);
      await using apache = await startApache(folder);
      const easy = { rate: 30, seconds: 3 };

      const one = await runPublished({
        ...easy,
        url: detour.url,
        hosts: noticeHosts.slice(0, 1),
        paths: ['/'],
      });
      const two = await runPublished({
        ...easy,
        url: detour.url,
        hosts: noticeHosts,
        paths: ['/'],
      });
      const six = await runPublished({
        ...easy,
        url: apache.url,
        hosts: noticeHosts,
        paths: publishedPaths,
      });

      for (const { answered } of [one, two, six]) {
        expect(answered).toBeGreaterThan(0.9);
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('tells when nobody answers', async () => {
    const nobody = { url: 'http://127.0.0.1:9', hosts: noticeHosts, paths: ['/'] };

    const { answered, isWithin } = await runPublished({ ...nobody, rate: 20, seconds: 1 });

    expect({ answered, isWithin }).toEqual({ answered: 0, isWithin: false });
  });
});
