import { describe, expect, it } from 'vitest';
import { errorsIn } from '../../../../src/adapters/netconf/rpc-error.ts';
import {
  escapeXml,
  findElement,
  findElements,
  parseXml,
  textOf,
} from '../../../../src/adapters/netconf/xml.ts';

describe('an XML answer', () => {
  it('is read without prefixes, with attributes and text', () => {
    const root = parseXml(
      '\n<nc:rpc-reply xmlns:nc="urn:x" message-id="7"><data><a junos:style="brief">1 &lt; 2</a><a/></data></nc:rpc-reply>',
    );

    expect(root?.name).toBe('rpc-reply');
    expect(root?.attributes.get('message-id')).toBe('7');
    expect(root && findElements(root, 'a').map(({ text }) => text)).toEqual(['1 < 2', '']);
    expect(root && findElement(root, 'a')?.attributes.get('style')).toBe('brief');
  });

  it('keeps text as it is: no numbers are made of it', () => {
    const root = parseXml('<r><tag>06310</tag><name>1e3</name></r>');

    expect(root && [textOf(root, 'tag'), textOf(root, 'name'), textOf(root, 'none')]).toEqual([
      '06310',
      '1e3',
      '',
    ]);
  });

  it.each([
    ['cut short', '<rpc-reply><data><a>1</a></data>'],
    ['two answers', '<a/><b/>'],
    ['no XML', 'error: permission denied'],
    ['empty', ''],
    ['an answer with entities of its own', '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'],
    ['nested without end', `${'<a>'.repeat(500)}${'</a>'.repeat(500)}`],
  ])('is none when it is %s', (_, text) => {
    expect(parseXml(text)).toBeUndefined();
  });

  it('carries any text there and back', () => {
    const text = `<"&'>]]>`;

    expect(parseXml(`<a b="${escapeXml(text)}">${escapeXml(text)}</a>`)).toMatchObject({
      text,
      attributes: new Map([['b', text]]),
    });
  });
});

describe('the errors of a reply', () => {
  const read = (text: string): ReturnType<typeof errorsIn> => {
    const reply = parseXml(`<rpc-reply>${text}</rpc-reply>`);
    return reply === undefined ? [] : errorsIn(reply);
  };

  it('name the holder of a lock: its user where the server tells, else its session', () => {
    const locked = (info: string): string =>
      `<rpc-error><error-tag>lock-denied</error-tag><error-severity>error</error-severity><error-message>\nlocked\n</error-message><error-info>${info}</error-info></rpc-error>`;

    expect(read(locked('<session-id>12</session-id>'))).toEqual([
      { tag: 'lock-denied', message: 'locked', holder: 'session 12' },
    ]);
    expect(read(locked('<database-status><user>kim</user></database-status>'))).toMatchObject([
      { holder: 'kim' },
    ]);
    expect(read(locked('<session-id>0</session-id>'))[0]).not.toHaveProperty('holder');
  });

  it('are not warnings', () => {
    const warning =
      '<rpc-error><error-severity>warning</error-severity><error-message>statement not found</error-message></rpc-error><ok/>';

    expect(read(warning)).toEqual([]);
    expect(read('<ok/>')).toEqual([]);
  });
});
