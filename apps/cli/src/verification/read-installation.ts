import { DEFAULT_SETTINGS, formatInstant, type Interaction, type TenantSettings } from '#contracts';
import { Fault } from '#kernel';
import type { Snapshot, SnapshotReader } from '#storage';
import {
  type Archive,
  contentHashOf,
  INTERACTIONS_MAX,
  isHaunted,
  RECOMPUTED_FACTS,
  RECOMPUTED_KPIS,
  type Row,
  rowKey,
  SHIPPED_RULES,
  type Table,
  type Tables,
} from '#verify';
import * as identity from '../../../identity/src/adapters/postgres/canonical-dump.js';
import {
  dumpFacts,
  readArchive,
  readWatermark,
} from '../../../journey/src/adapters/postgres/canonical-dump.reader.js';
import { DERIVED_KINDS } from '../../../journey/src/domain/derive.js';
import { CATALOGUE } from '../../../metrics/src/domain/catalogue/index.js';
import * as metrics from '../../../metrics/src/adapters/postgres/counting/canonical-dump.js';

export interface Installation {
  readonly archive: Archive;
  /** What the services keep. */
  readonly recorded: Tables;
  /** Rows of fact kinds and KPIs that are not recomputed yet; they are left out of `recorded`. */
  readonly notRecomputed: Readonly<Record<string, number>>;
}

export interface Reading {
  readonly tenant: string;
  readonly secret: string;
  /** How many versions of the archive have been read. */
  readonly report: (versions: number) => void;
}

export async function tenantsIn(snapshot: Snapshot): Promise<string[]> {
  const rows = await snapshot
    .of('ingestion')
    .read<{ tenant: string }>('SELECT tenant FROM tenant ORDER BY tenant');
  return rows.map(({ tenant }) => tenant);
}

/** One tenant at one moment: its archive, and every table that follows from it. */
export async function readInstallation(
  snapshot: Snapshot,
  { tenant, secret, report }: Reading,
): Promise<Installation> {
  const [people, journey] = [snapshot.of('identity'), snapshot.of('journey')];
  const { interactions, timeline, haunted } = await readVersions(journey, tenant, report);
  const archive: Archive = {
    tenant,
    secret,
    settings: await settingsOf(snapshot, tenant),
    rules: (await identity.rulesInForce(people, tenant)) ?? SHIPPED_RULES,
    calls: await identity.standingCalls(people, tenant),
    erasures: await identity.erasuresKept(people, tenant),
    watermark: (await readWatermark(journey)).at,
    interactions,
    counted: { facts: DERIVED_KINDS, kpis: CATALOGUE.map(({ name }) => name) },
  };
  const recorded = {
    ...peopleTables(await identity.canonicalDump(people, tenant), haunted),
    'journey.timeline': timeline,
    'journey.facts': byKey(await dumpFacts(journey, tenant), factKey),
    ...(await measuredTables(snapshot.of('metrics'), tenant)),
  };
  return { archive, ...withoutUnknown(recorded) };
}

async function readVersions(
  journey: SnapshotReader,
  tenant: string,
  report: Reading['report'],
): Promise<{
  interactions: readonly Interaction[];
  timeline: Table;
  /** Keys of those in which something was erased. */
  haunted: ReadonlySet<string>;
}> {
  const interactions: Interaction[] = [];
  const timeline = new Map<string, Row>();
  const haunted = new Set<string>();
  for await (const portion of readArchive(journey, tenant)) {
    for (const { interaction, onTimeline } of portion) {
      interactions.push(interaction);
      if (onTimeline === undefined) continue;
      const { occurredAt, ...place } = onTimeline;
      const contentHash = contentHashOf(interaction);
      const row = { ...place, occurredAt: formatInstant(occurredAt), contentHash };
      const key = rowKey(interaction.source, interaction.id);
      timeline.set(key, row);
      if (isHaunted(interaction)) haunted.add(key);
    }
    report(interactions.length);
    if (interactions.length > INTERACTIONS_MAX)
      throw new Fault('invalid-parameter', `More than ${INTERACTIONS_MAX} interactions: too many.`);
  }
  return { interactions, timeline, haunted };
}

async function settingsOf(snapshot: Snapshot, tenant: string): Promise<TenantSettings> {
  const [row] = await snapshot
    .of('ingestion')
    .read<{ settings: TenantSettings }>('SELECT settings FROM tenant WHERE tenant = $1', [tenant]);
  return { ...DEFAULT_SETTINGS, ...row?.settings };
}

function peopleTables(
  { interactions, identifiers, filings }: identity.IdentityDump,
  haunted: ReadonlySet<string>,
) {
  return {
    'identity.interactions': byKey(
      interactions,
      ({ source, id }) => rowKey(source, id),
      ({ source, id, at, contentHash, ...row }) => ({
        ...row,
        occurredAt: formatInstant(at),
        contentHash: haunted.has(rowKey(source, id)) ? null : contentHash,
      }),
    ),
    'identity.identifiers': byKey(
      identifiers,
      ({ type, value }) => rowKey(`${type}:${value}`),
      ({ standing, profileId, firstSeen: { at, source, id } }) => ({
        standing,
        profileId,
        firstSeen: [formatInstant(at), source, id],
      }),
    ),
    'identity.filings': byKey(
      filings,
      ({ filing }) => filing,
      ({ filing: _, ...row }) => row,
    ),
  };
}

async function measuredTables(reader: SnapshotReader, tenant: string) {
  return {
    'metrics.interactions': byKey(
      await metrics.dumpInteractions(reader, tenant),
      ({ source, id }) => rowKey(source, id),
      ({ at, dims }) => ({ at, dims }),
    ),
    'metrics.facts': byKey(await metrics.dumpFacts(reader, tenant), factKey),
    'metrics.buckets': byKey(
      await metrics.canonicalDump(reader, tenant),
      ({ kpi, version, start, dims }) => rowKey(kpi, version, start, ...dims),
    ),
  };
}

const factKey = ({ kind, id }: { kind: string; id: string }): string => rowKey(kind, id);

function byKey<Item extends object>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
  rowOf: (item: Item) => Row = (item) => item,
): Table {
  return new Map(items.map((item) => [keyOf(item), rowOf(item)]));
}

/** Takes out what nothing recomputes, and counts it: said, never passed over in silence. */
function withoutUnknown(recorded: Tables): Omit<Installation, 'archive'> {
  const notRecomputed: Record<string, number> = {};
  const known = (table: Table, member: 'kind' | 'kpi', names: readonly string[]): Table =>
    new Map(
      [...table].filter(([, row]) => {
        const name = String(Reflect.get(row, member));
        if (names.includes(name)) return true;
        notRecomputed[name] = (notRecomputed[name] ?? 0) + 1;
        return false;
      }),
    );
  const left = {
    'journey.facts': known(recorded['journey.facts'], 'kind', RECOMPUTED_FACTS),
    'metrics.facts': known(recorded['metrics.facts'], 'kind', RECOMPUTED_FACTS),
    'metrics.buckets': known(
      recorded['metrics.buckets'],
      'kpi',
      RECOMPUTED_KPIS.map(({ kpi }) => kpi),
    ),
  };
  return { recorded: { ...recorded, ...left }, notRecomputed };
}
