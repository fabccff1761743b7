import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { noticeNodeFlags } from '../../../src/notice/node-flags.ts';

const unit = path.join(import.meta.dirname, '../../../deploy/systemd/detour-notice.service');

describe('the systemd unit of the notice process', () => {
  it('starts Node as Detour itself would', () => {
    const [start = ''] = readFileSync(unit, 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('ExecStart='));

    expect(start).toContain(`/usr/bin/node ${noticeNodeFlags.join(' ')} /opt/detour`);
  });
});
