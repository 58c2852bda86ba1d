/** What the erasure of a profile comes to, read from what identity holds of it now: the parts of its record. */
import { Injectable } from '@nestjs/common';
import { nameIdentifier, nameInteraction } from '#contracts';
import type { ErasureRequested, Identifier } from '#contracts';
import { keyedHash } from '#kernel';
import { Problem, Secret } from '#runtime';
import type { Transaction } from '#storage';
import type { Call } from '../../domain/call.js';
import { cutErasure } from '../../domain/cut-erasure.js';
import type { Erasure } from '../../domain/erasure.js';
import type { Member } from '../../domain/links.js';
import { planErasure } from '../../domain/plan-erasure.js';
import type { ErasedProfile } from '../../domain/plan-erasure.js';
import type { ProfileRow, WinnerRow } from '../../domain/state.js';
import { IdentityStore } from '../ports.js';
import { ProfileReader } from '../reading-ports.js';
import { ErasureStore } from './ports.js';

/** All of it passes through one transaction and stands in memory: about 1 kB each. */
const INTERACTIONS_MAX = 200_000;
const FILINGS_MAX = 50_000;

export interface AskedErasure {
  readonly tenant: string;
  /** Any id that the profile answers to. */
  readonly id: string;
  /** ms */
  readonly now: number;
}

@Injectable()
export class PlanProfileErasure {
  constructor(
    private readonly store: IdentityStore,
    private readonly erasures: ErasureStore,
    private readonly reader: ProfileReader,
    private readonly secret: Secret,
  ) {}

  /** Locks the tenant. Undefined: there is no such profile. */
  async execute(
    transaction: Transaction,
    { tenant, id, now }: AskedErasure,
  ): Promise<readonly ErasureRequested[] | undefined> {
    await this.store.lock(transaction, [tenant]);
    const profile = await this.reader.find(transaction, id);
    if (profile?.tenant !== tenant || profile.isGone) return undefined;
    // The later erasure knows of the earlier ones: no two share an instant.
    const at = Math.max(now, (await this.erasures.lastAt(transaction, tenant)) + 1);
    const erasureId = keyedHash(this.secret.value, 'erasure', tenant, profile.profileId, at);
    const { erased, winners } = await this.read(transaction, profile, { erasureId, at });
    const filingOf = new Map(
      winners.map((winner) => [nameInteraction(this.secret.value, winner), winner.filing]),
    );
    const parts = cutErasure(await this.plan(transaction, tenant, erased), filingOf);
    const instant = new Date(at).toISOString();
    return parts.map((part, index) => {
      return { tenant, erasureId, at: instant, part: index + 1, parts: parts.length, ...part };
    });
  }

  private async read(
    transaction: Transaction,
    { profileKey }: ProfileRow,
    moment: { readonly erasureId: string; readonly at: number },
  ): Promise<{ readonly erased: ErasedProfile; readonly winners: readonly WinnerRow[] }> {
    const { store, erasures } = this;
    const filings = await erasures.filingsOf(transaction, profileKey, FILINGS_MAX + 1);
    refuseBeyond(filings.length, FILINGS_MAX, 'filings');
    refuseBeyond(
      filings.reduce((sum, { total }) => sum + total, 0),
      INTERACTIONS_MAX,
      'interactions',
    );
    const names = [...new Set(filings.flatMap((filing) => filing.names))];
    const members = new Map<string, Member>();
    for (const row of await store.identifiers(transaction, names)) members.set(row.name, row);
    const winners = await erasures.winnersIn(
      transaction,
      filings.map(({ filing }) => filing),
    );
    const asked = { names, units: filings.map(({ unit }) => unit) };
    const common = await erasures.inCommon(transaction, profileKey, asked);
    const aliases = await erasures.aliasesOf(transaction, winners);
    const erased: ErasedProfile = {
      ...moment,
      held: await store.identifiersHeldBy(transaction, [profileKey]),
      filings: filings.map(({ filing, unit, names: carried, span }) => ({
        filing,
        unit,
        members: carried.flatMap((name) => members.get(name) ?? []),
        span: span ?? undefined,
      })),
      interactions: winners.map((winner) => nameInteraction(this.secret.value, winner)),
      carriedByOthers: new Set(common.names),
      unitsOfOthers: new Set(common.units),
      calls: aliases.map((alias) => this.nameless(alias)),
    };
    return { erased, winners };
  }

  /** The id of an alias holds source and id of the interaction that declared it. */
  private nameless({ callId, kind, a, b, at }: Call): Call {
    return { callId: keyedHash(this.secret.value, 'alias', callId), kind, a, b, at };
  }

  private async plan(
    transaction: Transaction,
    tenant: string,
    erased: ErasedProfile,
  ): Promise<Erasure> {
    const nameOf = (identifier: Identifier): string =>
      nameIdentifier(this.secret.value, tenant, identifier);
    const names = planErasure(erased, nameOf).identifiers.map(({ name }) => name);
    const carriers = await this.erasures.carriers(transaction, names, FILINGS_MAX + 1);
    refuseBeyond(carriers, FILINGS_MAX, 'filings that carry its identifiers');
    const about = (await this.store.callsAbout(transaction, names)).filter(
      ({ source }) => source === null,
    );
    const calls = about.map(({ callId, kind, a, b, at }) => ({ callId, kind, a, b, at }));
    return planErasure({ ...erased, calls: [...erased.calls, ...calls] }, nameOf);
  }
}

function refuseBeyond(count: number, max: number, what: string): void {
  if (count > max) throw new Problem('profile-too-large', `More than ${max} ${what}.`);
}
