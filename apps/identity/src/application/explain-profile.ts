/** Why a profile is what it is: its identifiers with standing, the links with their evidence, and every decision. */
import { Injectable } from '@nestjs/common';
import type { Identifier } from '#contracts';
import { UnitOfWork } from '#storage';
import type { Transaction } from '#storage';
import type { DecisionCode } from '../domain/decision.js';
import type { Evidence } from '../domain/evidence.js';
import { isShown } from '../domain/erasure.js';
import { groupBy } from '../domain/group-by.js';
import { linksOfUnit, splitPair } from '../domain/links.js';
import type { IdentifierRow } from '../domain/state.js';
import { inOrder, shownWithLast } from './portray.js';
import type { ShownIdentifier } from './portray.js';
import { ProfileReader } from './reading-ports.js';
import { ReadProfile } from './read-profile.js';
import { ShowHistory } from './show-history.js';
import type { History } from './show-history.js';
import type { FoundProfile } from './read-profile.js';

const LINKS_MAX = 1_000;
const REFUSALS_MAX = 100;
const CONVERSATIONS_MAX = 100;

interface ShownEvidence {
  readonly source: string;
  readonly id: string;
  readonly occurredAt: string;
}

export interface ShownDecision {
  readonly code: DecisionCode;
  /** An identifier, or the unit of a conversation. */
  readonly subject: Identifier | { readonly unit: string };
  /** Profile ids. */
  readonly rivals: readonly string[];
  readonly evidence: ShownEvidence | null;
}

export interface IdentityView extends History {
  readonly profileId: string;
  readonly requestedId: string;
  readonly identifiers: readonly ShownIdentifier[];
  readonly links: readonly {
    readonly a: Identifier;
    readonly b: Identifier;
    readonly evidence: ShownEvidence;
  }[];
  readonly decisions: readonly ShownDecision[];
}

@Injectable()
export class ExplainProfile {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly reader: ProfileReader,
    private readonly profiles: ReadProfile,
    private readonly history: ShowHistory,
  ) {}

  async execute(tenant: string, id: string): Promise<IdentityView> {
    return this.unitOfWork.run(async (transaction) => {
      const found = await this.profiles.found(transaction, tenant, id);
      const { profile, portrait, rules } = found;
      const shared = await this.reader.shared(transaction, profile.profileId);
      const own = inOrder(portrait.identifiers, rules);
      const names = own.map((row) => row.name);
      const links = await this.reader.links(transaction, names, LINKS_MAX);
      const about = { names, profileId: profile.profileId };
      const decisions = await this.reader.decisions(transaction, about);
      const ends = links.flatMap((link) => splitPair(link.pair));
      const spokenOf = decisions.flatMap(({ subject, rivals }) => [subject, ...rivals]);
      const rows = await this.reader.identifiers(transaction, [...new Set([...ends, ...spokenOf])]);
      const byName = new Map(rows.filter(isShown).map((row) => [row.name, row]));
      const isKnown = (name: string): boolean => byName.has(name);
      const ids = [...new Set([profile.profileId, ...names])];
      const past = await this.history.execute(transaction, ids);
      const ofEvidence = await this.evidenceDecisions(transaction, found);
      return {
        profileId: profile.profileId,
        requestedId: id,
        identifiers: [...own, ...inOrder(shared, rules)].map(shownWithLast),
        links: links
          .filter(({ pair }) => splitPair(pair).every(isKnown))
          .map(({ pair, span }) => {
            const [a, b] = splitPair(pair);
            return { a: named(byName, a), b: named(byName, b), evidence: showEvidence(span.first) };
          }),
        decisions: [
          ...decisions
            .filter(({ subject }) => isKnown(subject))
            .map(({ code, subject, rivals, evidence }) => ({
              code,
              subject: named(byName, subject),
              rivals: rivals.filter(isKnown),
              evidence: evidence && showEvidence(evidence),
            })),
          ...ofEvidence,
        ],
        ...past,
      };
    });
  }

  /** Decisions that are read off the interactions: placeholders, unknown types, conversations of several people. */
  private async evidenceDecisions(
    transaction: Transaction,
    { profile, rules }: FoundProfile,
  ): Promise<ShownDecision[]> {
    const { profileKey } = profile;
    const refusals = await this.reader.refusals(transaction, profileKey, REFUSALS_MAX);
    const filings = await this.reader.conversations(transaction, profileKey, CONVERSATIONS_MAX);
    const names = new Set(filings.flatMap((filing) => filing.names));
    const rows = await this.reader.identifiers(transaction, [...names]);
    const members = new Map(rows.map((row) => [row.name, row]));
    const decisions: ShownDecision[] = refusals.flatMap((winner) =>
      winner.refused.map(({ code, type, value }) => ({
        code,
        subject: { type, value },
        rivals: [],
        evidence: showEvidence(winner),
      })),
    );
    for (const [unit, ofUnit] of groupBy(filings, (filing) => filing.unit)) {
      const evidence = ofUnit.flatMap(({ filing, names, span }) =>
        span ? [{ filing, span, members: names.flatMap((name) => members.get(name) ?? []) }] : [],
      );
      const { note } = linksOfUnit(evidence, rules);
      if (note) decisions.push({ code: note, subject: { unit }, rivals: [], evidence: null });
    }
    return decisions;
  }
}

function named(rows: ReadonlyMap<string, IdentifierRow>, name: string): Identifier {
  const row = rows.get(name);
  return { type: row?.type ?? '', value: row?.value ?? '' };
}

function showEvidence({ at, source, id }: Evidence): ShownEvidence {
  return { source, id, occurredAt: new Date(at).toISOString() };
}
