import type { Transaction } from '#storage';
import { isSequentialKind } from '../../domain/derive.js';
import { profileName, type ProfileState } from '../../domain/profile.js';
import { contentName } from '../../domain/version-choice.js';
import type { MemoryJourney } from '../memory-stores.fixture.js';
import type { FactRef, Portrait, ProfileRef, StoredCheckpoint } from '../ports.js';
import { BEGINNING, END } from '../spans.js';
import { ReplayStore, type ClassifiedEntry, type PagedProfile } from './ports.js';

export class MemoryReplays extends ReplayStore {
  constructor(private readonly journey: MemoryJourney) {
    super();
  }

  async countProfiles(_: Transaction, tenant: string): Promise<number> {
    return [...this.journey.profiles.rows.values()].filter((row) => row.tenant === tenant).length;
  }

  async page(
    _: Transaction,
    { tenant, after }: { tenant: string; after: string },
    max: { profiles: number },
  ): Promise<PagedProfile[]> {
    const { profiles, facts, archive } = this.journey;
    const all = [...profiles.rows.values(), ...facts.current()];
    const keys = new Set(
      all.filter((row) => row.tenant === tenant).map(({ profileKey }) => BigInt(profileKey)),
    );
    return [...keys]
      .filter((key) => after === '' || key > BigInt(after))
      .sort((a, b) => Number(a - b))
      .slice(0, max.profiles)
      .map(String)
      .map((profileKey) => ({ tenant, profileKey, rows: archive.timelineOf(profileKey).length }));
  }

  async lock(_: Transaction, profiles: readonly ProfileRef[]): Promise<ProfileState[]> {
    return this.journey.profiles.read(_, profiles);
  }

  async portraits(
    _: Transaction,
    profiles: readonly ProfileRef[],
  ): Promise<(Portrait & { readonly body: Buffer })[]> {
    return profiles.flatMap(({ tenant, profileKey }) => {
      const body = this.journey.profiles.portraits.get(profileName({ tenant, profileKey }));
      return body === undefined ? [] : [{ tenant, profileKey, body: Buffer.from(body) }];
    });
  }

  async liveRows(_: Transaction, profiles: readonly ProfileRef[]): Promise<ClassifiedEntry[]> {
    const names = new Set(profiles.map(profileName));
    return [...this.journey.archive.rows.values()]
      .filter((row) => !row.withdrawn && names.has(profileName(row)))
      .map(({ tenant, profileKey, occurredAt, interaction, factIds, isSequential }) => ({
        entry: { tenant, profileKey, occurredAt, interaction },
        factIds,
        isSequential,
      }));
  }

  async classify(_: Transaction, rows: readonly ClassifiedEntry[]): Promise<void> {
    for (const { entry, factIds, isSequential } of rows) {
      const name = contentName(entry.interaction);
      const row = this.journey.archive.rows.get(name);
      if (row !== undefined) this.journey.archive.rows.set(name, { ...row, factIds, isSequential });
    }
  }

  async keyedFacts(_: Transaction, profiles: readonly ProfileRef[]): Promise<FactRef[]> {
    const names = new Set(profiles.map(profileName));
    return this.journey.facts
      .current()
      .filter((fact) => !isSequentialKind(fact.kind) && names.has(profileName(fact)));
  }

  async overdue(_: Transaction, facts: readonly FactRef[], watermark: number): Promise<FactRef[]> {
    const ids = new Set(facts.map(({ id }) => id));
    return this.journey.facts
      .current()
      .filter(
        ({ id, status, finalAt }) =>
          ids.has(id) && status === 'provisional' && (finalAt ?? Infinity) <= watermark,
      );
  }

  async keepCheckpoints(
    _: Transaction,
    profiles: readonly ProfileRef[],
    checkpoints: readonly StoredCheckpoint[],
  ): Promise<void> {
    const whole = profiles.map((each) => ({ ...each, after: BEGINNING, upTo: END }));
    await this.journey.checkpoints.rewrite(_, whole, checkpoints);
  }
}
