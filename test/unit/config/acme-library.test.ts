import { describe, expect, it } from 'vitest';
import { checkParts } from '../../../src/config/check-parts.ts';
import { readDraft } from '../../../src/config/draft.ts';
import { openYaml } from '../../../src/config/yaml-source.ts';

const text = `notice:
  certificates: ./certificates
  acme:
    directoryUrl: https://acme.example.kr/dir
    email: noc@example.kr
    agreeToTerms: true
`;

const said = (isInstalled: boolean): readonly string[] =>
  checkParts(
    readDraft(openYaml('detour.yaml', text, {})),
    (file) => file,
    () => isInstalled,
  ).map(({ what, remedy }) => `${what}: ${remedy}`);

describe('notice.acme', () => {
  it('is refused, with what to run, where its optional package was left out', () => {
    expect(said(false)).toContain(
      'notice.acme needs the package acme-client, which is not installed: run npm ci without --omit=optional, or npm install acme-client',
    );
    expect(said(true).join('\n')).not.toContain('acme-client');
  });
});
