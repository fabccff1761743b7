import { createPublicKey, verify } from 'node:crypto';
import { chmod, mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { NoticeOrder } from '../../src/core/command.ts';
import { readMarker } from '../../src/lib/marker.ts';
import { defaultNoticeLimits } from '../../src/ports/notice-limits.ts';
import { bodyText, SnapshotBench } from '../fakes/publisher-bench.ts';
import { sampleSite } from '../fakes/sample-site.ts';

const orderOf = (site: string, generation: number): NoticeOrder => ({
  site,
  generation,
  cause: 'memory-exhausted',
  since: Date.parse('2026-11-24T04:50:00Z'),
  expectedRecoveryAt: Date.parse('2026-11-24T05:30:00Z'),
  incident: `incident-${generation}`,
});

const soon = (): AbortSignal => AbortSignal.timeout(10_000);

const signedSchema = z.object({ snapshot: z.string(), signature: z.string() });

describe('the snapshot publisher', () => {
  let bench: SnapshotBench;

  beforeEach(async () => {
    bench = await SnapshotBench.open();
  });

  afterEach(async () => {
    await bench.close();
  });

  it('signs the snapshot and every marker with the key it publishes beside them', async () => {
    await using publisher = await bench.publisher();
    await publisher.register([sampleSite('home01')], {});
    await publisher.publish(orderOf('home01', 3), soon());

    const publicKey = createPublicKey(await readFile(join(bench.folder, 'snapshot.pub'), 'utf8'));
    const file = await readFile(join(bench.folder, 'snapshot.json'), 'utf8');
    const { snapshot, signature } = signedSchema.parse(JSON.parse(file));
    const { sites, neutral } = await bench.snapshot();

    expect(verify(null, Buffer.from(snapshot), publicKey, Buffer.from(signature, 'base64'))).toBe(
      true,
    );
    expect(readMarker(sites[0]?.marker ?? '', publicKey)).toEqual({
      site: 'home01',
      generation: 3,
    });
    expect(readMarker(neutral.marker, publicKey)).toEqual({ site: '-', generation: 0 });
  });

  it('passes a site through to its origin as long as it has no notice to show', async () => {
    await using publisher = await bench.publisher();
    const passThrough = { address: '10.0.0.7', http: 80, https: 443, proxyProtocol: false };
    const bank = sampleSite('bank', { origin: { address: '10.0.0.7', passThrough } });
    const shown = async (): Promise<unknown> => (await bench.snapshot()).sites[0]?.passThrough;

    await publisher.register([bank], {});
    const before = await shown();
    await publisher.publish(orderOf('bank', 3), soon());
    const meanwhile = await shown();
    await publisher.withdraw('bank', 3);
    const after = await shown();

    expect([before, meanwhile, after]).toEqual([passThrough, undefined, passThrough]);
  });

  it('keeps its private key to itself, and the same one after a restart', async () => {
    await (await bench.publisher())[Symbol.asyncDispose]();
    const key = join(bench.root, 'keys', 'notice-signing.key');
    const before = await readFile(key, 'utf8');
    await chmod(key, 0o644);

    await (await bench.publisher())[Symbol.asyncDispose]();

    expect((await stat(key)).mode & 0o777).toBe(0o600);
    expect(await readFile(key, 'utf8')).toBe(before);
    expect((await stat(join(bench.root, 'keys'))).mode & 0o777).toBe(0o700);
    expect((await stat(join(bench.folder, 'snapshot.pub'))).mode & 0o777).toBe(0o644);
  });

  it('never shows a reader a torn or an older snapshot', async () => {
    await using publisher = await bench.publisher();
    await publisher.register([sampleSite('home01'), sampleSite('home02')], {});
    const seen: number[] = [];
    let isWriting = true;
    const reading = (async () => {
      while (isWriting) {
        seen.push((await bench.snapshot()).generation);
      }
    })();

    for (let generation = 1; generation <= 40; generation += 1) {
      await publisher.publish(orderOf('home01', generation), soon());
    }
    isWriting = false;
    await reading;

    expect(seen.length).toBeGreaterThan(10);
    expect(seen).toEqual([...seen].sort((one, other) => one - other));
  });

  it('goes on with its notices and its numbers after a restart', async () => {
    const sites = [sampleSite('home01'), sampleSite('home02')];
    const first = await bench.publisher();
    await first.register(sites, {});
    await first.publish(orderOf('home01', 7), soon());
    await first[Symbol.asyncDispose]();
    const before = await bench.snapshot();

    await using second = await bench.publisher();
    await second.register(sites, { home01: { contact: '02-120' } });
    const after = await bench.snapshot();

    expect(after.generation).toBeGreaterThan(before.generation);
    expect(await bench.standing('home01')).toBe(7);
    expect(await bench.standing('home02')).toBe(0);
    const page = bodyText(await bench.site('home01'), 'en', 'html');
    expect(page).toContain('run out of memory');
    expect(page).toContain('incident-7');
    expect(page).toContain('14:30 KST');
    // Words that came with the restart are in it too: the notice is rendered anew, not only carried along.
    expect(page).toContain('02-120');
    expect(bodyText(await bench.site('home02'), 'en', 'html')).toContain('being reconnected');
  });

  it('keeps the notice of a site that the store cannot name after a restart, until it is withdrawn', async () => {
    const first = await bench.publisher();
    await first.register([sampleSite('home01'), sampleSite('home02')], {});
    await first.publish(orderOf('home02', 7), soon());
    await first[Symbol.asyncDispose]();

    await using second = await bench.publisher();
    await second.register([sampleSite('home01')], {});
    expect(await bench.standing('home02')).toBe(7);
    expect((await bench.site('home02'))?.hostnames).toEqual(['home02.example.kr']);

    await second.withdraw('home02', 7);

    expect(await bench.standing('home02')).toBeUndefined();
  });

  it('gives a hostname to the site that is registered for it, not to a notice left over', async () => {
    await using publisher = await bench.publisher();
    await publisher.register([sampleSite('old')], {});
    await publisher.publish(orderOf('old', 7), soon());

    await publisher.register([sampleSite('new', { hostnames: ['old.example.kr'] })], {});

    expect((await bench.site('old'))?.hostnames).toEqual([]);
    expect((await bench.site('new'))?.hostnames).toEqual(['old.example.kr']);
  });

  it('starts with greater numbers over a snapshot that it cannot trust', async () => {
    const first = await bench.publisher();
    await first.register([sampleSite('home01')], {});
    await first.publish(orderOf('home01', 7), soon());
    await first[Symbol.asyncDispose]();
    const before = await bench.snapshot();
    await rename(join(bench.root, 'keys'), join(bench.root, 'lost'));

    await using second = await bench.publisher();
    await second.register([sampleSite('home01')], {});

    expect((await bench.snapshot()).generation).toBeGreaterThan(before.generation);
    expect(await bench.standing('home01')).toBe(0);
  });

  it('shares one write among all that changes in a moment', async () => {
    await using publisher = await bench.publisher();
    const names = Array.from({ length: 60 }, (_, index) => `site${index}`);
    await publisher.register(
      names.map((name) => sampleSite(name)),
      {},
    );
    const before = bench.writes;

    await Promise.all(names.map((name) => publisher.publish(orderOf(name, 2), soon())));

    expect(bench.writes - before).toBeLessThanOrEqual(2);
    expect((await bench.snapshot()).sites.map(({ generation }) => generation)).toEqual(
      names.map(() => 2),
    );
  });

  it('puts limits and the small page into the snapshot', async () => {
    await using publisher = await bench.publisher();
    await publisher.register([sampleSite('home01')], {});

    await publisher.setLimits({ ...defaultNoticeLimits, sessions: 7 });
    await publisher.setSmallPage('home01', true);

    expect((await bench.snapshot()).limits.sessions).toBe(7);
    expect((await bench.site('home01'))?.isSmallOnly).toBe(true);
  });

  it('says so when the snapshot cannot be written, and succeeds when it is asked again', async () => {
    await using publisher = await bench.publisher();
    await publisher.register([sampleSite('home01')], {});
    await rename(bench.folder, `${bench.folder}.away`);

    await expect(publisher.publish(orderOf('home01', 3), soon())).rejects.toMatchObject({
      code: 'DETOUR_NOTICE_PUBLISH_FAILED',
      retryable: true,
    });
    await rename(`${bench.folder}.away`, bench.folder);
    await publisher.publish(orderOf('home01', 3), soon());

    expect(await bench.standing('home01')).toBe(3);
  });

  it('goes on when the notice plane cannot be told of a new snapshot', async () => {
    await using publisher = await bench.publisher({
      poke: async () => {
        throw new Error('nobody there');
      },
    });
    await publisher.register([sampleSite('home01')], {});

    await publisher.publish(orderOf('home01', 3), soon());

    expect(await bench.standing('home01')).toBe(3);
  });

  it('is not held up by a notice plane that hangs when it is told of a new snapshot', async () => {
    await using publisher = await bench.publisher({ poke: () => new Promise(() => undefined) });

    await publisher.register([sampleSite('home01')], {});
    await publisher.publish(orderOf('home01', 3), soon());

    expect(await bench.standing('home01')).toBe(3);
  });

  it('gives up a notice at its time even while a write hangs', async () => {
    await using publisher = await bench.publisher();
    await publisher.register([sampleSite('home01')], {});

    await expect(
      publisher.publish(orderOf('home01', 3), AbortSignal.abort()),
    ).rejects.toMatchObject({ code: 'DETOUR_NOTICE_NOT_LIVE' });
  });

  it('waits until the notice answers by every door of a site, over HTTP and over HTTPS', async () => {
    let isAnsweringTls = false;
    const asked: string[] = [];
    await using publisher = await bench.publisher({
      doors: () => [{ isTls: false }, { isTls: true }],
      isLive: async () => asked.push('http') > 0,
      isLiveOverTls: async () => {
        asked.push('https');
        return isAnsweringTls;
      },
    });
    await publisher.register([sampleSite('home01')], {});

    await expect(
      publisher.publish(orderOf('home01', 3), AbortSignal.timeout(300)),
    ).rejects.toMatchObject({ code: 'DETOUR_NOTICE_NOT_LIVE' });
    isAnsweringTls = true;
    await publisher.publish(orderOf('home01', 3), soon());

    expect(asked.slice(0, 2)).toEqual(['http', 'https']);
    expect(asked.at(-1)).toBe('https');
  });

  it('previews exactly what would be served, aged to this moment', async () => {
    const at = (text: string) => () => Date.parse(text);
    await using early = await bench.publisher({ now: at('2026-11-24T05:00:00Z') });
    await using late = await bench.publisher({ now: at('2026-11-24T06:00:00Z') });
    await early.register([sampleSite('home01')], {});
    await late.register([sampleSite('home01')], {});

    const before = await early.preview(orderOf('home01', 3), { language: 'en', format: 'html' });
    const after = await late.preview(orderOf('home01', 3), { language: 'en', format: 'html' });
    await early.publish(orderOf('home01', 3), soon());

    const served = await bench.site('home01');
    expect(before.body).toBe(bodyText(served, 'en', 'html'));
    expect(before.headers).toMatchObject({
      'Content-Language': 'en',
      'Cache-Control': 'no-store',
      'Retry-After': '1800',
      'X-Robots-Tag': 'noindex',
      'Detour-Notice': served?.marker,
      'Content-Security-Policy': served?.contentSecurityPolicy,
    });
    expect(before.body).toContain('14:30 KST');
    expect(after.body).not.toContain('14:30 KST');
    expect(after.headers['Retry-After']).toBe('120');
    expect(
      (await early.preview(orderOf('home01', 3), { language: 'fr', format: 'html' })).headers,
    ).toMatchObject({
      'Content-Language': 'ko',
    });
  });

  it('does not show a recovery time that was promised for an earlier failure', async () => {
    await using publisher = await bench.publisher();
    const { expectedRecoveryAt: _, ...order } = orderOf('home01', 3);
    const stale = { expectedRecoveryAt: order.since - 60_000 };

    await publisher.register([sampleSite('home01')], { home01: stale });
    await publisher.publish(order, soon());

    expect((await bench.site('home01'))?.expectedRecoveryAt).toBeUndefined();
    expect(bodyText(await bench.site('home01'), 'en', 'html')).toContain('Not known yet');
  });

  it('takes the owner’s page and words over the shipped ones', async () => {
    const templates = join(bench.root, 'templates');
    await mkdir(join(templates, 'locales'), { recursive: true });
    await writeFile(
      join(templates, 'notice.hbs'),
      '<style>b{color:red}</style>\n<b>{{heading}}</b>',
    );
    const english = await readFile(
      new URL('../../src/adapters/publishers/snapshot/locales/en.yaml', import.meta.url),
      'utf8',
    );
    await writeFile(
      join(templates, 'locales', 'fr.yaml'),
      english
        .replace('language: en', 'language: fr')
        .replaceAll('run out of memory', 'plus de mémoire'),
    );
    await using publisher = await bench.publisher({ templates });
    await publisher.register([sampleSite('home01')], {});

    const { body, headers } = await publisher.preview(orderOf('home01', 3), {
      language: 'fr',
      format: 'html',
    });

    expect(body).toContain('<b>The server has plus de mémoire</b>');
    expect(headers['Content-Security-Policy']).toContain("style-src 'sha256-");
  });

  it.each([
    ['a raw value', '<p>\n  {{{heading}}}</p>', /notice\.hbs:2:3: /],
    [
      'a misspelt value',
      '<p>\n  {{headline}}</p>',
      /notice\.hbs:2:5: there is no value headline - did you mean heading/,
    ],
  ])('refuses an owner’s page with %s when it is opened', async (_, source, message) => {
    const templates = join(bench.root, 'templates');
    await mkdir(templates);
    await writeFile(join(templates, 'notice.hbs'), source);

    await expect(bench.publisher({ templates })).rejects.toMatchObject({
      code: 'DETOUR_NOTICE_TEMPLATE_INVALID',
      message: expect.stringMatching(message),
    });
  });
});
