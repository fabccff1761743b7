import { describe, expect, it } from 'vitest';
import { parseNoticeText } from '../../../src/config/notice-text-schema.ts';

const png = Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), Buffer.alloc(100)]);
const dataUrl = (type: string, bytes: Buffer): string =>
  `data:${type};base64,${bytes.toString('base64')}`;
const link = (url: string): unknown => ({ links: [{ url, label: { en: 'Elsewhere' } }] });

describe('parseNoticeText', () => {
  it('takes words, a contact, links, a logo and a recovery time', () => {
    const text = {
      message: { ko: '점검 중', en: 'Being repaired' },
      contact: '02-1234-5678',
      links: [{ url: 'https://status.example.kr/', label: { ko: '현황' } }],
      logo: dataUrl('image/png', png),
      expectedRecoveryAt: 1_800_000_000_000,
    };

    expect(parseNoticeText(text)).toEqual(text);
    expect(parseNoticeText({})).toEqual({});
  });

  it.each([
    'https://a.example/',
    'http://a.example/x?y',
    'mailto:help@a.example',
    'tel:+8221234567',
  ])('takes the link %s', (url) => {
    expect(() => parseNoticeText(link(url))).not.toThrow();
  });

  it.each([
    'javascript:alert(1)',
    ' javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    'data:text/html,x',
    'https://user:secret@a.example/',
    '//a.example/',
    '/relative',
    'vbscript:x',
    'file:///etc/passwd',
  ])('refuses the link %s', (url) => {
    expect(() => parseNoticeText(link(url))).toThrow(/http, https, mailto or tel/);
  });

  it('refuses a message of more than 2,000 characters', () => {
    expect(() => parseNoticeText({ message: { en: 'x'.repeat(2_000) } })).not.toThrow();
    expect(() => parseNoticeText({ message: { en: 'x'.repeat(2_001) } })).toThrow(/2000/);
  });

  it('tells a picture by its bytes, not by the name it gives itself', () => {
    const html = Buffer.from('<svg onload=alert(1)>');

    expect(() => parseNoticeText({ logo: dataUrl('image/png', html) })).toThrow(/does not hold/);
    expect(() => parseNoticeText({ logo: dataUrl('image/jpeg', png) })).toThrow(/does not hold/);
    expect(() => parseNoticeText({ logo: dataUrl('image/svg+xml', html) })).toThrow(/PNG, JPEG/);
  });

  it.each([
    ['image/jpeg', Buffer.from('\xff\xd8\xff\xe0rest', 'latin1')],
    ['image/webp', Buffer.from('RIFF\0\0\0\0WEBPVP8 ', 'latin1')],
  ])('takes a logo of type %s', (type, bytes) => {
    expect(() => parseNoticeText({ logo: dataUrl(type, bytes) })).not.toThrow();
  });

  it('refuses a logo of more than 8,000 bytes', () => {
    const big = Buffer.concat([png, Buffer.alloc(8_000)]);

    expect(() => parseNoticeText({ logo: dataUrl('image/png', big) })).toThrow(
      /at most 8000 bytes/,
    );
  });

  it('names an unknown key, and every problem at once', () => {
    expect(() => parseNoticeText({ mesage: {}, contact: '' })).toThrow(/contact.*mesage/s);
    expect(() => parseNoticeText({ message: { 'not a language': 'x' } })).toThrow(/message/);
    expect(() => parseNoticeText('text')).toThrow(/expected object/);
  });
});
