/**
 * The use case of identity: a batch of accepted interactions → who they belong to. One transaction; its steps are files of
 * `resolving/`, those of a structural change of `resolving/restructuring/`, in this order:
 * lock tenants · `decode-record` · load winners and filings · fold (pure) · `collect-intake`, written · settle filings (fast
 * path: count only) · `restructure` (`link-evidence`, `solve-regions`, `assign-owners`) · `publish-outcome`: differences
 * written, records said. Between the steps everything is in the `workspace`.
 *
 * Changes of one tenant are serialised by its lock: what a region solve reads is spread over rows that nobody can name
 * beforehand, and row locks taken as they are found deadlock. A worker holds the partitions of its group in one
 * subscription anyway; several workers overlap in decoding, offsets, outbox and commits of other tenants.
 */
import { nameIdentifier } from '#contracts';
import { Injectable } from '@nestjs/common';
import type { OutgoingRecord, RecordBatch, LogRecord } from '#event-log';
import { Secret } from '#runtime';
import type { Transaction } from '#storage';
import { UnitOfWork } from '#storage';
import { foldArrivals, interactionKey } from '../domain/fold-arrivals.js';
import type { NewWinner } from '../domain/fold-arrivals.js';
import {
  countAfter,
  draftFilings,
  isStructural,
  losesAnEnd,
  spanAfter,
  totalAfter,
} from '../domain/plan-filings.js';
import type { FilingDraft } from '../domain/plan-filings.js';
import { CompiledRules } from '../domain/rules.js';
import type { FilingRow } from '../domain/state.js';
import { decodeRecord } from './resolving/decode-record.js';
import { collectIntake } from './resolving/collect-intake.js';
import { IdentityStore } from './ports.js';
import { publishOutcome } from './resolving/publish-outcome.js';
import { restructure } from './resolving/restructure.js';
import type { Site } from './resolving/site.js';
import type { SolvedRegions } from './resolving/restructuring/solve-regions.js';
import { Workspace } from './resolving/workspace.js';

@Injectable()
export class ResolveBatch {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly store: IdentityStore,
    private readonly secret: Secret,
  ) {}

  async execute(batch: RecordBatch): Promise<void> {
    await this.unitOfWork.consume(batch, async (transaction, records) => ({
      outgoing: await this.resolve(transaction, records),
    }));
  }

  /** What the batch publishes. Keeps no state outside: it may run again. */
  async resolve(
    transaction: Transaction,
    records: readonly LogRecord[],
  ): Promise<readonly OutgoingRecord[]> {
    const sightings = records.map(decodeRecord);
    if (sightings.length === 0) return [];
    const workspace = new Workspace();
    const site: Site = { transaction, store: this.store, workspace };
    const tenants = [...new Set(sightings.map((sighting) => sighting.tenant))].sort();
    await this.store.lock(transaction, tenants);
    for (const [tenant, rules] of await this.store.rules(transaction, tenants)) {
      workspace.setRules(tenant, new CompiledRules(rules));
    }
    const stored = await this.store.winners(transaction, sightings);
    const byKey = new Map(stored.map((row) => [interactionKey(row), row]));
    const winners = foldArrivals(sightings, byKey, (tenant) => workspace.rulesOf(tenant));
    if (winners.length === 0) return [];
    const drafts = await this.loadDrafts(site, winners);
    const intake = collectIntake(winners, records, { workspace, secret: this.secret.value });
    const takenBack = await this.store.writeIntake(transaction, intake);
    const withTraits = new Set(intake.traits.map((row) => row.filing));
    const changed = await this.settleFilings(site, drafts, { winners, withTraits });
    const calls = [...takenBack.aliases, ...intake.aliases];
    const regions =
      changed.length > 0 || calls.length > 0
        ? await restructure(site, { changed, winners, calls, secret: this.secret.value })
        : NOTHING;
    const touchedKeys = new Set(regions.touchedKeys);
    const consented = [...intake.traits.map((row) => row.filing), ...takenBack.filings];
    for (const filing of consented) {
      const key = workspace.filings.get(filing)?.profileKey ?? 0;
      if (key > 0) touchedKeys.add(key);
    }
    const { unitOfWork } = this;
    return publishOutcome(site, { winners, records, regions, touchedKeys, consented, unitOfWork });
  }

  private async loadDrafts(
    site: Site,
    winners: readonly NewWinner[],
  ): Promise<ReadonlyMap<string, FilingDraft>> {
    const names = new Set<string>();
    for (const { filing, previous } of winners) {
      names.add(filing);
      if (previous) names.add(previous.filing);
    }
    const { filings, profiles } = await this.store.filings(site.transaction, [...names]);
    for (const row of filings) site.workspace.filings.load(row.filing, row);
    for (const row of profiles) site.workspace.profiles.load(row.profileKey, row);
    return draftFilings(winners, new Map(filings.map((row) => [row.filing, row])));
  }

  /** Puts new counts and spans into the workspace; returns the structural ones. */
  private async settleFilings(
    site: Site,
    drafts: ReadonlyMap<string, FilingDraft>,
    {
      winners,
      withTraits,
    }: { readonly winners: readonly NewWinner[]; readonly withTraits: ReadonlySet<string> },
  ): Promise<readonly FilingRow[]> {
    const { transaction, store, workspace } = site;
    const shortened = [...drafts.values()].filter(losesAnEnd).map((draft) => draft.filing);
    const reread = shortened.length > 0 ? await store.spans(transaction, shortened) : [];
    const spans = new Map(reread.map((row) => [row.filing, row.span]));
    const members = new Map(winners.map((winner) => [winner.filing, winner]));
    const changed: FilingRow[] = [];
    for (const draft of drafts.values()) {
      const span = spanAfter(draft, spans.get(draft.filing));
      const names = draft.before?.names ?? this.namesOf(members.get(draft.filing));
      const row: FilingRow = {
        ...(draft.before ?? { owner: null, anchor: draft.unit, profileKey: 0, counter: 0 }),
        tenant: draft.tenant,
        filing: draft.filing,
        unit: draft.unit,
        names,
        span,
        count: countAfter(draft),
        total: totalAfter(draft),
        hasTraits: (draft.before?.hasTraits ?? false) || withTraits.has(draft.filing),
      };
      workspace.filings.set(row.filing, row);
      if (isStructural(draft, span, workspace.rulesOf(draft.tenant).hasLast)) changed.push(row);
    }
    return changed;
  }

  private namesOf(winner: NewWinner | undefined): readonly string[] {
    if (!winner) return [];
    const { tenant } = winner.sighting;
    return winner.usable.map((identifier) => nameIdentifier(this.secret.value, tenant, identifier));
  }
}

const NOTHING: SolvedRegions = { solved: [], decisions: [], touchedKeys: new Set() };
