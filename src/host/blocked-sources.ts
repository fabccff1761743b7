import { DetourError } from '../lib/errors.ts';
import { familyOf, parseAddress } from '../lib/ip.ts';
import type { PrefixSet } from '../lib/prefix-set.ts';
import type { BlockedSource } from '../ports/host-helper.ts';
import type { HostTools } from './host-tools.ts';
import { readTable } from './read-ruleset.ts';
import { maxBlockedSources } from './ruleset.ts';

/** About 60 KiB: the kernel takes 128 KiB for one argument. */
const maxCommandsAtOnce = 500;

const refused = (why: string): DetourError => new DetourError(why, { code: 'DETOUR_HOST_FAILED' });

/** An IPv4 address, or the network of a /64, as the kernel's sets hold it; undefined for anything else. */
function elementOf(source: string): string | undefined {
  const [text = '', length] = source.split('/');
  const address = parseAddress(text);
  if (address === undefined) {
    return;
  }
  if (familyOf(address) === 'ipv4') {
    return length === undefined ? address : undefined;
  }
  const groups = address.split('::')[0]?.split(':') ?? [];
  return length === '64' && address.endsWith('::') && groups.length <= 4 ? address : undefined;
}

/** The source as people read it. */
const sourceOf = (element: string): string => (element.includes(':') ? `${element}/64` : element);

const setOf = (element: string): string => (element.includes(':') ? 'blocked6' : 'blocked4');

function command(verb: 'add' | 'delete', element: string, seconds?: number): object {
  const elem = seconds === undefined ? element : { elem: { val: element, timeout: seconds } };
  return {
    [verb]: { element: { family: 'inet', table: 'detour', name: setOf(element), elem: [elem] } },
  };
}

/** A block asked for and not yet in the kernel. */
interface Wanted {
  readonly seconds: number;
  readonly settled: PromiseWithResolvers<void>;
}

/**
 * The sources that the kernel drops. The kernel's own sets are the truth: they outlive this process, and each
 * element ends by itself. Many requests at once become one call of nft.
 */
export class BlockedSources {
  readonly #tools: HostTools;
  readonly #protected: PrefixSet;
  #wanted = new Map<string, Wanted>();
  #writing: Promise<void> = Promise.resolve();

  /** `neverBlocked` are addresses without which Detour itself could not work. */
  constructor(tools: HostTools, neverBlocked: PrefixSet) {
    this.#tools = tools;
    this.#protected = neverBlocked;
  }

  async list(): Promise<readonly BlockedSource[]> {
    const table = await readTable(this.#tools, 'inet detour');
    return ['blocked4', 'blocked6']
      .flatMap((set) => table?.sets.get(set) ?? [])
      .map(({ value, expiresSeconds }) => ({
        source: sourceOf(value),
        expiresInSeconds: expiresSeconds ?? 0,
      }));
  }

  /** Rejects with DETOUR_HOST_FAILED when the source must not or cannot be blocked. */
  async block(source: string, seconds: number): Promise<void> {
    const element = elementOf(source);
    if (element === undefined) {
      throw refused(`${source} is no IPv4 address and no IPv6 /64`);
    }
    if (this.#protected.overlaps(`${element}/${element.includes(':') ? 64 : 32}`)) {
      throw refused(`${source} is never blocked: Detour or this host depends on it`);
    }
    const before = this.#wanted.get(element);
    const settled = before?.settled ?? Promise.withResolvers<void>();
    this.#wanted.set(element, { seconds, settled });
    if (before === undefined && this.#wanted.size === 1) {
      this.#writing = this.#writing.then(() => this.#write());
    }
    await settled.promise;
  }

  /** False when it was not blocked. */
  async lift(source: string): Promise<boolean> {
    const element = elementOf(source);
    if (element === undefined) {
      return false;
    }
    const held = await this.list();
    if (!held.some((each) => each.source === sourceOf(element))) {
      return false;
    }
    await this.#nft([command('delete', element)]);
    return true;
  }

  /** Puts into the kernel what was asked for since the last time, as far as there is room. */
  async #write(): Promise<void> {
    const wanted = [...this.#wanted];
    this.#wanted = new Map();
    try {
      const held = await this.list();
      const room = Math.max(0, maxBlockedSources - held.length);
      const fitting = wanted.slice(0, room);
      await this.#nft(fitting.map(([element, { seconds }]) => command('add', element, seconds)));
      for (const [, { settled }] of fitting) {
        settled.resolve();
      }
      const full = refused(`${maxBlockedSources} sources are blocked already, which is the most`);
      for (const [, { settled }] of wanted.slice(room)) {
        settled.reject(full);
      }
    } catch (error) {
      for (const [, { settled }] of wanted) {
        settled.reject(error);
      }
    }
  }

  /** As an argument: with JSON, nft opens its input by name, which fails for the socket that Node gives a child. */
  async #nft(commands: readonly object[]): Promise<void> {
    for (let from = 0; from < commands.length; from += maxCommandsAtOnce) {
      const nftables = commands.slice(from, from + maxCommandsAtOnce);
      await this.#tools.nft(['-j', JSON.stringify({ nftables })]);
    }
  }
}
