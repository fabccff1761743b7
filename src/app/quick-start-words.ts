import { sampleSites } from '../quickstart/sample-network.ts';
import type { QuickStart } from './quick-start.ts';
import { version } from './version.ts';

/** What a newcomer needs to see, break and repair things. */
export function quickStartWords({ network, files, plane, controlUrl, folder }: QuickStart): string {
  const { port } = network;
  const sites = sampleSites.map((site) => `  ${site.name}   http://${site.address}:${port}/`);
  const [first] = sampleSites;
  const name = first?.name ?? '';
  const client = `DETOUR_URL=${plane.adminUrl} DETOUR_TOKEN_FILE=${files.tokenFile} npx detour`;
  return [
    `Detour ${version}, quick start: two sites, a router spoken to over SSH, a notice server. All on loopback.`,
    '',
    ...sites,
    `  page     ${plane.adminUrl}/#token=${files.token}`,
    '',
    `  break    curl -X POST ${controlUrl}/${name}/break`,
    `  look     curl -i http://${first?.address}:${port}/`,
    `  repair   curl -X POST ${controlUrl}/${name}/repair`,
    `  ask      ${client} status`,
    `           ${client} why ${name}`,
    `  or       npm run demo, which plays all of it by itself`,
    '',
    `Configuration, keys and data: ${folder}`,
    'Your own: npm start -- --config.file=detour.yaml. Ctrl-C ends everything here.',
    '',
    '',
  ].join('\n');
}
