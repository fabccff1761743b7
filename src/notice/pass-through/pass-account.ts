import type { PassEnding } from '../../metrics/notice-metrics.ts';

/** What is passed through for one site: open now, and since the figures were last collected. */
export class PassAccount {
  readonly site: string;
  readonly endings = new Map<PassEnding, number>();
  open = 0;
  bytesIn = 0;
  bytesOut = 0;

  constructor(site: string) {
    this.site = site;
  }

  ended(ending: PassEnding): void {
    this.endings.set(ending, (this.endings.get(ending) ?? 0) + 1);
  }
}
