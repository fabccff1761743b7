import type { CountStandstills } from '../../ports/transport.ts';

/** Hears of the old algorithms that a connection is built of, before anything is sent over it. */
export type OnOldAlgorithms = (names: readonly string[]) => void;

/** What a transport asks and tells beside its commands; all of it may be left out. */
export interface TransportHooks {
  readonly standstills?: CountStandstills;
  readonly onOldAlgorithms?: OnOldAlgorithms;
}

/** For a process that ends with its one command, and has no lease to lose. */
export const neverStill: CountStandstills = () => 0;
