/** Contacts of a call centre over days before an instant: five channels, 6 queues, 10 topics, 40 agents, so that hardly two share a bucket. */
import { FACT_TOPIC, HEADER, recordKey } from '#contracts';
import type { LogRecord, RecordBatch } from '#event-log';

export const TENANT = 'default';
const CHANNELS = ['phone', 'web', 'chat', 'email', 'store'];
const HOUR = 3_600_000;

/** The same numbers in every run. */
export function dice(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function contact(id: number, atMs: number, roll: (below: number) => number): LogRecord {
  const at = new Date(atMs).toISOString();
  const isAnswered = roll(10) > 0 ? 1 : 0;
  const measures = {
    offered: 1,
    answered: isAnswered,
    waitMs: roll(90_000),
    ...(isAnswered === 1 ? { handled: 1, handleMs: 20_000 + roll(900_000) } : { abandoned: 1 }),
  };
  const dims = {
    channel: CHANNELS[roll(CHANNELS.length)],
    queue: `queue-${roll(6)}`,
    topic: `topic-${roll(10)}`,
    agent: `agent-${roll(40)}`,
  };
  const fact = {
    tenant: TENANT,
    kind: 'contact',
    id: `c-${id}`,
    revision: 1,
    profileId: `p-${id % 5_000}`,
    from: at,
    to: at,
    at,
    dims,
    measures,
    status: 'final',
    interactions: { count: 1, first: [{ source: 'calls', id: `i-${id}` }], last: [] },
  };
  return {
    topic: FACT_TOPIC.contact,
    key: recordKey(TENANT, fact.id),
    headers: { [HEADER.tenant]: TENANT, [HEADER.revision]: '1' },
    value: Buffer.from(JSON.stringify(fact)),
    partition: 0,
    offset: id,
    appendedAt: 0,
  };
}

export interface ContactsOptions {
  readonly firstId: number;
  readonly count: number;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Oldest first, evenly but for chance. */
export function* contacts({ firstId, count, fromMs, toMs }: ContactsOptions): Generator<LogRecord> {
  const roll = dice(firstId + 1);
  for (let index = 0; index < count; index += 1) {
    const evenly = fromMs + Math.floor(((toMs - fromMs) * index) / count);
    yield contact(firstId + index, Math.min(evenly + roll(HOUR), toMs - 1), roll);
  }
}

export function batchOf(records: readonly LogRecord[]): RecordBatch {
  return { group: 'metrics', incarnation: 'bench', records };
}
