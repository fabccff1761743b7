import type { Route } from '../../../src/core/route-plan.ts';
import type { Faults } from './faults.ts';
import type { Terminal } from './terminal.ts';

/** A static host route as the device has it, and everything else that it says of it. */
export interface DeviceRoute extends Route {
  readonly words: string;
}

/** A simulated device: its state outlives every session on it. */
export interface Device {
  readonly faults: Faults;
  /** The words of its pager. */
  readonly pagerPrompt: string;
  /** Every line that anybody has sent to it, oldest first, secrets as `(secret)`. */
  readonly received: string[];
  /** Static host routes in effect now, in canonical text. */
  hostRoutes(): readonly DeviceRoute[];
  /** Makes a route in effect as an operator would, without our mark; and takes one away, whoever made it. */
  addForeign(route: Route): void;
  removeByHand(route: Route): void;
  /** True while a change waits to be confirmed. */
  readonly isChangePending: boolean;
  /** The time of a change that waits to be confirmed is over. */
  goBack(): void;
  /** Restarts with the saved configuration. */
  restart(): void;
  /** Serves one visitor until either side ends it. */
  serve(terminal: Terminal, user: string): Promise<void>;
  /** Serves one NETCONF session, on devices that have that. */
  serveNetconf?(wire: NetconfWire, user: string): void;
}

/** Bytes to and from one NETCONF client. */
export interface NetconfWire {
  write(text: string): void;
  close(): void;
  onData(take: (text: string) => void): void;
  onClose(act: () => void): void;
}

/** What one line of a device's command line does: its words, or what a fault makes of it. */
export async function runLine(
  terminal: Terminal,
  line: string,
  act: () => string | Promise<string>,
): Promise<string | undefined> {
  const { hangsAt, dropsAt, slow, refuses } = terminal.faults;
  if (hangsAt?.test(line) === true) {
    // Whoever is gone is gone: the device ends the session, and gives back what it held.
    await terminal.closed;
    return undefined;
  }
  if (slow?.line.test(line) === true) {
    await new Promise((resolve) => setTimeout(resolve, slow.ms).unref());
    const answer = await act();
    slow.isDone = true;
    return answer;
  }
  if (dropsAt?.line.test(line) === true) {
    if (dropsAt.isApplied) {
      await act();
    }
    await terminal.hangUp();
    return undefined;
  }
  if (refuses?.line.test(line) === true) {
    return refuses.words;
  }
  return await act();
}
