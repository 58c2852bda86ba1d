import { collectDefaultMetrics, Counter, Histogram, Registry } from 'prom-client';
import type { Distribution } from './distribution.js';
import { histogramSamples, PulledMetric, type Sample } from './pulled-metric.js';

interface MetricOptions {
  readonly name: string;
  readonly help: string;
  /** Never identifiers, ids or tenants: names of a closed list only. */
  readonly labels?: readonly string[];
}

type Read = () => Found | Promise<Found>;
type Found = number | readonly Sample[];

/** The process's Prometheus registry; one an application, so that tests can run several in a process. */
export class Metrics {
  readonly registry = new Registry();
  private readonly failures: Counter;

  constructor() {
    collectDefaultMetrics({ register: this.registry });
    this.failures = this.counter({
      name: 'touchline_metric_read_failures_total',
      help: 'Metrics that a scrape could not read (database or log away): they are missing from that scrape.',
      labels: ['metric'],
    });
  }

  counter(options: MetricOptions): Counter {
    const known = this.registry.getSingleMetric(options.name);
    return known instanceof Counter ? known : new Counter(this.pushed(options));
  }

  histogram(options: MetricOptions & { readonly buckets: readonly number[] }): Histogram {
    const known = this.registry.getSingleMetric(options.name);
    return known instanceof Histogram
      ? known
      : new Histogram({ ...this.pushed(options), buckets: [...options.buckets] });
  }

  /** `read` is asked at each scrape; one that throws shows nothing. What asks a database belongs in a `Reading`. */
  gauge(options: MetricOptions & { readonly read: Read }): void {
    this.pull('gauge', options, async () => samplesOf(await options.read()));
  }

  /** A counter that its owner keeps as a plain number. */
  total(options: MetricOptions & { readonly read: Read }): void {
    this.pull('counter', options, async () => samplesOf(await options.read()));
  }

  /** A histogram whose values are counted elsewhere: once a record, where `Histogram.observe` is too slow. */
  distribution(options: MetricOptions & { readonly read: () => Distribution }): void {
    this.pull('histogram', options, async () => histogramSamples(options.name, options.read()));
  }

  private pull(
    type: 'gauge' | 'counter' | 'histogram',
    { name, help }: MetricOptions,
    read: () => Promise<readonly Sample[]>,
  ): void {
    if (this.registry.getSingleMetric(name)) return;
    this.failures.inc({ metric: name }, 0);
    const onFailure = (metric: string): void => this.failures.inc({ metric });
    this.registry.registerMetric(new PulledMetric({ name, help, type, read, onFailure }));
  }

  private pushed({ name, help, labels = [] }: MetricOptions): {
    name: string;
    help: string;
    labelNames: string[];
    registers: Registry[];
  } {
    return { name, help, labelNames: [...labels], registers: [this.registry] };
  }
}

function samplesOf(found: Found): readonly Sample[] {
  return typeof found === 'number' ? [{ value: found }] : found;
}
