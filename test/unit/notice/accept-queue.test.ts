import { describe, expect, it } from 'vitest';
import { acceptQueuesIn } from '../../../src/notice/accept-queue.ts';

const head =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';
const line = (local: string, state: string, waiting: string, inode = '1511'): string =>
  `   0: ${local} 00000000:0000 ${state} 00000000:${waiting} 00:00000000 00000000     0        0 ${inode} 1 0 100 0 0 10 0`;

const tableOf = (...lines: readonly string[]): string => [head, ...lines, ''].join('\n');

describe('the queue before the door', () => {
  it('is what the kernel holds for each listener', () => {
    const table = tableOf(
      line('0100007F:0050', '0A', '00000011', '7'),
      line('0100007F:01BB', '0A', '000000FF', '8'),
    );

    expect(acceptQueuesIn(table)).toEqual([
      { inode: '7', port: 80, waiting: 17 },
      { inode: '8', port: 443, waiting: 255 },
    ]);
  });

  it('does not take the unread bytes of a session for visitors who wait', () => {
    const table = tableOf(
      line('00000000:0050', '0A', '00000001'),
      line('0100007F:0050', '01', '0000FFFF'),
    );

    expect(acceptQueuesIn(table).map(({ waiting }) => waiting)).toEqual([1]);
  });

  it('reads addresses of IPv6 too', () => {
    const table = tableOf(line('00000000000000000000000000000000:0050', '0A', '00000003'));

    expect(acceptQueuesIn(table)).toEqual([{ inode: '1511', port: 80, waiting: 3 }]);
  });

  it.each([
    ['there is no table', ''],
    ['the table is cut in the middle of a line', `${head}\n   0: 00000000:0050 00000000:0000 0A`],
  ])('is empty where %s', (_, table) => {
    expect(acceptQueuesIn(table)).toEqual([]);
  });
});
