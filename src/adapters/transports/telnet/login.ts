import { DetourError, type DetourErrorOptions } from '../../../lib/errors.ts';
import { TerminalText } from '../../dialogue/terminal-text.ts';
import type { TelnetStream } from './stream.ts';

const userQuestion = /(user ?name|login|user)\s*:$/i;
const passwordQuestion = /pass(word|code)\s*:$/i;
const refusal =
  /(login (incorrect|invalid|failed)|access denied|authentication failed|bad passwords?|invalid (login|password)|password is not set)/i;

/** What looks like a prompt must stand still for so long: banners come in pieces. */
const quietMs = 250;

/** Who logs in: devices with a password and no names are met without a user. */
export interface TelnetLogin {
  readonly place: string;
  readonly user?: string;
  readonly password: string;
}

/**
 * Answers the questions of a login, one after the other, and leaves the stream where the device's prompt stands.
 * Each question is answered once: a second one means that the first answer was refused, and a third try could lock the account.
 */
export async function logIn(
  stream: TelnetStream,
  { place, user, password }: TelnetLogin,
  signal: AbortSignal,
): Promise<void> {
  const screen = new TerminalText();
  const answered = { user: false, password: false };
  const answer = (question: 'user' | 'password', word: string): void => {
    if (answered[question]) {
      throw refused(`${place} refused the login`, { code: 'DETOUR_TRANSPORT_AUTH_FAILED' });
    }
    answered[question] = true;
    screen.clearPartial();
    stream.send(`${word}\n`);
  };
  for (;;) {
    const { partial } = screen;
    if (passwordQuestion.test(partial)) {
      answer('password', password);
    } else if (userQuestion.test(partial)) {
      answer('user', user ?? missingUser(place));
    } else if (partial === '') {
      await hear(stream, screen, { place, signal });
    } else if (await isStill(stream, screen, { place, signal })) {
      // A device that asks for nothing lets everybody in; that is its owner's affair, and said by check-config.
      stream.unread(partial);
      return;
    }
    if (screen.takeLines().some((line) => refusal.test(line))) {
      throw refused(`${place} refused the login`, { code: 'DETOUR_TRANSPORT_AUTH_FAILED' });
    }
  }
}

/** True when nothing more comes for a moment; what comes is shown on the screen. */
async function isStill(
  stream: TelnetStream,
  screen: TerminalText,
  { place, signal }: { readonly place: string; readonly signal: AbortSignal },
): Promise<boolean> {
  const quiet = AbortSignal.timeout(quietMs);
  try {
    await hear(stream, screen, { place, signal: AbortSignal.any([signal, quiet]) });
    return false;
  } catch (error) {
    if (quiet.aborted && !signal.aborted) {
      return true;
    }
    throw error;
  }
}

async function hear(
  stream: TelnetStream,
  screen: TerminalText,
  { place, signal }: { readonly place: string; readonly signal: AbortSignal },
): Promise<void> {
  const chunk = await stream.receive(signal);
  if (chunk === undefined) {
    throw refused(`${place} ended the connection before the login was through`, {
      code: 'DETOUR_TRANSPORT_LOST',
      retryable: true,
    });
  }
  screen.feed(chunk);
}

function missingUser(place: string): never {
  throw refused(`${place} asks for a user name, and the configuration has none`, {
    code: 'DETOUR_TRANSPORT_AUTH_FAILED',
  });
}

const refused = (message: string, options: DetourErrorOptions): DetourError =>
  new DetourError(message, options);
