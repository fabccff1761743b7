import type { HostTools } from '../../src/host/host-tools.ts';
import { DetourError } from '../../src/lib/errors.ts';

/** A kernel that knows only what block tests need: two sets, written by nft's JSON and read by its listing. */
export class FakeHostTools implements HostTools {
  readonly sets = new Map<string, Map<string, number>>([
    ['blocked4', new Map()],
    ['blocked6', new Map()],
  ]);
  /** Every change that nft was given. */
  readonly inputs: string[] = [];
  failure: string | undefined;

  async ip(): Promise<string> {
    return '';
  }

  async nft(args: readonly string[]): Promise<string> {
    if (this.failure !== undefined) {
      throw new DetourError('nft failed on this host', {
        code: 'DETOUR_HOST_FAILED',
        detail: this.failure,
      });
    }
    if (args.join(' ') === 'list tables inet') {
      return 'table inet detour\n';
    }
    if (args.join(' ') === '-j list table inet detour') {
      return JSON.stringify({ nftables: [...this.sets].map(([name, set]) => listed(name, set)) });
    }
    const input = args.at(-1) ?? '';
    this.inputs.push(input);
    for (const command of JSON.parse(input).nftables) {
      this.#carryOut(command);
    }
    return '';
  }

  #carryOut(
    command: Record<string, { element: { name: string; elem: readonly unknown[] } }>,
  ): void {
    for (const [verb, { element }] of Object.entries(command)) {
      const set = this.sets.get(element.name);
      for (const each of element.elem) {
        if (typeof each === 'string') {
          set?.delete(each);
        } else if (verb === 'add' && isTimed(each)) {
          set?.set(each.elem.val, each.elem.timeout);
        }
      }
    }
  }
}

function isTimed(
  value: unknown,
): value is { readonly elem: { readonly val: string; readonly timeout: number } } {
  return typeof value === 'object' && value !== null && 'elem' in value;
}

function listed(name: string, set: ReadonlyMap<string, number>): object {
  const elem = [...set].map(([val, expires]) => ({ elem: { val, timeout: expires, expires } }));
  return { set: { family: 'inet', table: 'detour', name, elem } };
}
