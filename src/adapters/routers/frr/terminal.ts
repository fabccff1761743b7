import type { ExecResult, Transport } from '../../../ports/transport.ts';
import { DeviceLine } from '../../dialogue/device-line.ts';
import { type DialogueProfile, literally, logLine } from '../../dialogue/profile.ts';
import { firstRefusal } from './parse.ts';

const enableQuestion = /^password:$/i;

/** Every line that Detour may send to an FRR at a terminal. */
export const allowedLines: readonly RegExp[] = [
  /^terminal length 0$/,
  /^enable$/,
  /^show (daemons|running-config|version)$/,
  /^show ip(v6)? route static json$/,
  /^configure terminal$/,
  /^XFRR_(start|end)_configuration$/,
  /^(no )?ip route (\d{1,3}\.){3}\d{1,3}\/32 (\d{1,3}\.){3}\d{1,3} tag \d{1,10} \d{1,3}$/,
  /^(no )?ipv6 route [0-9a-f:]{2,39}\/128 [0-9a-f:]{2,39} tag \d{1,10} \d{1,3}$/,
  /^end$/,
  /^write memory$/,
  /^exit$/,
];

/** How vtysh and FRR's own vty behave towards a person at a terminal. */
const profile: DialogueProfile = {
  platform: 'frr',
  prompt: /^[\w.:/-]{1,64}(\([\w.-]+\))?[>#]$/,
  anchor: (prompt) => {
    const name = literally(prompt.replace(/(\([\w.-]+\))?[>#]$/, ''));
    return new RegExp(String.raw`^${name}(\([\w-]{1,40}\))?[>#]$`);
  },
  pager: /^\s*(-+ ?More ?-+|:|\(END\))$/i,
  setup: ['terminal length 0'],
  aside: logLine,
  allowed: allowedLines,
  farewell: 'exit',
};

/** What a terminal is opened with. */
export interface FrrTerminalOptions {
  readonly router: string;
  readonly transport: Transport;
  readonly enablePassword?: () => Promise<string>;
}

/** Says the texts that `vtysh -c` would take, one line per prompt, to an FRR that is met at a terminal only. */
export class FrrTerminal implements AsyncDisposable {
  readonly #line: DeviceLine;

  constructor({ router, transport, enablePassword }: FrrTerminalOptions) {
    this.#line = new DeviceLine({
      router,
      transport,
      profile,
      prepare: async (dialogue): Promise<void> => {
        if (dialogue.prompt.endsWith('#')) {
          return;
        }
        const asked = await dialogue.ask('enable', { question: enableQuestion });
        const isAsked = enableQuestion.test(asked.prompt);
        const password = isAsked ? await enablePassword?.() : undefined;
        const { prompt } =
          password === undefined
            ? asked
            : await dialogue.replySecret(password, { question: enableQuestion });
        if (!prompt.endsWith('#')) {
          throw dialogue.error(
            `${router} gives no rights to change routes: set enablePasswordFile to the right password`,
            { code: 'DETOUR_TRANSPORT_AUTH_FAILED' },
          );
        }
      },
    });
  }

  /** Sends a text line by line and stops at the first refusal, as vtysh does. */
  async exec(text: string, signal: AbortSignal): Promise<ExecResult> {
    return await this.#line.use(signal, async (dialogue) => {
      const answers: string[] = [];
      let isRefused = false;
      for (const line of text.split('\n')) {
        const { lines } = await dialogue.ask(line);
        answers.push(...lines);
        isRefused = firstRefusal(lines.join('\n')) !== undefined;
        if (isRefused) {
          break;
        }
      }
      if (dialogue.prompt.includes('(config')) {
        await dialogue.ask('end');
      }
      await dialogue.settle();
      return { stdout: `${answers.join('\n')}\n`, stderr: '', exitCode: isRefused ? 1 : 0 };
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#line[Symbol.asyncDispose]();
  }
}
