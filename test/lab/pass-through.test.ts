import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { putCertificate } from '../support/certificates.ts';
import { type CommandResult, run } from '../support/command.ts';
import { Daemon } from '../support/daemon.ts';
import { until } from '../support/until.ts';
import { LabDetour } from './support/detour.ts';
import { home01, Lab, type LabSite } from './support/lab.ts';
import type { Watch } from './support/namespace-client.ts';

const shop: LabSite = {
  name: 'shop',
  hostname: 'shop.example.kr',
  address: home01.address,
  originAddress: home01.originAddress,
  isPassedThrough: true,
};
const bank: LabSite = {
  ...shop,
  name: 'bank',
  hostname: 'bank.example.kr',
  isOverHttps: true,
};

const limitMs = 30_000;
/** Two visitors from one source, well within the limits of the notice plane. */
const everyMs = 100;

describe('two sites on one address, of which one fails', () => {
  let lab: Lab;
  let detour: LabDetour;
  let atShop: Watch;
  let atBank: Watch;

  beforeAll(async () => {
    lab = await Lab.open({ protocol: 'ospf', sites: [home01] });
    await lab.killOrigin(home01);
    await putCertificate(lab.folder, { label: bank.name, names: [bank.hostname] });
    const script = new URL('./support/shared-server.ts', import.meta.url).pathname;
    const argv = [process.execPath, script, lab.folder, shop.name, bank.name];
    const server = new Daemon('the shared web server', lab.at('site1', argv));
    lab.use({ [Symbol.asyncDispose]: async () => void (await server.kill()) });
    await until('the shared web server', () => server.output.includes('ready'), {
      timeoutMs: 40_000,
    });
    detour = await LabDetour.start(lab, { sites: [shop, bank], readyWithinMs: 90_000 });
    await detour.untilPhase(shop, 'serving');
    await detour.untilPhase(bank, 'serving');
    const watch = ({ address, hostname }: LabSite): Watch =>
      lab.client.watch({ address, headers: { host: hostname } }, everyMs);
    [atShop, atBank] = [watch(shop), watch(bank)];
    await atShop.first('shop', 0, limitMs);
    await atBank.first('bank', 0, limitMs);
  });

  afterAll(() => lab?.[Symbol.asyncDispose]());

  const fail = ({ name }: LabSite): Promise<void> =>
    writeFile(join(lab.folder, `${name}.down`), '');
  const heal = ({ name }: LabSite): Promise<void> => rm(join(lab.folder, `${name}.down`));

  /** A visit over TLS that takes no certificate but the bank's own. */
  function visitBankOverTls(): Promise<CommandResult> {
    return run(
      lab.at('client', [
        ...['openssl', 's_client', '-quiet', '-verify_return_error'],
        ...['-connect', `${bank.address}:443`, '-servername', bank.hostname],
        ...['-CAfile', join(lab.folder, `${bank.name}.crt`), '-verify_hostname', bank.hostname],
      ]),
      { stdin: `GET / HTTP/1.1\r\nHost: ${bank.hostname}\r\nConnection: close\r\n\r\n` },
    );
  }

  it('shows the notice of the failed one and goes on serving the other, over TLS with its own certificate', async () => {
    const failedAt = Date.now();
    await fail(shop);
    await atShop.first('notice shop', failedAt, limitMs);
    await detour.untilPhase(shop, 'diverted');
    const divertedAt = Date.now();
    const overTls = await visitBankOverTls();
    const passed = await lab.client.request({
      address: bank.address,
      headers: { host: bank.hostname },
    });
    const neighbour = await detour.site(bank);
    const routes = await lab.switch.staticLines();

    expect(routes).toHaveLength(1);
    expect(passed).toMatchObject({ status: 200, headers: { 'x-lab': 'bank' } });
    expect(overTls.stdout).toContain('bank itself');
    expect(neighbour).toMatchObject({ phase: 'serving', verdict: 'up', visitorsSee: 'origin' });
    expect(detour.controllerOutput).toContain(
      'bank still answered, passed through the notice host',
    );
    expect(atBank.seenSince(0)).not.toContain('notice bank');
    expect(atBank.seenSince(divertedAt).filter((who) => who !== 'bank')).toEqual([]);
  });

  it('gives the other one a notice of its own when that fails as well, and each comes back by itself', async () => {
    const failedAt = Date.now();
    await fail(bank);
    await atBank.first('notice bank', failedAt, limitMs);
    await detour.untilPhase(bank, 'diverted');
    const healedAt = Date.now();
    await heal(bank);
    await atBank.first('bank', healedAt, limitMs);
    await detour.untilPhase(bank, 'serving');
    const stillDiverted = await detour.site(shop);
    await heal(shop);
    await atShop.first('shop', healedAt, limitMs);
    await detour.untilPhase(shop, 'serving');

    expect(stillDiverted.phase).toBe('diverted');
    expect(await lab.switch.staticLines()).toEqual([]);
    expect((await detour.site(bank)).phase).toBe('serving');
  });
});
