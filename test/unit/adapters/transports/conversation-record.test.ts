import { describe, expect, it } from 'vitest';
import { ConversationRecord } from '../../../../src/adapters/transports/conversation-record.ts';

describe('the record of a conversation', () => {
  it('tells what was sent and what came back, without empty lines', () => {
    const record = new ConversationRecord();

    record.sent('configure terminal\n');
    record.heard('edge-1(con');
    record.heard('fig)#');
    record.sent('\n');

    expect(record.text()).toBe('>>> configure terminal\nedge-1(config)#');
  });

  it('hides secrets of a configuration, even where the cut would part a word from its secret', () => {
    const record = new ConversationRecord();
    const row = 'x'.repeat(98);
    const filling = `${row}\n`.repeat(14);
    const secret = 'enable password tr0ub4dor\n';

    for (let shift = 0; shift < 100; shift += 1) {
      record.begin();
      record.sent('show running-config');
      record.heard(`${filling}${'y'.repeat(shift)}\n${secret}${filling}${filling}`);

      expect(record.text()).not.toContain('tr0ub4dor');
    }
  });

  it('hides a secret that was sent, also where the router echoes it', () => {
    const record = new ConversationRecord();

    record.sent('enable\n');
    record.heard('Password: ');
    record.sentSecret('hunter2\n');
    record.heard('hunter2\r\nedge-1#');

    expect(record.text()).toBe('>>> enable\nPassword: \n>>> (a secret)\n(hidden)\nedge-1#');
  });

  it('hides passwords in the elements of a NETCONF answer', () => {
    const record = new ConversationRecord();

    record.heard('<user><name>kim</name><encrypted-password>abc</encrypted-password></user>');

    expect(record.text()).toContain('<encrypted-password>(hidden)</encrypted-password>');
  });

  it('stays within 16,000 characters and keeps the beginning and the end', () => {
    const record = new ConversationRecord();

    for (let line = 0; line < 2_000; line += 1) {
      record.sent(`ip route 192.0.2.${line % 256}/32 198.51.100.2 tag 6310`);
    }
    record.sent('end');

    const text = record.text();
    expect(text.length).toBeLessThanOrEqual(16_000);
    expect(text).toMatch(/^>>> ip route 192\.0\.2\.0\/32/);
    expect(text).toContain('(some left out)');
    expect(text).toMatch(/>>> end$/);
  });

  it('forgets everything when a new operation begins', () => {
    const record = new ConversationRecord();
    record.sent('show version');

    record.begin();

    expect(record.text()).toBe('');
  });
});
