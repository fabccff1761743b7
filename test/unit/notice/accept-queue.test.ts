import { describe, expect, it } from 'vitest';
import { acceptQueueIn } from '../../../src/notice/accept-queue.ts';

const head =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';
const line = (local: string, state: string, waiting: string): string =>
  `   0: ${local} 00000000:0000 ${state} 00000000:${waiting} 00:00000000 00000000     0        0 1511 1 0 100 0 0 10 0`;

const tableOf = (...lines: readonly string[]): string => [head, ...lines, ''].join('\n');

describe('the queue before the door', () => {
  it('is what the kernel holds for listeners on our ports, and on no others', () => {
    const table = tableOf(
      line('0100007F:0050', '0A', '00000011'),
      line('0100007F:01BB', '0A', '00000002'),
      line('00000000:1F90', '0A', '000000FF'),
    );

    expect(acceptQueueIn(table, new Set([80, 443]))).toEqual({ waiting: 19, listeners: 2 });
  });

  it('does not take the unread bytes of a session for visitors who wait', () => {
    const table = tableOf(
      line('00000000:0050', '0A', '00000001'),
      line('0100007F:0050', '01', '0000FFFF'),
    );

    expect(acceptQueueIn(table, new Set([80]))).toEqual({ waiting: 1, listeners: 1 });
  });

  it('reads addresses of IPv6 too', () => {
    const table = tableOf(line('00000000000000000000000000000000:0050', '0A', '00000003'));

    expect(acceptQueueIn(table, new Set([80]))).toEqual({ waiting: 3, listeners: 1 });
  });

  it.each([
    ['there is no table', ''],
    ['the table is cut in the middle of a line', `${head}\n   0: 00000000:0050 00000000:0000 0A`],
  ])('is empty where %s', (_, table) => {
    expect(acceptQueueIn(table, new Set([80]))).toEqual({ waiting: 0, listeners: 0 });
  });
});
