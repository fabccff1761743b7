import { describe, expect, it } from 'vitest';
import { judgeGaps } from '../../../../src/app/doctor/notice-host.ts';
import { appliedLines } from '../../../../src/app/host/host-commands.ts';
import type { HostGaps } from '../../../../src/host/notice-host.ts';

const none: HostGaps = {
  firewall: [],
  isSetStale: false,
  routes: { add: [], remove: [] },
  refused: [],
};
const refused = ['203.0.113.10: it lies outside every estate'];

describe('detour host apply', () => {
  it('tells what it mended', () => {
    const gaps = { ...none, isSetStale: true, routes: { add: ['203.0.113.9'], remove: [] } };

    expect(appliedLines(gaps)).toEqual([
      'mended: the sets of diverted addresses are not those of the snapshot',
      'mended: 203.0.113.9 is diverted but not taken by this host',
    ]);
  });

  it('names the addresses that it must not take, and never among what it mended', () => {
    expect(appliedLines({ ...none, refused })).toEqual([
      'nothing to do',
      'NOT TAKEN: 203.0.113.10: it lies outside every estate',
    ]);
  });
});

describe('what the doctor says of a notice host', () => {
  it.each<[string, HostGaps, string]>([
    ['good when nothing is missing', none, 'good'],
    [
      'bad when a diverted address is not taken',
      { ...none, routes: { add: ['203.0.113.9'], remove: [] } },
      'BAD',
    ],
    ['bad when one must not be taken', { ...none, refused }, 'BAD'],
    [
      'a note when only the firewall differs',
      { ...none, firewall: ['chain x is missing'] },
      'note',
    ],
  ])('is %s', (_, gaps, verdict) => {
    expect(judgeGaps(gaps, 1).map((finding) => finding.verdict)).toEqual([verdict]);
  });
});
