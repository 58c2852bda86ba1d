/** Reads what an explanation of two ends needs: a fixed number of statements, whatever the profiles hold. */
import { Injectable } from '@nestjs/common';
import type { Transaction } from '#storage';
import type {
  AskedEnd,
  CommonRefusal,
  SharedConversation,
  Situation,
} from '../../domain/explaining/situation.js';
import type { Evidence } from '../../domain/evidence.js';
import { groupBy } from '../../domain/group-by.js';
import { linksOfUnit, splitPair } from '../../domain/links.js';
import type { CompiledRules } from '../../domain/rules.js';
import type { LinkRow } from '../../domain/state.js';
import { ProfileReader } from '../reading-ports.js';
import { PairReader } from './ports.js';
import type { PairOfKeys } from './ports.js';

/** A profile with more links is explained from its earliest. */
const LINKS_MAX = 50_000;
const CALLS_MAX = 1_000;
const CONVERSATIONS_MAX = 20;
const REFUSALS_MAX = 1_000;

export interface AskedPair {
  readonly a: AskedEnd;
  readonly b: AskedEnd;
  readonly rules: CompiledRules;
}

@Injectable()
export class LoadSituation {
  constructor(
    private readonly reader: ProfileReader,
    private readonly pairs: PairReader,
  ) {}

  async execute(transaction: Transaction, { a, b, rules }: AskedPair): Promise<Situation> {
    const names = [a, b].flatMap((end) => (end.status === 'seen' ? [end.name] : []));
    const ends = await this.pairs.known(transaction, names);
    const roots = [...new Set(ends.map((end) => end.profileId))];
    const keys = await this.keysOf(transaction, roots);
    const [one, other] = keys;
    const isPair = one !== undefined && other !== undefined;
    const links = isPair
      ? await this.pairs.linksBetween(transaction, [one, other], LINKS_MAX)
      : await this.linksWithin(transaction, names.length === 2 ? one : undefined);
    const calls = await this.pairs.calls(transaction, { keys, names }, CALLS_MAX);
    const linked = [...new Set(links.flatMap((link) => splitPair(link.pair)))];
    const decisions = isPair ? await this.decisions(transaction, roots, [...names, ...linked]) : [];
    const spokenOf = new Set([...names, ...linked]);
    for (const call of calls) spokenOf.add(call.a).add(call.b);
    for (const { subject, rivals } of decisions) {
      for (const name of [subject, ...rivals]) spokenOf.add(name);
    }
    const identifiers = await this.pairs.known(transaction, [...spokenOf]);
    const rivals = decisions.flatMap((decision) => decision.rivals);
    const counted = await this.pairs.counts(transaction, [...new Set([...roots, ...rivals])]);
    const known = new Map(identifiers.map((row) => [row.name, row]));
    return {
      a,
      b,
      rules,
      calls,
      // Those who were erased are spoken of no more.
      decisions: decisions.map((decision) => {
        return { ...decision, rivals: decision.rivals.filter((rival) => known.has(rival)) };
      }),
      identifiers: known,
      links: new Map(links.map((link) => [link.pair, link.span])),
      conversations: isPair ? await this.conversations(transaction, [one, other], rules) : [],
      refusals: isPair ? await this.refusals(transaction, [one, other]) : [],
      counts: new Map(
        [...groupBy(counted, (row) => row.profileId)].map(([profileId, rows]) => [
          profileId,
          new Map(rows.map(({ type, count }) => [type, count])),
        ]),
      ),
    };
  }

  private async keysOf(transaction: Transaction, roots: readonly string[]): Promise<number[]> {
    const keys: number[] = [];
    for (const root of roots) {
      const key = await this.pairs.keyOf(transaction, root);
      if (key !== undefined) keys.push(key);
    }
    return keys;
  }

  private async linksWithin(
    transaction: Transaction,
    key: number | undefined,
  ): Promise<readonly LinkRow[]> {
    return key === undefined ? [] : this.pairs.linksWithin(transaction, key, LINKS_MAX);
  }

  private async decisions(
    transaction: Transaction,
    roots: readonly string[],
    names: readonly string[],
  ): Promise<Situation['decisions']> {
    const found = new Map<string, Situation['decisions'][number]>();
    for (const profileId of roots) {
      for (const row of await this.reader.decisions(transaction, { names, profileId })) {
        found.set(`${row.code} ${row.subject} ${row.rivals.join()}`, row);
      }
    }
    return [...found.values()];
  }

  private async conversations(
    transaction: Transaction,
    keys: PairOfKeys,
    rules: CompiledRules,
  ): Promise<SharedConversation[]> {
    const filings = await this.pairs.conversations(transaction, keys, CONVERSATIONS_MAX);
    const known = await this.reader.identifiers(transaction, [
      ...new Set(filings.flatMap((filing) => filing.names)),
    ]);
    const members = new Map(known.map((row) => [row.name, row]));
    return [...groupBy(filings, (filing) => filing.unit).values()].flatMap((ofUnit) => {
      const evidence = ofUnit.flatMap(({ filing, names, span }) =>
        span ? [{ filing, span, members: names.flatMap((name) => members.get(name) ?? []) }] : [],
      );
      const { note } = linksOfUnit(evidence, rules);
      const firsts = evidence.map(({ span }) => span.first).sort((x, y) => x.at - y.at);
      return note && firsts[0] ? [{ note, evidence: firsts[0] }] : [];
    });
  }

  /** The same placeholder on interactions of both; shown where it came first. */
  private async refusals(
    transaction: Transaction,
    [one, other]: PairOfKeys,
  ): Promise<CommonRefusal[]> {
    const [ofOne, ofOther] = [
      await this.refusedOn(transaction, one),
      await this.refusedOn(transaction, other),
    ];
    return [...ofOne].flatMap(([text, refusal]) => (ofOther.has(text) ? [refusal] : []));
  }

  private async refusedOn(
    transaction: Transaction,
    key: number,
  ): Promise<Map<string, CommonRefusal>> {
    const found = new Map<string, CommonRefusal>();
    for (const row of await this.reader.refusals(transaction, key, REFUSALS_MAX)) {
      const evidence: Evidence = { at: row.at, source: row.source, id: row.id };
      for (const refused of row.refused) {
        const text = `${refused.type}:${refused.value}`;
        if (!found.has(text)) found.set(text, { ...refused, evidence });
      }
    }
    return found;
  }
}
