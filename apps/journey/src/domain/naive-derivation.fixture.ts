/**
 * The oracle: all facts of a whole history at once, written apart from the derivation it judges. Shared: contracts, hash.
 */
import { isDigital, parseMoney, type Interaction } from '#contracts';
import { stableHash } from '#kernel';
import { isTakenInSequence, naiveSequential } from './facts/naive-sequential.fixture.js';
import { naiveContactMeasures } from './naive-contact.fixture.js';

export interface NaiveEntry {
  readonly profileKey: string;
  readonly interaction: Interaction;
}

export interface NaiveHistory {
  readonly entries: readonly NaiveEntry[];
  readonly segments: ReadonlyMap<string, readonly { value: string; at: number }[]>;
  readonly watermark: number;
}

export interface NaiveFact {
  kind: string;
  id: string;
  profileKey: string;
  from: number;
  to: number;
  at: number;
  dims: Record<string, string>;
  measures: Record<string, number>;
  /** All that it counts. */
  refs: string[];
  status: string;
  finalAt?: number;
}

const time = (entry: NaiveEntry): number => Date.parse(entry.interaction.occurredAt);
const name = ({ interaction }: NaiveEntry): string => `${interaction.source}/${interaction.id}`;
const minutes = (count: number): number => count * 60_000;
function sorted(entries: readonly NaiveEntry[]): NaiveEntry[] {
  const code = (text: string) =>
    [...text].map((letter) => (letter.codePointAt(0) ?? 0).toString(16).padStart(6, '0')).join();
  const key = (entry: NaiveEntry) =>
    `${String(time(entry)).padStart(16, '0')} ${code(entry.interaction.source)} ${code(entry.interaction.id)}`;
  return [...entries].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

/** As facts tell of them: references at the ends only. */
export function naiveDerivation(history: NaiveHistory): NaiveFact[] {
  return naiveFacts(history).map((fact) => ({ ...fact, refs: listedRefs(fact) }));
}

export function listedRefs({ kind, refs }: Pick<NaiveFact, 'kind' | 'refs'>): string[] {
  const isItem = ['issue', 'cart', 'selfservice', 'invitation', 'stage'].includes(kind);
  if (isItem) return refs.slice(0, 8);
  return [...refs.slice(0, 50), ...refs.slice(50).slice(-50)];
}

export function naiveFacts(history: NaiveHistory): NaiveFact[] {
  const facts = [
    ...sessions(history),
    ...contacts(history),
    ...orders(history),
    ...surveys(history),
    ...promises(history),
    ...sequences(history),
  ];
  for (const fact of facts) {
    const changes = (history.segments.get(fact.profileKey) ?? []).filter(({ at }) => at <= fact.at);
    const newest = changes.filter(({ at }) => changes.every((other) => other.at <= at)).at(-1);
    if (newest) fact.dims['segment'] = newest.value;
  }
  return facts.sort((a, b) => (a.id < b.id ? -1 : 1));
}

function sessions({ entries, watermark }: NaiveHistory): NaiveFact[] {
  const facts: NaiveFact[] = [];
  for (const profileKey of new Set(entries.map((entry) => entry.profileKey))) {
    let left = sorted(
      entries.filter((entry) => entry.profileKey === profileKey && isDigital(entry.interaction)),
    );
    const now = passed(entries, profileKey, watermark);
    while (left[0] !== undefined) {
      const size = runLength(left);
      facts.push(session(left.slice(0, size), now));
      left = left.slice(size);
    }
  }
  return facts;
}

/** What is due before an interaction of the profile has happened, as what is due at the watermark. */
function passed(entries: readonly NaiveEntry[], profileKey: string, watermark: number): number {
  const taken = entries.filter(
    (entry) => entry.profileKey === profileKey && isTakenInSequence(entry),
  );
  return Math.max(watermark, ...taken.map((entry) => time(entry) - 1));
}

function sequences({ entries, watermark }: NaiveHistory): NaiveFact[] {
  return [...new Set(entries.map((entry) => entry.profileKey))].flatMap((profileKey) =>
    naiveSequential(
      sorted(entries.filter((entry) => entry.profileKey === profileKey)),
      passed(entries, profileKey, watermark),
    ),
  );
}

function promises({ entries, watermark }: NaiveHistory): NaiveFact[] {
  const keyOf = ({ tenant, type, data }: Interaction) =>
    type.startsWith('promise.')
      ? stableHash(tenant, 'promise', String(data['promiseId']))
      : undefined;
  return grouped(entries, keyOf).flatMap(([id, group]) => {
    const made = group.filter((entry) => entry.interaction.type === 'promise.made');
    const owner = made[0];
    if (!owner) return [];
    const dueAt = made
      .map((entry) => ({
        said: time(entry),
        due: Date.parse(String(entry.interaction.data['dueAt'])),
      }))
      .reduce((first, next) => (next.said <= first.due ? next : first)).due;
    const at = (type: string) =>
      group.filter((entry) => entry.interaction.type === type).map(time)[0] ?? Infinity;
    const kept = at('promise.kept');
    const isCancelled = kept > dueAt && at('promise.cancelled') <= dueAt;
    const isOpen = kept > dueAt && !isCancelled && watermark < dueAt;
    const isLate = kept > dueAt && !isCancelled && !isOpen && kept < Infinity;
    const measures: Record<string, number> = {
      due: Number(!isCancelled),
      open: Number(isOpen),
      kept: Number(kept <= dueAt),
      keptLate: Number(isLate),
      broken: Number(kept === Infinity && !isCancelled && !isOpen),
      cancelled: Number(isCancelled),
      ...(isLate ? { latenessMs: kept - dueAt } : {}),
    };
    const dims: Record<string, string> = {};
    for (const entry of made)
      for (const [dim, value] of Object.entries(named(own(entry)))) dims[dim] ??= value;
    const found = fact('promise', id, group, { at: dueAt, owner, dims, measures });
    if (kept <= dueAt || isCancelled) return [found];
    return [{ ...found, status: isOpen ? 'provisional' : 'final', finalAt: dueAt }];
  });
}

function runLength(entries: readonly NaiveEntry[]): number {
  const start = time(entries[0] as NaiveEntry);
  const end = entries.findIndex((entry, index) => {
    const before = entries[index - 1] ?? entry;
    const isFar =
      time(entry) - time(before) > minutes(30) || time(entry) - start > minutes(24 * 60);
    return isFar || index >= 10_000;
  });
  return end === -1 ? entries.length : end;
}

function session(run: readonly NaiveEntry[], watermark: number): NaiveFact {
  const first = run[0] as NaiveEntry;
  const start = time(first);
  const end = time(run.at(-1) as NaiveEntry);
  const finalAt =
    run.length >= 10_000 ? end : Math.min(end + minutes(30), start + minutes(24 * 60));
  const types = run.map((entry) => entry.interaction.type);
  const { tenant, source, id, channel, touchpoint } = first.interaction;
  return {
    kind: 'session',
    id: stableHash(tenant, 'session', source, id),
    profileKey: first.profileKey,
    from: start,
    to: end,
    at: start,
    dims: named({
      channel,
      touchpoint,
      source,
      campaign: run.find((entry) => entry.interaction.campaign)?.interaction.campaign,
    }),
    measures: {
      durationMs: end - start,
      pages: types.filter(
        (type) => type === 'page.viewed' || type === 'product.viewed' || type === 'content.viewed',
      ).length,
      interactions: run.length,
      converted: types.includes('order.placed') ? 1 : 0,
    },
    refs: run.map(name),
    status: finalAt <= watermark ? 'final' : 'provisional',
    finalAt,
  };
}

function grouped(
  entries: readonly NaiveEntry[],
  keyOf: (interaction: Interaction) => string | undefined,
): [string, NaiveEntry[]][] {
  const keys = new Set(
    entries.map((entry) => keyOf(entry.interaction)).filter((key) => key !== undefined),
  );
  return [...keys].map((key) => [
    key,
    sorted(entries.filter((entry) => keyOf(entry.interaction) === key)),
  ]);
}

function orders({ entries }: NaiveHistory): NaiveFact[] {
  const keyOf = ({ tenant, type, source, id, data }: Interaction) => {
    if (/^(order\.|refund\.)/.test(type) && data['orderId'])
      return stableHash(tenant, 'order', 'order', String(data['orderId']));
    if (/^store\.(purchased|returned)$/.test(type) && data['receiptId'])
      return stableHash(tenant, 'order', 'receipt', String(data['receiptId']));
    return type === 'order.placed' || type === 'store.purchased'
      ? stableHash(tenant, 'order', 'interaction', source, id)
      : undefined;
  };
  return grouped(entries, keyOf).flatMap(([id, group]) => {
    const placed = group.find((entry) =>
      ['order.placed', 'store.purchased'].includes(entry.interaction.type),
    );
    if (!placed) return [];
    const has = (...types: string[]) =>
      Number(group.some((entry) => types.includes(entry.interaction.type)));
    const { data } = placed.interaction;
    const measures: Record<string, number> = {
      cancelled: has('order.cancelled'),
      returned: has('order.returned', 'store.returned'),
      refunded: 0,
    };
    const value = parseMoney(data['value']);
    if (value !== undefined) measures['value'] = value;
    if (Array.isArray(data['items'])) {
      measures['items'] = data['items'].reduce(
        (sum: number, item: { quantity?: number }) => sum + (item.quantity ?? 1),
        0,
      );
    }
    for (const { interaction } of group) {
      const isRefund =
        interaction.type === 'refund.issued' || interaction.type === 'store.returned';
      const currency = interaction.data['currency'];
      if (isRefund && (currency === undefined || currency === data['currency'])) {
        measures['refunded'] =
          (measures['refunded'] ?? 0) + (parseMoney(interaction.data['value']) ?? 0);
      }
    }
    const dims = named({ ...own(placed), currency: data['currency'] as string | undefined });
    return [fact('order', id, group, { at: time(placed), owner: placed, dims, measures })];
  });
}

function surveys({ entries }: NaiveHistory): NaiveFact[] {
  return entries.flatMap((entry) => {
    const { tenant, source, id, type, data } = entry.interaction;
    if (type !== 'survey.answered') return [];
    const measures = answer(data as { instrument?: string; score?: number; polarity?: string });
    if (!measures) return [];
    const factId = stableHash(tenant, 'survey', source, id);
    return [
      fact('survey', factId, [entry], {
        at: time(entry),
        owner: entry,
        dims: named(own(entry)),
        measures,
      }),
    ];
  });
}

/** Default scales only. */
function answer({
  instrument,
  score,
  polarity,
}: {
  instrument?: string;
  score?: number;
  polarity?: string;
}): Record<string, number> | undefined {
  const scales: Record<string, [number, number]> = { nps: [0, 10], csat: [1, 5], ces: [1, 7] };
  const scale = scales[instrument ?? ''];
  if (!scale || score === undefined || score < scale[0] || score > scale[1]) return undefined;
  const good = polarity === 'negative' ? scale[0] + scale[1] - score : score;
  const is = (condition: boolean) => (condition ? 1 : 0);
  if (instrument === 'nps') {
    return {
      nps: 1,
      score: good * 100,
      promoter: is(good > 8),
      passive: is(good === 7 || good === 8),
      detractor: is(good < 7),
    };
  }
  if (instrument === 'csat')
    return { csat: 1, score: good * 100, topTwo: is(good === 4 || good === 5) };
  return { ces: 1, score: good * 100, easy: is(good >= 5) };
}

function contacts({ entries }: NaiveHistory): NaiveFact[] {
  const isPart = (type: string) =>
    /^(call|chat|case)\./.test(type) ||
    ['email.received', 'email.sent', 'social.messaged', 'social.replied', 'desk.visited'].includes(
      type,
    );
  const isAsked = ({ type, direction }: Interaction) =>
    isPart(type) &&
    !['email.sent', 'social.replied'].includes(type) &&
    direction !== 'outbound' &&
    direction !== 'internal';
  const keyOf = (interaction: Interaction) => {
    const { tenant, type, source, id, conversation } = interaction;
    if (!isPart(type)) return undefined;
    if (conversation) return stableHash(tenant, 'contact', 'conversation', source, conversation);
    return isAsked(interaction)
      ? stableHash(tenant, 'contact', 'interaction', source, id)
      : undefined;
  };
  return grouped(entries, keyOf).flatMap(([id, group]) => {
    const owner = group.find((entry) => isAsked(entry.interaction));
    if (!owner) return [];
    const dims: Record<string, string> = {};
    for (const entry of group)
      for (const [dim, value] of Object.entries(named(own(entry)))) dims[dim] ??= value;
    dims['channel'] = owner.interaction.channel;
    dims['source'] = owner.interaction.source;
    return [
      fact('contact', id, group, {
        at: time(group[0] as NaiveEntry),
        owner,
        dims,
        measures: naiveContactMeasures(group),
      }),
    ];
  });
}

interface Parts {
  at: number;
  owner: NaiveEntry;
  dims: Record<string, string>;
  measures: Record<string, number>;
}

function fact(
  kind: string,
  id: string,
  group: readonly NaiveEntry[],
  { at, owner, dims, measures }: Parts,
): NaiveFact {
  const times = group.map(time);
  return {
    kind,
    id,
    profileKey: owner.profileKey,
    from: Math.min(...times),
    to: Math.max(...times),
    at,
    dims,
    measures,
    refs: group.map(name),
    status: 'final',
  };
}

function own({ interaction }: NaiveEntry): Record<string, string | undefined> {
  const { channel, touchpoint, queue, agent, topic, product, store, campaign, stage, source } =
    interaction;
  return { channel, touchpoint, queue, agent, topic, product, store, campaign, stage, source };
}

function named(dims: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(dims).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
