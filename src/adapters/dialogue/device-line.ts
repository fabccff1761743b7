import { DetourError } from '../../lib/errors.ts';
import type { Transport } from '../../ports/transport.ts';
import { openTurnstile, type Turnstile } from '../transports/one-at-a-time.ts';
import { Dialogue } from './dialogue.ts';
import type { DialogueProfile } from './profile.ts';

/** A change is a reading, the change and another reading: one login serves them all, and none is kept for long. */
const lingerMs = 3_000;

/**
 * The one command line that Detour holds on a device: it logs in when it is needed, is used by one act at a time,
 * lingers for a moment for the next act, and is thrown away after any failure.
 */
export class DeviceLine implements AsyncDisposable {
  readonly #transport: Transport;
  readonly #profile: DialogueProfile;
  readonly #router: string;
  readonly #inTurn: Turnstile;
  readonly #prepare: (dialogue: Dialogue) => Promise<void>;
  #dialogue: Dialogue | undefined;
  #linger: NodeJS.Timeout | undefined;

  constructor(options: {
    readonly transport: Transport;
    readonly profile: DialogueProfile;
    readonly router: string;
    /** Done once after each login, such as taking privileges. */
    readonly prepare?: (dialogue: Dialogue) => Promise<void>;
  }) {
    this.#transport = options.transport;
    this.#profile = options.profile;
    this.#router = options.router;
    this.#prepare = options.prepare ?? (async (): Promise<void> => undefined);
    this.#inTurn = openTurnstile(options.router);
  }

  /** Lets an act talk to the device. A rejection carries the transcript as its detail. */
  async use<Result>(
    signal: AbortSignal,
    act: (dialogue: Dialogue) => Promise<Result>,
  ): Promise<Result> {
    return await this.#inTurn(async () => {
      clearTimeout(this.#linger);
      const dialogue = await this.#logIn(signal);
      try {
        const result = await act(dialogue);
        this.#keep(dialogue);
        return result;
      } catch (error) {
        await this.#drop();
        throw withTranscript(error, dialogue);
      }
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#linger);
    await this.#inTurn(() => this.#drop());
  }

  async #logIn(signal: AbortSignal): Promise<Dialogue> {
    if (this.#dialogue !== undefined && !this.#dialogue.isBroken) {
      this.#dialogue.continueUnder(signal);
      return this.#dialogue;
    }
    const stream = await this.#transport.openStream('shell', signal);
    const dialogue = await Dialogue.open(
      stream,
      { profile: this.#profile, place: this.#router },
      signal,
    );
    try {
      await this.#prepare(dialogue);
    } catch (error) {
      await dialogue[Symbol.asyncDispose]();
      throw withTranscript(error, dialogue);
    }
    this.#dialogue = dialogue;
    return dialogue;
  }

  #keep(dialogue: Dialogue): void {
    this.#linger = setTimeout(() => {
      // Whoever came meanwhile has taken the line over.
      void this.#inTurn(() => (this.#dialogue === dialogue ? this.#drop() : Promise.resolve()));
    }, lingerMs);
    this.#linger.unref();
  }

  async #drop(): Promise<void> {
    const dialogue = this.#dialogue;
    this.#dialogue = undefined;
    await dialogue?.[Symbol.asyncDispose]();
  }
}

function withTranscript(error: unknown, dialogue: Dialogue): unknown {
  if (!(error instanceof DetourError) || error.detail !== undefined) {
    return error;
  }
  const { message, code, retryable, cause } = error;
  return dialogue.error(message, { code, retryable, cause });
}
