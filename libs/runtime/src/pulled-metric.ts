import { Gauge } from 'prom-client';
import type { Distribution } from './distribution.js';

export interface Sample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

interface NamedSample extends Sample {
  /** When it is not the metric's own: `_bucket`, `_sum`, `_count` of a histogram. */
  readonly metricName?: string;
}

export interface PulledOptions {
  readonly name: string;
  readonly help: string;
  readonly type: 'gauge' | 'counter' | 'histogram';
  readonly read: () => Promise<readonly NamedSample[]>;
  readonly onFailure: (metric: string) => void;
}

/**
 * A metric whose owner keeps the value and is asked at each scrape. When asking fails nothing is shown: neither zero nor the
 * last value would be true. The other metrics of the scrape are shown all the same.
 */
export class PulledMetric extends Gauge {
  constructor(private readonly pulled: PulledOptions) {
    super({ name: pulled.name, help: pulled.help, registers: [] });
    // The client's type is a number in its typings and this text in its code and in the answer.
    Object.assign(this, { type: pulled.type });
  }

  override async get(): ReturnType<Gauge['get']> {
    const frame = await super.get();
    return { ...frame, values: (await this.samples()).map(withLabels) };
  }

  private async samples(): Promise<readonly NamedSample[]> {
    try {
      return await this.pulled.read();
    } catch {
      this.pulled.onFailure(this.pulled.name);
      return [];
    }
  }
}

function withLabels(sample: NamedSample): NamedSample & { labels: Record<string, string> } {
  return { ...sample, labels: { ...sample.labels } };
}

/** The samples of a Prometheus histogram: cumulative buckets, sum and count. */
export function histogramSamples(name: string, distribution: Distribution): NamedSample[] {
  let count = 0;
  const buckets = distribution.counts.map((amount, index) => {
    count += amount;
    const le = String(distribution.bounds[index] ?? '+Inf');
    return { metricName: `${name}_bucket`, labels: { le }, value: count };
  });
  return [
    ...buckets,
    { metricName: `${name}_sum`, value: distribution.sum },
    { metricName: `${name}_count`, value: count },
  ];
}
