import fc from 'fast-check';
import { FACT_KINDS, FACT_TOPIC, HEADER, recordKey, TOPIC } from '#contracts';
import type { FactKind } from '#contracts';
import type { LogRecord, RecordBatch } from '#event-log';
import { CATALOGUE } from '../domain/catalogue/index.js';
import type { Rules, Term } from '../domain/kpi.js';
import type { ObservationKind } from '../domain/observation.js';
import { HOUR_MS } from '../domain/local-time.js';

/** Histories as journey and identity might publish them: versions of facts and interactions, in any order, repeated. */
export const TENANT = 'acme';
/** Two days around the end of summer time in Europe. */
export const FROM_MS = Date.parse('2026-10-24T12:00:00Z');
export const TO_MS = FROM_MS + 48 * HOUR_MS;

const ZONES = ['UTC', 'Europe/Berlin', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'America/St_Johns'];

export const anyRules: fc.Arbitrary<Rules> = fc.record({
  zone: fc.constantFrom(...ZONES),
  serviceLevelMs: fc.constantFrom(10_000, 20_000),
  shortAbandonMs: fc.constantFrom(0, 5_000),
});

/** The measures of a kind that any KPI reads, so that a new definition is covered without a word here. */
const MEASURES = new Map<ObservationKind, readonly string[]>(
  FACT_KINDS.map((kind) => [
    kind,
    [
      ...new Set(
        CATALOGUE.flatMap((kpi) => [kpi.numerator, kpi.denominator]).flatMap((term) =>
          term.kind === kind ? measuresOf(term) : [],
        ),
      ),
    ],
  ]),
);

function measuresOf({ where = [], except = [], value }: Term): string[] {
  const summed = value === 'one' ? [] : [...value.plus, ...(value.minus ?? [])];
  return [
    ...where.map(({ measure }) => measure),
    ...except.map(({ measure }) => measure),
    ...summed,
  ];
}

const anyInstant = fc.oneof(
  fc.integer({ min: FROM_MS, max: TO_MS }),
  fc.integer({ min: FROM_MS / HOUR_MS, max: TO_MS / HOUR_MS }).map((hour) => hour * HOUR_MS),
);
const anyDims = fc.record(
  {
    channel: fc.constantFrom('phone', 'web', 'chat'),
    queue: fc.constantFrom('sales', 'care'),
    topic: fc.constantFrom('billing', 'delivery'),
    touchpoint: fc.constantFrom('checkout', "o'clock"),
    currency: fc.constantFrom('EUR', 'EUR', 'EUR', 'USD'),
  },
  { requiredKeys: ['channel', 'currency'] },
);
const isTime = (name: string): boolean => name.endsWith('Ms');
const anyMeasure = (name: string): fc.Arbitrary<number> => {
  if (isTime(name))
    return fc.constantFrom(0, 4_999, 5_000, 10_000, 20_000, 20_001, 3_600_000, 9_000_000_001);
  if (name === 'value' || name === 'refunded') return fc.integer({ min: 0, max: 90_000_000_000 });
  return name === 'score' ? fc.integer({ min: 100, max: 700 }) : fc.integer({ min: 0, max: 1 });
};

interface Version {
  readonly revision: number;
  readonly record: Omit<LogRecord, 'offset'>;
}

const factVersions = (kind: FactKind, key: string): fc.Arbitrary<Version[]> =>
  fc
    .array(
      fc.record({
        at: anyInstant,
        dims: anyDims,
        measures: fc.record(
          Object.fromEntries((MEASURES.get(kind) ?? []).map((name) => [name, anyMeasure(name)])),
          { requiredKeys: [] },
        ),
        isGone: fc.boolean().map((coin) => coin),
        status: fc.constantFrom('provisional', 'final'),
      }),
      { minLength: 1, maxLength: 4 },
    )
    .map((versions) =>
      versions.map((version, index) => {
        const { at, isGone, ...rest } = version;
        const instant = new Date(at).toISOString();
        const fact = {
          ...rest,
          tenant: TENANT,
          kind,
          id: key,
          revision: index + 1,
          profileId: 'p',
          from: instant,
          to: instant,
          at: instant,
        };
        const interactions = { count: 1, first: [{ source: 's', id: key }], last: [] };
        return {
          revision: index + 1,
          record: {
            topic: FACT_TOPIC[kind],
            key: recordKey(TENANT, key),
            headers: { [HEADER.tenant]: TENANT, [HEADER.revision]: String(index + 1) },
            value: isGone ? null : Buffer.from(JSON.stringify({ ...fact, interactions })),
            partition: 0,
            appendedAt: 0,
          },
        };
      }),
    );

const interactionVersions = (id: string): fc.Arbitrary<Version[]> =>
  fc
    .array(
      fc.record({
        at: anyInstant,
        dims: anyDims,
        state: fc.constantFrom('counts', 'counts', 'withdrawn', 'erased'),
      }),
      { minLength: 1, maxLength: 3 },
    )
    .map((versions) =>
      versions.map(({ at, dims, state }, index) => ({
        revision: index + 1,
        record: {
          topic: TOPIC.interactionIdentified.name,
          key: recordKey(TENANT, '1'),
          headers: {
            [HEADER.tenant]: TENANT,
            [HEADER.interactionSource]: 'shop',
            [HEADER.interactionId]: id,
            [HEADER.contentRevision]: String(index + 1),
            ...(state === 'erased'
              ? { [HEADER.cause]: 'erasure', [HEADER.causeRef]: 'e1' }
              : {
                  [HEADER.occurredAt]: new Date(at).toISOString(),
                  [HEADER.dims]: JSON.stringify({
                    ...dims,
                    type: 'page.viewed',
                    currency: undefined,
                  }),
                }),
            ...(state === 'withdrawn' ? { [HEADER.withdrawn]: '1' } : {}),
          },
          value: state === 'erased' ? null : Buffer.from('never read'),
          partition: 0,
          appendedAt: 0,
        },
      })),
    );

/** Every version at least once, some twice, in any order, cut into batches. */
export const anyBatches: fc.Arbitrary<RecordBatch[]> = fc
  .tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 0, max: 6 }))
  .chain(([facts, interactions]) =>
    fc.tuple(
      ...FACT_KINDS.flatMap((kind) =>
        Array.from({ length: facts }, (_, index) => factVersions(kind, `${kind}-${index}`)),
      ),
      ...Array.from({ length: interactions }, (_, index) => interactionVersions(`i-${index}`)),
    ),
  )
  .chain((entities) => {
    const all = entities.flat();
    const shuffled = fc.shuffledSubarray(all, { minLength: all.length });
    return fc.tuple(
      shuffled,
      fc.subarray(all),
      fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 8 }),
    );
  })
  .map(([once, again, sizes]) => batchesOf([...once, ...again], sizes));

function batchesOf(versions: readonly Version[], sizes: readonly number[]): RecordBatch[] {
  const records = versions.map(({ record }, offset) => ({ ...record, offset }));
  const batches: RecordBatch[] = [];
  for (let start = 0, turn = 0; start < records.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    batches.push({
      group: 'metrics',
      incarnation: 'test',
      records: records.slice(start, start + size),
    });
    start += size;
  }
  return batches;
}
