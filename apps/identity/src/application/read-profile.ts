/** Profiles as the API shows them. Any id that was ever given out answers with the profile that holds it now. */
import { Injectable } from '@nestjs/common';
import { normaliseIdentifier, nameIdentifier } from '#contracts';
import type { Identifier } from '#contracts';
import { Fault } from '#kernel';
import { Secret, TenantDirectory } from '#runtime';
import { UnitOfWork } from '#storage';
import type { Transaction } from '#storage';
import { characterOf } from '../domain/profile.js';
import type { Character } from '../domain/profile.js';
import { CompiledRules, DEFAULT_RULES } from '../domain/rules.js';
import type { ProfileRow } from '../domain/state.js';
import { countIdentifiers, inOrder, shownWithLast, sit } from './portray.js';
import type { ShownIdentifier } from './portray.js';
import { ProfileReader } from './reading-ports.js';
import type { SeenPortrait } from './reading-ports.js';

export interface ProfileView extends Character {
  readonly profileId: string;
  readonly requestedId: string;
  readonly formerIds: readonly string[];
  readonly identifiers: readonly ShownIdentifier[];
  readonly identifierCount: number;
  readonly firstSeen: string | null;
  readonly lastSeen: string | null;
  readonly interactionCount: number;
}

export interface FoundProfile {
  readonly profile: ProfileRow;
  readonly portrait: SeenPortrait;
  readonly rules: CompiledRules;
}

@Injectable()
export class ReadProfile {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly reader: ProfileReader,
    private readonly secret: Secret,
    private readonly directory: TenantDirectory,
  ) {}

  async byId(tenant: string, id: string): Promise<ProfileView> {
    return this.unitOfWork.run((transaction) => this.view(transaction, tenant, id));
  }

  async byIdentifier(tenant: string, { type, value }: Identifier): Promise<ProfileView> {
    const { region } = this.directory.settings(tenant);
    const normal = normaliseIdentifier(type, value, region);
    if (normal === undefined) throw new Fault('not-found', 'There is no such profile.');
    const name = nameIdentifier(this.secret.value, tenant, { type, value: normal });
    return this.unitOfWork.run((transaction) => this.view(transaction, tenant, name));
  }

  /** For reads that go on from the profile. */
  async found(transaction: Transaction, tenant: string, id: string): Promise<FoundProfile> {
    const profile = await this.reader.find(transaction, id);
    const rules = new CompiledRules(
      (await this.reader.rules(transaction, tenant)) ?? DEFAULT_RULES,
    );
    const portrait =
      profile?.tenant === tenant
        ? await this.reader.portrait(transaction, sit(profile, rules))
        : undefined;
    if (!profile || !portrait) throw new Fault('not-found', 'There is no such profile.');
    return { profile, portrait, rules };
  }

  private async view(transaction: Transaction, tenant: string, id: string): Promise<ProfileView> {
    const { profile, portrait, rules } = await this.found(transaction, tenant, id);
    const totals = await this.reader.totals(transaction, profile.profileKey);
    const shared = await this.reader.shared(transaction, profile.profileId);
    const own = inOrder(portrait.identifiers, rules);
    const instant = (at: number | null): string | null =>
      at === null ? null : new Date(at).toISOString();
    return {
      profileId: profile.profileId,
      requestedId: id,
      formerIds: own.map((row) => row.name).filter((name) => name !== profile.profileId),
      identifiers: [...own, ...inOrder(shared, rules)].map(shownWithLast),
      identifierCount: countIdentifiers(profile),
      ...characterOf(portrait.traits, portrait.sharedConsents),
      firstSeen: instant(totals.firstAt),
      lastSeen: instant(totals.lastAt),
      interactionCount: totals.count,
    };
  }
}
