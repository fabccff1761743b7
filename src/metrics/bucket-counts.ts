/** One value of a histogram, as the client library writes it when metrics of several processes are put together. */
export interface BucketValue {
  readonly metricName: string;
  readonly labels: Readonly<Record<string, number | string>>;
  readonly value: number;
}

/**
 * What a histogram without labels counts, in plain numbers: the library's own looks up names for each observation,
 * which took 3 to 8 % of a notice server's time.
 */
export class BucketCounts {
  readonly #bounds: readonly number[];
  /** One more than there are bounds, for what lies above all. */
  readonly #counts: number[];
  #sum = 0;

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = new Array<number>(bounds.length + 1).fill(0);
  }

  observe(value: number): void {
    let at = 0;
    while (value > (this.#bounds[at] ?? Number.POSITIVE_INFINITY)) {
      at += 1;
    }
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
    this.#sum += value;
  }

  /** Everything counted so far, each bucket with those below it, under the name of the metric. */
  values(name: string): readonly BucketValue[] {
    let count = 0;
    const buckets = this.#counts.map((own, at) => {
      count += own;
      return {
        metricName: `${name}_bucket`,
        labels: { le: this.#bounds[at] ?? '+Inf' },
        value: count,
      };
    });
    return [
      ...buckets,
      { metricName: `${name}_sum`, labels: {}, value: this.#sum },
      { metricName: `${name}_count`, labels: {}, value: count },
    ];
  }
}
