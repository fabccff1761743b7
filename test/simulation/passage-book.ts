import { diversionOf } from '../../src/core/phase.ts';
import type { CoreConfig, SiteState, State } from '../../src/core/state.ts';

/** The other sites on the addresses of one that can be passed through. */
export function passedBeside({ sites }: CoreConfig, name: string): readonly string[] {
  const addresses = sites[name]?.addresses ?? [];
  return Object.values(sites)
    .filter((spec) => spec.name !== name && spec.origin?.passThrough !== undefined)
    .filter((spec) => spec.addresses.some((address) => addresses.includes(address)))
    .map((spec) => spec.name);
}

/** What the world knows of healthy sites that are passed through to their own origins, apart from the core. */
export class PassageBook {
  /** Since when the way from the notice host to a site's origin is closed. */
  readonly #closedAtMs = new Map<string, number>();
  /** When a site's own origin last answered at its address: through the notice host, or past it where a route was lost. */
  readonly #answeredAtMs = new Map<string, number>();
  /** Neighbours that were well when the notice of a site was first asked for, and when that was. */
  readonly #expected = new Map<
    string,
    { readonly atMs: number; readonly well: readonly string[] }
  >();
  /** When each site began to look for its neighbours through the notice host. */
  readonly #lookingSinceMs = new Map<string, number>();
  #bootedAtMs = 0;

  isOpen(name: string): boolean {
    return !this.#closedAtMs.has(name);
  }

  flip(name: string, nowMs: number): void {
    if (!this.#closedAtMs.delete(name)) {
      this.#closedAtMs.set(name, nowMs);
    }
  }

  openAll(): void {
    this.#closedAtMs.clear();
  }

  /** A process begins; what the one before was looking for is looked for anew. */
  booted(nowMs: number): void {
    this.#bootedAtMs = nowMs;
    this.#lookingSinceMs.clear();
    this.#expected.clear();
  }

  answered(name: string, nowMs: number): void {
    this.#answeredAtMs.set(name, nowMs);
  }

  expect(name: string, well: readonly string[], nowMs: number): void {
    this.#expected.set(name, { atMs: nowMs, well });
  }

  /** Follows one step of a site; gives back the promise that it broke, if any. */
  follow(
    name: string,
    was: SiteState | undefined,
    state: State,
    nowMs: number,
  ): string | undefined {
    const is = state.sites.get(name);
    if (is === undefined || is.phase === was?.phase) {
      return undefined;
    }
    const isPassing = state.config.sites[name]?.origin?.passThrough !== undefined;
    if (isPassing && diversionOf(is.phase)?.by === 'neighbour') {
      return `${name} is passed through, and never taken along`;
    }
    if (is.reason === 'notice-live') {
      return this.#blocked(name);
    }
    const wasLooking = was?.phase.name === 'diverting' && was.phase.stage === 'passing';
    if (is.phase.name === 'diverting' && is.phase.stage === 'passing') {
      this.#lookingSinceMs.set(name, nowMs);
    } else if (wasLooking && (is.reason === 'neighbours-answer' || is.reason === 'proven')) {
      return this.#unseen(name, was.phase.diversion.passed ?? []);
    }
    return undefined;
  }

  #blocked(name: string): string | undefined {
    const { atMs, well } = this.#expected.get(name) ?? { atMs: 0, well: [] };
    const blocked = well.find((each) => (this.#closedAtMs.get(each) ?? Infinity) < atMs);
    return blocked === undefined
      ? undefined
      : `no route of ${name} moves past ${blocked}, which is well and cannot be passed through`;
  }

  #unseen(name: string, passed: readonly string[]): string | undefined {
    const since = this.#lookingSinceMs.get(name) ?? this.#bootedAtMs;
    const unseen = passed.find((each) => (this.#answeredAtMs.get(each) ?? 0) < since);
    return unseen === undefined
      ? undefined
      : `${name} is diverted only when ${unseen}, which was well, has answered since its route moved`;
  }
}
