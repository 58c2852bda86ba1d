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
import { draftFilings } from '../domain/plan-filings.js';
import type { FilingDraft } from '../domain/plan-filings.js';
import { CompiledRules } from '../domain/rules.js';
import { leaveOutErased } from './erasing/leave-out-erased.js';
import type { LeftOver, Seen } from './erasing/leave-out-erased.js';
import { ErasureStore } from './erasing/ports.js';
import { decodeRecord } from './resolving/decode-record.js';
import { collectIntake } from './resolving/collect-intake.js';
import { IdentityStore } from './ports.js';
import { publishOutcome } from './resolving/publish-outcome.js';
import { settleFilings } from './resolving/settle-filings.js';
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
    private readonly erasures: ErasureStore,
  ) {}

  async execute(batch: RecordBatch): Promise<void> {
    await this.unitOfWork.consume(batch, async (transaction, records) => ({
      outgoing: await this.resolve(transaction, records),
    }));
  }

  /** What the batch publishes. Keeps no state outside: it may run again. */
  async resolve(
    transaction: Transaction,
    arrived: readonly LogRecord[],
  ): Promise<readonly OutgoingRecord[]> {
    if (arrived.length === 0) return [];
    const seen = arrived.map((record) => ({ record, sighting: decodeRecord(record) }));
    const workspace = new Workspace();
    const site: Site = { transaction, store: this.store, workspace };
    const tenants = [...new Set(seen.map(({ sighting }) => sighting.tenant))].sort();
    await this.store.lock(transaction, tenants);
    for (const [tenant, rules] of await this.store.rules(transaction, tenants)) {
      workspace.setRules(tenant, new CompiledRules(rules));
    }
    const left = await this.leaveOut(transaction, seen, {
      rulesOf: (tenant) => workspace.rulesOf(tenant),
    });
    const sightings = left.seen.map(({ sighting }) => sighting);
    const records = left.seen.map(({ record }) => record);
    const stored = await this.store.winners(transaction, sightings);
    const byKey = new Map(stored.map((row) => [interactionKey(row), row]));
    const winners = foldArrivals(sightings, byKey, (tenant) => workspace.rulesOf(tenant));
    if (winners.length === 0) return left.outgoing;
    const drafts = await this.loadDrafts(site, winners);
    const intake = collectIntake(winners, records, { workspace, secret: this.secret.value });
    const takenBack = await this.store.writeIntake(transaction, intake);
    const withTraits = new Set(intake.traits.map((row) => row.filing));
    const members = new Map(winners.map((winner) => [winner.filing, winner]));
    const namesOf = (filing: string): readonly string[] => this.namesOf(members.get(filing));
    const changed = await settleFilings(site, drafts, { namesOf, withTraits });
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
    const outcome = { winners, records, regions, touchedKeys, consented, unitOfWork };
    return [...left.outgoing, ...(await publishOutcome(site, outcome))];
  }

  private leaveOut(
    transaction: Transaction,
    seen: readonly Seen[],
    { rulesOf }: { readonly rulesOf: (tenant: string) => CompiledRules },
  ): Promise<LeftOver> {
    const { store, erasures, unitOfWork, secret } = this;
    const openWorkspace = (): Workspace => {
      const workspace = new Workspace();
      for (const { sighting } of seen)
        workspace.setRules(sighting.tenant, rulesOf(sighting.tenant));
      return workspace;
    };
    const erasing = { erasures, unitOfWork, secret: secret.value };
    return leaveOutErased(seen, { transaction, store, erasing, openWorkspace });
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

  private namesOf(winner: NewWinner | undefined): readonly string[] {
    if (!winner) return [];
    const { tenant } = winner.sighting;
    return winner.usable.map((identifier) => nameIdentifier(this.secret.value, tenant, identifier));
  }
}

const NOTHING: SolvedRegions = { solved: [], decisions: [], touchedKeys: new Set() };
