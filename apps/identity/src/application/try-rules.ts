/**
 * What rules would do, before anybody has to live with them: everybody solved again in memory from the evidence that is kept,
 * by the same pure functions, without a lock and without writing. What the present rules refused (unknown types, placeholders)
 * is on no filing and takes part only after a replay: `replay` counts it.
 */
import { Injectable } from '@nestjs/common';
import { Problem } from '#runtime';
import { UnitOfWork } from '#storage';
import { comparePeople } from '../domain/compare-people.js';
import type { PeopleDifference } from '../domain/compare-people.js';
import { isShown } from '../domain/erasure.js';
import { classify } from '../domain/identifier.js';
import { resolveFiled } from '../domain/resolve-from-scratch.js';
import type { FiledSet } from '../domain/resolve-from-scratch.js';
import { CompiledRules } from '../domain/rules.js';
import type { IdentityRules } from '../domain/rules.js';
import type { ReplayNeed } from '../domain/replay-needed.js';
import { RulesBook } from './activating/ports.js';
import { readPosted } from './activating/read-posted.js';
import { SettleRules } from './activating/settle-rules.js';
import { EvidenceReader } from './trying/ports.js';
import type { TenantEvidence } from './trying/ports.js';

/** Filings that are held in memory at once: about 1 kB each. */
export const FILINGS_MAX = 500_000;

export interface RulesTrial extends PeopleDifference {
  readonly rules: IdentityRules;
  readonly dryRun: true;
  /** Interactions whose refused values the new rules would accept: they count after a replay only. */
  readonly replay: number;
  /** What keeps these rules from being activated over what is stored; empty = nothing. */
  readonly needsReplay: readonly ReplayNeed[];
}

@Injectable()
export class TryRules {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly settleRules: SettleRules,
    private readonly book: RulesBook,
    private readonly evidence: EvidenceReader,
  ) {}

  async execute(tenant: string, posted: unknown): Promise<RulesTrial> {
    const { unitOfWork, book, settleRules } = this;
    const last = await unitOfWork.run((transaction) => book.lastVersion(transaction, tenant));
    const checked = readPosted(posted, last + 1);
    const needsReplay = await unitOfWork.run((transaction) =>
      settleRules.needs(transaction, { tenant, rules: checked }),
    );
    const kept = await this.unitOfWork.run((transaction) =>
      this.evidence.ofTenant(transaction, tenant, FILINGS_MAX),
    );
    if (kept.filings.length > FILINGS_MAX) {
      throw new Problem('tenant-too-large', `More than ${FILINGS_MAX} filings.`);
    }
    const rules = new CompiledRules(checked);
    const people = resolveFiled(filedUnder(kept, rules), kept.calls, rules);
    const replay = kept.refusals
      .filter(({ identifier }) => classify([identifier], rules).usable.length > 0)
      .reduce((sum, { interactions }) => sum + interactions, 0);
    const isLiving = ({ root }: { readonly root: string }): boolean =>
      isShown(people.firstSeen.get(root) ?? { value: '' });
    const living = { ...people, profiles: people.profiles.filter(isLiving) };
    const difference = comparePeople(kept.profileOf, living);
    return { dryRun: true, rules: checked, replay, needsReplay, ...difference };
  }
}

/** The filings with what the rules take for identifiers. */
function filedUnder({ filings, members }: TenantEvidence, rules: CompiledRules): FiledSet[] {
  return filings.map(({ filing, unit, names, span }) => {
    const carried = names.flatMap((name) => members.get(name) ?? []);
    const usable = new Set(
      classify(carried, rules).usable.map(({ type, value }) => `${type}:${value}`),
    );
    return {
      filing,
      unit,
      members: carried.filter(({ type, value }) =>
        // Of what remains of somebody erased only the type is known.
        value === '' ? rules.strengthOf(type) : usable.has(`${type}:${value}`),
      ),
      span: span ?? undefined,
    };
  });
}
