import { describe, expect, it } from 'vitest';
import { Dialogue } from '../../../../src/adapters/dialogue/dialogue.ts';
import {
  type DialogueProfile,
  literally,
  logLine,
} from '../../../../src/adapters/dialogue/profile.ts';
import { ScriptedStream } from '../../../fakes/scripted-stream.ts';

const profile: DialogueProfile = {
  platform: 'sample',
  prompt: /^[\w-]+(\(config\))?[>#]$/,
  anchor: (prompt) => new RegExp(`^${literally(prompt.replace(/[>#]$/, ''))}(\\(config\\))?[>#]$`),
  pager: /^ ?--More--$/,
  setup: ['no paging'],
  aside: logLine,
  allowed: [/^no paging$/, /^show \w+$/, /^configure$/, /^commit$/, /^enable$/],
  farewell: 'exit',
};

const place = { profile, place: 'edge-1' };
const patience = (): AbortSignal => AbortSignal.timeout(5_000);

/** A device that echoes, answers by a table, and shows its prompt again. */
function device(
  answers: Readonly<Record<string, readonly string[]>>,
  greeting: readonly string[] = ['\r\nWelcome\r\n', 'host#'],
): ScriptedStream {
  return new ScriptedStream(greeting, (text, say) => {
    const line = text.trimEnd();
    if (line === '' && text !== ' ') {
      say('\r\nhost#');
    } else {
      say(...(answers[line] ?? [`${line}\r\n`, 'host#']));
    }
  });
}

describe('a dialogue', () => {
  it('learns the prompt, turns paging off and gives answers without echo and prompt', async () => {
    const stream = device({ 'show routes': ['show routes\r\n', 'one\r\ntwo\r\n', 'host#'] });

    await using dialogue = await Dialogue.open(stream, place, patience());
    const answer = await dialogue.ask('show routes');

    expect(answer).toEqual({ lines: ['one', 'two'], prompt: 'host#' });
    expect(stream.sent).toEqual(['\n', 'no paging\n', 'show routes\n']);
  });

  it('does not take a banner that looks like a prompt for one', async () => {
    const stream = device({}, ['keep-out#\r\nwelcome>', '\r\nhost#']);

    await using dialogue = await Dialogue.open(stream, place, patience());

    expect(dialogue.prompt).toBe('host#');
  });

  it('goes on when a line of an output is the very prompt', async () => {
    const stream = device({
      'show routes': ['show routes\r\none\r\n', 'host#', '\r\ntwo\r\n', 'host#'],
    });

    await using dialogue = await Dialogue.open(stream, place, patience());

    expect((await dialogue.ask('show routes')).lines).toEqual(['one', 'host#', 'two']);
  });

  it('trusts nothing when words come that belong to an earlier answer', async () => {
    const stream = device({ 'show late': ['show late\r\none\r\n', 'host#'] });
    await using dialogue = await Dialogue.open(stream, place, patience());
    await dialogue.ask('show late');

    stream.say('\r\nthe rest of it\r\nhost#');
    const next = dialogue.ask('show routes');

    await expect(next).rejects.toMatchObject({
      code: 'DETOUR_ROUTER_ANSWER_UNREADABLE',
      retryable: true,
    });
    expect(dialogue.isBroken).toBe(true);
  });

  it('finds out by an empty line whether the last answer was whole', async () => {
    const stream = device({ 'show late': ['show late\r\none\r\n', 'host#'] });
    await using dialogue = await Dialogue.open(stream, place, patience());
    await dialogue.ask('show late');
    await dialogue.settle();

    stream.say('\r\nthe rest of it\r\nhost#');

    await expect(dialogue.settle()).rejects.toMatchObject({
      code: 'DETOUR_ROUTER_ANSWER_UNREADABLE',
    });
  });

  it('answers a pager that was not turned off, and leaves no trace of it', async () => {
    const erase = `${'\b'.repeat(8)}${' '.repeat(8)}${'\b'.repeat(8)}`;
    const stream = new ScriptedStream(['host#'], (text, say) => {
      const words: Readonly<Record<string, readonly string[]>> = {
        '\n': ['\r\nhost#'],
        'no paging\n': ['no paging\r\n% Invalid input\r\nhost#'],
        'show routes\n': ['show routes\r\none\r\n', '--More--'],
        ' ': [`${erase}two\r\nhost#`],
      };
      say(...(words[text] ?? []));
    });

    await using dialogue = await Dialogue.open(stream, place, patience());

    expect((await dialogue.ask('show routes')).lines).toEqual(['one', 'two']);
  });

  it('drops log messages wherever they come', async () => {
    const log = '*Mar  1 00:01:02.003: %LINK-3-UPDOWN: Interface Gi0/1, changed state to up';
    const stream = device({
      'show routes': [`\r\n${log}\r\n`, 'show routes\r\none\r\n', `${log}\r\ntwo\r\n`, 'host#'],
    });

    await using dialogue = await Dialogue.open(stream, place, patience());

    expect((await dialogue.ask('show routes')).lines).toEqual(['one', 'two']);
  });

  it('stops at a question and goes on after the answer', async () => {
    const stream = device({
      commit: ['commit\r\n', 'Proceed ? [Y/n] '],
      y: ['y\r\ndone\r\n', 'host#'],
    });

    await using dialogue = await Dialogue.open(stream, place, patience());
    const asked = await dialogue.ask('commit', { question: /\[Y\/n\]$/ });
    const done = await dialogue.reply('y');

    expect(asked.prompt).toBe('Proceed ? [Y/n]');
    expect(done).toEqual({ lines: ['done'], prompt: 'host#' });
  });

  it('keeps a transcript in which no secret stands', async () => {
    const stream = device({
      enable: ['enable\r\n', 'Password: '],
      opensesame: ['\r\nhost#'],
      'show secrets': ['show secrets\r\nsnmp community topsecret\r\nhost#'],
    });

    await using dialogue = await Dialogue.open(stream, place, patience());
    await dialogue.ask('enable', { question: /^Password:$/ });
    await dialogue.replySecret('opensesame');
    await dialogue.ask('show secrets');

    expect(dialogue.transcript).toContain('>>> enable');
    expect(dialogue.transcript).toContain('>>> (a secret)');
    expect(dialogue.transcript).not.toMatch(/opensesame|topsecret/);
  });

  it('ends a step at its own time limit, with the transcript', async () => {
    const stream = device({ commit: ['commit\r\n'] });
    await using dialogue = await Dialogue.open(stream, place, patience());

    const step = dialogue.ask('commit', { timeoutMs: 50 });

    await expect(step).rejects.toMatchObject({
      code: 'DETOUR_TRANSPORT_TIMEOUT',
      retryable: true,
      detail: expect.stringContaining('>>> commit'),
    });
    await expect(dialogue.ask('show routes')).rejects.toMatchObject({
      code: 'DETOUR_TRANSPORT_LOST',
    });
  });

  it('says that the device hung up in the middle', async () => {
    const stream = device({ commit: ['commit\r\n'] });
    await using dialogue = await Dialogue.open(stream, place, patience());

    const step = dialogue.ask('commit');
    stream.hangUp();

    await expect(step).rejects.toMatchObject({ code: 'DETOUR_TRANSPORT_LOST', retryable: true });
  });

  it('ends when the operation as a whole is given up', async () => {
    const stream = device({ commit: ['commit\r\n'] });
    const operation = new AbortController();
    await using dialogue = await Dialogue.open(stream, place, operation.signal);

    const step = dialogue.ask('commit');
    operation.abort(new Error('too late'));

    await expect(step).rejects.toMatchObject({ code: 'DETOUR_TRANSPORT_TIMEOUT' });
  });

  it.each(['reload', 'show routes\nreload', 'show routes ; reload', ''])(
    'never sends %j, which is not in the list of commands',
    async (line) => {
      const stream = device({});
      await using dialogue = await Dialogue.open(stream, place, patience());
      const before = stream.sent.length;

      await expect(dialogue.ask(line)).rejects.toMatchObject({ code: 'DETOUR_GUARD_REFUSED' });
      expect(stream.sent).toHaveLength(before);
    },
  );

  it('closes the stream of a device that has no such prompt', async () => {
    const stream = new ScriptedStream(['what is this %'], () => undefined);
    const soon = AbortSignal.timeout(100);

    await expect(Dialogue.open(stream, place, soon)).rejects.toMatchObject({ retryable: true });
    expect(stream.isClosed).toBe(true);
  });
});
