import { setTimeout as sleep } from 'node:timers/promises';
import { Fault } from '#kernel';
import { HttpSink } from '../adapters/http-sink.js';
import type { TouchlineClient } from '../adapters/touchline-client.js';
import type { Draft } from '../domain/map-record.js';
import { createSources } from '../create-sources.js';
import type { Figure } from './kpi-reader.js';

export interface LedgerItem {
  readonly kpi: string;
  readonly bucketStart: string;
  readonly old: Figure;
  readonly new: Figure;
  readonly at: string;
  readonly causes: readonly { cause: string; ref: string | null; count: number }[];
}

export interface FactBehind {
  readonly profileId: string;
  readonly from: string;
  readonly to: string;
  readonly interactions: { readonly count: number };
}

/** A number before and after a late login, as the API tells it. */
export interface Correction {
  /** The hour that was corrected, RFC 3339. */
  readonly bucketStart: string;
  readonly kpis: readonly {
    readonly kpi: string;
    readonly before: Figure;
    readonly after: Figure;
    /** The published number before the login came, asked afterwards. */
    readonly asOf: Figure;
  }[];
  readonly ledger: readonly LedgerItem[];
  readonly facts: readonly FactBehind[];
  /** Why the two are one customer. */
  readonly explanation: string;
  /** Paths to look at it again. */
  readonly paths: readonly string[];
}

const SOURCE = 'late-login';
/** Carried by all of it, so that its numbers can be asked alone. */
const CAMPAIGN = 'late-login';
const COOKIE = { type: 'anonymousId', value: 'cookie-of-the-late-login' };
const ADDRESS = { type: 'email', value: 'late.login@example.com' };
/** An interaction but for what all have in common; `minute` of the hour. */
interface Happening {
  readonly id: string;
  readonly minute: number;
  readonly type: string;
  readonly identifiers: readonly { type: string; value: string }[];
  readonly data?: object;
}

const BEFORE: readonly Happening[] = [
  { id: 'view-1', minute: 5, type: 'product.viewed', identifiers: [COOKIE] },
  { id: 'view-2', minute: 9, type: 'product.viewed', identifiers: [COOKIE] },
  {
    id: 'order-1',
    minute: 20,
    type: 'order.placed',
    identifiers: [ADDRESS],
    data: { orderId: 'late-login-1', value: '49.90', currency: 'USD' },
  },
];
const LOGIN: Happening = {
  id: 'login-1',
  minute: 12,
  type: 'profile.identified',
  identifiers: [COOKIE, ADDRESS],
  data: { traits: { name: 'Jane' } },
};
const KPIS = ['sessions', 'conversion-rate'] as const;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const POLL_MS = 100;

/**
 * Two customers of an hour of yesterday: one looks round without a name, one orders by her address. The hour is published.
 * Then a login of that hour arrives, a day late: it carries both, so they were one person in one session all along.
 */
export class CorrectionStory {
  private readonly sink: HttpSink;
  private readonly startMs: number;
  private readonly patienceMs: number;
  private readonly query: string;

  constructor(
    private readonly client: TouchlineClient,
    { now, patienceMs }: { now: number; patienceMs: number },
  ) {
    this.sink = new HttpSink(client);
    this.startMs = Math.floor(now / HOUR_MS) * HOUR_MS - 24 * HOUR_MS;
    this.patienceMs = patienceMs;
    const [from, to] = [this.instant(0), this.instant(60)];
    this.query = `from=${from}&to=${to}&filter[campaign]=${CAMPAIGN}`;
  }

  async tell(): Promise<Correction> {
    await createSources(this.client, [SOURCE]);
    await this.post(BEFORE);
    const publishedAt = await this.untilPublished();
    const before = new Map<string, Figure>();
    for (const kpi of KPIS) before.set(kpi, await this.figure(kpi));
    await this.post([LOGIN]);
    const ledger = await Promise.all(KPIS.map((kpi) => this.untilCorrected(kpi)));
    const kpis = await Promise.all(
      [...before].map(async ([kpi, figure]) => ({
        kpi,
        before: figure,
        after: await this.figure(kpi),
        asOf: await this.figure(kpi, publishedAt),
      })),
    );
    return { bucketStart: this.instant(0), kpis, ledger, ...(await this.reasons()) };
  }

  private async reasons(): Promise<Pick<Correction, 'facts' | 'explanation' | 'paths'>> {
    const behind = `/v1/kpis/sessions/facts?${this.query}`;
    const pair = [COOKIE, ADDRESS].map(({ type, value }) => encodeURIComponent(`${type}:${value}`));
    const explain = `/v1/identity/explain?a=${pair[0]}&b=${pair[1]}`;
    const { items } = (await this.client.get(behind)) as { items: FactBehind[] };
    const { text } = (await this.client.get(explain)) as { text: string };
    return {
      facts: items,
      explanation: text,
      paths: [this.ledgerPath('sessions'), behind, explain],
    };
  }

  /** Until what was published is what stands; returns an instant by which it was so. */
  private async untilPublished(): Promise<string> {
    return this.until('the hour is published', async () => {
      const at = new Date().toISOString();
      const [standing, published] = [
        await this.figure('sessions'),
        await this.figure('sessions', at),
      ];
      const rate = await this.figure('conversion-rate', at);
      return standing.value === 2 && published.value === 2 && rate.n === 2 ? at : undefined;
    });
  }

  private untilCorrected(kpi: string): Promise<LedgerItem> {
    return this.until(`the ledger of ${kpi} has the correction`, async () => {
      const { items } = (await this.client.get(this.ledgerPath(kpi))) as { items: LedgerItem[] };
      return items.find((item) => item.new.n === 1);
    });
  }

  private async until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
    const deadlineAt = performance.now() + this.patienceMs;
    for (;;) {
      const seen = await look();
      if (seen !== undefined) return seen;
      if (performance.now() > deadlineAt)
        throw new Fault('internal', `Waited in vain until ${what}.`);
      await sleep(POLL_MS);
    }
  }

  private async figure(kpi: string, asOf?: string): Promise<Figure> {
    const path = `/v1/kpis/${kpi}?${this.query}`;
    return (await this.client.get(asOf === undefined ? path : `${path}&asOf=${asOf}`)) as Figure;
  }

  private ledgerPath(kpi: string): string {
    return `/v1/kpis/${kpi}/corrections?${this.query}`;
  }

  private async post(happenings: readonly Happening[]): Promise<void> {
    const { rejected } = await this.sink.post(happenings.map((each) => this.interaction(each)));
    if (rejected.length > 0) throw new Fault('no-valid-interaction', 'the story was rejected');
  }

  private interaction({ minute, ...rest }: Happening): Draft {
    const occurredAt = this.instant(minute);
    return { source: SOURCE, channel: 'web', campaign: CAMPAIGN, occurredAt, ...rest };
  }

  private instant(minute: number): string {
    return new Date(this.startMs + minute * MINUTE_MS).toISOString();
  }
}
