/** What may go wrong on a simulated device that no real peer does on demand. Each is off unless it is set. */
export interface Faults {
  /** `silent`: takes the TCP connection and never says a word. */
  connection?: 'silent';
  /** The SSH identification comes this late. */
  bannerDelayMs?: number;
  isLoginRefused?: boolean;
  /** Channels that may be open at once; further ones are refused. */
  maxChannels?: number;
  /** Printed after the login, before the first prompt. */
  motd?: string;
  /** Shown instead of every prompt. */
  prompt?: string;
  /** Puts a line that looks like the prompt, alone in its chunk, into the middle of every output of at least two lines. */
  isPromptInOutput?: boolean;
  /** Pages in spite of having been told not to. */
  isPagerStubborn?: boolean;
  /** Colours, cursor moves and a log message around everything. */
  isNoisy?: boolean;
  /** Bytes per second towards us. */
  bytesPerSecond?: number;
  /** Never answers a line of this form. */
  hangsAt?: RegExp;
  /** Cuts the connection at a line of this form, having carried it out or not. */
  dropsAt?: { readonly line: RegExp; readonly isApplied: boolean };
  /** Takes its time over lines of this form. */
  slow?: { readonly line: RegExp; readonly ms: number; isDone?: boolean };
  /** Refuses lines of this form, with the device's own words. */
  refuses?: { readonly line: RegExp; readonly words: string };
  /** Takes the configuration and does not forward by it. */
  isNotInstalled?: boolean;
  /** Another user holds the lock or the exclusive candidate. */
  lockedBy?: string;
  /** VyOS: means to restart when nobody confirms, whatever is configured. */
  saysReboot?: boolean;
  /** Printed into every session before each answer, as wall(1) does. */
  broadcast?: string;
  /** Another user has edited the shared candidate and not committed. */
  dirtiedBy?: string;
}
