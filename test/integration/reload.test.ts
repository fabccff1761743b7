import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { type QuickStart, startQuickStart } from '../../src/app/quick-start.ts';
import { silentLog } from '../../src/lib/log.ts';
import { until } from '../support/until.ts';
import { badInputs, writeBadConfiguration } from './support/bad-configuration.ts';

/** As an operator would edit it: any key, by its name. */
type Config = ReturnType<typeof parse>;

describe('a reload of the running controller', () => {
  let quickStart: QuickStart;
  let original: string;

  const ask = async (
    method: string,
    where: string,
    body?: object,
    token = quickStart.files.token,
  ) => {
    const response = await fetch(`${quickStart.plane.adminUrl}${where}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') === true;
    return { status: response.status, body: isJson ? JSON.parse(text) : text };
  };

  const edit = (change: (config: Config) => void): void => {
    const config = parse(original);
    change(config);
    writeFileSync(quickStart.files.configFile, stringify(config));
  };

  const reload = () => ask('POST', '/-/reload');

  const metric = async (line: string): Promise<string | undefined> =>
    (await ask('GET', '/metrics')).body
      .split('\n')
      .find((text: string) => text.startsWith(`${line} `))
      ?.split(' ')
      .at(-1);

  const siteNames = async (): Promise<readonly string[]> =>
    (await ask('GET', '/api/v1/sites')).body.sites.map(({ name }: { name: string }) => name);

  beforeAll(async () => {
    quickStart = await startQuickStart({ log: silentLog, listenAddress: '127.0.0.1:0' });
    original = readFileSync(quickStart.files.configFile, 'utf8');
    await until(
      'the controller to be ready',
      async () => (await ask('GET', '/-/ready')).status === 200,
    );
  });

  afterEach(async () => {
    writeFileSync(quickStart.files.configFile, original);
    expect((await reload()).status).toBe(200);
  });

  afterAll(async () => {
    await quickStart[Symbol.asyncDispose]();
  });

  it('refuses a bad configuration whole, names every problem, and raises the metric until a good one came', async () => {
    const before = await siteNames();
    const bad = readFileSync(writeBadConfiguration(path.join(quickStart.folder, 'bad')), 'utf8');
    // The rules and keys that it names lie beside it.
    writeFileSync(quickStart.files.configFile, bad.replaceAll('./', './bad/'));

    const refused = await reload();
    const metricWhileBad = await metric('detour_config_last_reload_successful');
    const sitesWhileBad = await siteNames();
    const { body: audit } = await ask('GET', '/api/v1/audit');
    writeFileSync(quickStart.files.configFile, original);
    const taken = await reload();

    expect(refused.status).toBe(422);
    const messages: readonly string[] = refused.body.errors.map(
      ({ message }: { message: string }) => message,
    );
    for (const { kind, says, at } of badInputs) {
      const place = new RegExp(`${at.file.replace('.', '\\.')}:${at.line}:\\d+: `);
      expect
        .soft(
          messages.find((text) => text.includes(says)),
          kind,
        )
        .toMatch(place);
    }
    expect(messages).toHaveLength(badInputs.length);
    expect(metricWhileBad).toBe('0');
    expect(sitesWhileBad).toEqual(before);
    expect(audit.records[0]).toMatchObject({ reason: 'config-rejected' });
    expect(taken).toMatchObject({ status: 200, body: { isApplied: true, applied: [] } });
    expect(await metric('detour_config_last_reload_successful')).toBe('1');
  });

  it('refuses a file that is gone, and keeps on working', async () => {
    const { configFile } = quickStart.files;
    renameSync(configFile, `${configFile}.away`);

    const refused = await reload();
    renameSync(`${configFile}.away`, configFile);

    expect(refused.status).toBe(422);
    expect(refused.body.errors[0].message).toContain('Could not read the configuration');
    expect(await siteNames()).toContain('home01');
  });

  it('takes new, changed and gone sites and says which', async () => {
    edit((config) => {
      config.sites[1] = { ...config.sites[1], name: 'home03', hostnames: ['home03.example.kr'] };
      config.sites[1].probes[0].url = config.sites[1].probes[0].url.replace('home02', 'home03');
      config.sites[0].mode = 'confirm';
    });

    const { body } = await reload();

    expect(body.applied).toEqual(['sites: added home03; changed home01; removed home02']);
    expect(await siteNames()).toEqual(['home01', 'home03']);
    expect((await ask('GET', '/api/v1/sites/home01')).body.mode).toBe('confirm');
  });

  it('takes new tokens: the old one no longer opens anything', async () => {
    const token = 'another-token-of-the-tests';
    const tokensFile = path.join(quickStart.folder, 'tokens.yaml');
    const tokens = readFileSync(tokensFile, 'utf8');
    const sha256 = createHash('sha256').update(token).digest('hex');
    writeFileSync(tokensFile, stringify({ tokens: [{ name: 'lee', role: 'admin', sha256 }] }));

    const { body } = await reload();
    const withOld = await ask('GET', '/api/v1/sites');
    const withNew = await ask('GET', '/api/v1/sites', undefined, token);
    writeFileSync(tokensFile, tokens);
    await ask('POST', '/-/reload', undefined, token);

    expect(body.applied).toEqual(['admin.tokens: added lee; removed operator']);
    expect(withOld.status).toBe(401);
    expect(withNew.status).toBe(200);
  });

  it('reads a new router at once, reaches a changed one anew, and forgets one that is gone', async () => {
    edit((config) => {
      config.routers.push({ ...config.routers[0], name: 'spare', estate: ['127.0.99.0/24'] });
      config.routers[0].transport.connectTimeout = '4s';
    });

    const { body } = await reload();
    const readable = await until(
      'the new router to be read',
      async () => (await metric('detour_router_readable{router="spare"}')) === '1',
    );
    writeFileSync(quickStart.files.configFile, original);
    const gone = await reload();

    expect(body.applied).toEqual(['routers: added spare; changed notice-switch']);
    expect(readable).toBe(true);
    expect(gone.body.applied).toEqual(['routers: changed notice-switch; removed spare']);
    expect(await metric('detour_router_readable{router="spare"}')).toBeUndefined();
    expect(await metric('detour_router_readable{router="notice-switch"}')).toBe('1');
    expect((await ask('GET', '/api/v1/routers/spare/routes')).status).toBe(404);
  });

  it('names what holds only after a restart, and says so again until then', async () => {
    edit((config) => {
      config.dataFolder = './elsewhere';
      config.notice.http = ['127.0.0.1:8099'];
      config.notice.defaultLanguage = 'en';
      config.admin.listen = '127.0.0.1:8098';
    });

    const first = await reload();
    const second = await reload();

    expect(first.body.applied).toEqual([]);
    expect(first.body.needsRestart).toEqual(
      expect.arrayContaining([
        'dataFolder: restart the controller and notice process',
        'admin.listen: restart the controller',
        'notice.http: restart the controller and notice process',
        'notice.handover: restart the controller and notice process',
        'notice.defaultLanguage: restart the controller',
      ]),
    );
    expect(second.body.needsRestart).toEqual(first.body.needsRestart);
  });

  it('takes the limits of the file, until a person has set others', async () => {
    edit((config) => {
      config.limits = { sourceSessions: 77 };
    });
    const byFile = await reload();
    const { body: first } = await ask('GET', '/api/v1/limits');
    await ask('PUT', '/api/v1/limits', { ...first, sourceSessions: 55 });
    edit((config) => {
      config.limits = { sourceSessions: 99 };
    });
    await reload();

    expect(byFile.body.applied).toEqual(['limits']);
    expect(first.sourceSessions).toBe(77);
    expect((await ask('GET', '/api/v1/limits')).body.sourceSessions).toBe(55);
  });

  it('asks other reference targets: one that answers nobody is our own isolation, until it is taken out', async () => {
    const isolation = async (): Promise<boolean> =>
      (await ask('GET', '/api/v1/brakes')).body.brakes.find(
        ({ brake }: { brake: string }) => brake === 'isolation',
      )?.isActive === true;
    edit((config) => {
      config.guards.isolation = { references: ['127.0.99.99:1'] };
    });

    await reload();
    const whileNoneAnswers = await until('the isolation to be seen', isolation);
    writeFileSync(quickStart.files.configFile, original);
    await reload();

    expect(whileNoneAnswers).toBe(true);
    expect(await until('the isolation to be over', async () => !(await isolation()))).toBe(true);
  });

  describe('while a site is diverted', () => {
    let alerts: Server;
    const heard: { readonly key: string }[] = [];

    beforeAll(async () => {
      alerts = createServer((request, response) => {
        request.on('data', (chunk) => heard.push(JSON.parse(String(chunk))));
        response.end();
      });
      await once(alerts.listen(0, '127.0.0.1'), 'listening');
      const address = alerts.address();
      const port = typeof address === 'object' ? address?.port : undefined;
      edit((config) => {
        config.alerts = [{ type: 'webhook', name: 'duty', url: `http://127.0.0.1:${port}/` }];
      });
      original = readFileSync(quickStart.files.configFile, 'utf8');
      expect((await reload()).body.applied).toEqual(['alerts: added duty']);
      await ask('PUT', '/api/v1/sites/home01/override', { action: 'divert', reason: 'a test' });
      await until(
        'home01 to be diverted',
        async () => (await ask('GET', '/api/v1/sites/home01')).body.phase === 'diverted',
      );
    });

    afterAll(async () => {
      alerts.close();
    });

    it('tells people by a way that the reload added', async () => {
      const alert = await until('an alert to arrive', () => heard[0]);

      expect(alert.key).toContain('home01');
    });

    it.each([
      [
        'takes its router out',
        (config: Config): void => {
          config.sites = [];
          config.routers = [];
        },
        'router notice-switch is taken out while routes of ours stand there (127.0.80.100/32) - restore home01 first, then reload',
      ],
      [
        'shrinks the estate of its router',
        (config: Config): void => {
          config.sites = config.sites.slice(1);
          for (const router of config.routers) {
            router.estate = ['127.0.80.200/32'];
          }
        },
        'the estate of router notice-switch no longer holds 127.0.80.100/32, where a route of ours stands - restore home01 first, then reload',
      ],
      [
        'may put another device in the place of its router',
        (config: Config): void => {
          for (const { transport } of config.routers) {
            transport.hostKeys = ['SHA256:aVeryRealLookingFingerprintOfTheSwitch00000'];
          }
        },
        'router notice-switch may become another device while routes of ours stand there (127.0.80.100/32) - keep one of its host keys in hostKeys, or restore home01 first',
      ],
    ])('refuses a configuration that %s', async (_what, change, message) => {
      edit(change);

      const refused = await reload();

      expect(refused.status).toBe(422);
      expect(refused.body.errors).toEqual([{ path: '/configuration', message }]);
      expect((await ask('GET', '/api/v1/sites/home01')).body.phase).toBe('diverted');
    });

    it('keeps the notice and the route of a site that leaves the file until its route is gone', async () => {
      edit((config) => {
        config.sites = config.sites.slice(1);
      });

      const { body } = await reload();
      await until(
        'the route to be gone',
        async () =>
          (await metric('detour_routes{router="notice-switch",state="observed"}')) === '0',
      );

      expect(body.applied).toEqual(['sites: removed home01']);
    });
  });
});
