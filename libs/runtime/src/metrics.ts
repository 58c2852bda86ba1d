import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

interface MetricOptions {
  readonly name: string;
  readonly help: string;
  /** Never identifiers, ids or tenants: names of a closed list only. */
  readonly labels?: readonly string[];
}

/** The process's Prometheus registry; one an application, so that tests can run several in a process. */
export class Metrics {
  readonly registry = new Registry();

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  counter(options: MetricOptions): Counter {
    const known = this.registry.getSingleMetric(options.name);
    return known instanceof Counter ? known : new Counter(this.common(options));
  }

  histogram(options: MetricOptions & { readonly buckets: readonly number[] }): Histogram {
    const known = this.registry.getSingleMetric(options.name);
    return known instanceof Histogram
      ? known
      : new Histogram({ ...this.common(options), buckets: [...options.buckets] });
  }

  /** `read` is asked at each scrape: one number, or with one label a number for each of its values. */
  gauge(
    options: MetricOptions & {
      readonly read: () => Promise<number | Readonly<Record<string, number>>>;
    },
  ): void {
    if (this.registry.getSingleMetric(options.name)) return;
    const gauge: Gauge = new Gauge({
      ...this.common(options),
      async collect() {
        const found = await options.read();
        if (typeof found === 'number') return gauge.set(found);
        for (const [value, amount] of Object.entries(found))
          gauge.set({ [options.labels?.[0] ?? 'of']: value }, amount);
      },
    });
  }

  private common(options: MetricOptions): {
    name: string;
    help: string;
    labelNames: string[];
    registers: Registry[];
  } {
    return {
      name: options.name,
      help: options.help,
      labelNames: [...(options.labels ?? [])],
      registers: [this.registry],
    };
  }
}
