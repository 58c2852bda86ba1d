import { haunt, type Interaction } from '#contracts';
import type { Transaction } from '#storage';
import { ghostsIn, isGone, refiledAs, type Passing, type Refiling } from '../../domain/erasure.js';
import { contentName, type Content, type ContentName } from '../../domain/version-choice.js';
import { arrivalOf, type Claim, type DecodedBatch } from '../decode-records.js';
import type { ArchivedContent } from '../archived-content.js';
import type { Arrival, JourneyStores } from '../ports.js';
import type { Gone, KnownErasures } from './ports.js';

/** Tenants in which anybody was erased, with the newest instant up to which, ms. */
type Erasing = ReadonlyMap<string, number>;

/** A batch as it is to be read, erasures considered. */
export interface ReadBatch extends DecodedBatch {
  /** Interactions that no version may be left of, or none before a revision. */
  readonly gone: readonly Gone[];
  readonly erasing: Erasing;
}

interface Reread {
  readonly before: ArchivedContent;
  readonly after: ArchivedContent;
}

type Parsed = ArchivedContent & { readonly interaction: Interaction };

/**
 * What was erased is dropped, refiled or read with ghosts before anything is filed. Where nobody was erased that is one statement
 * a batch.
 */
export class ReadErased {
  constructor(private readonly stores: JourneyStores) {}

  async execute(transaction: Transaction, batch: DecodedBatch): Promise<ReadBatch> {
    const { tombstones, refilings } = batch;
    const erasing = await this.enter(transaction, batch);
    const concerned = batch.arrivals.filter(({ tenant }) => erasing.has(tenant));
    if (concerned.length === 0 && refilings.length === 0)
      return { ...batch, gone: tombstones, erasing };
    const bodies = (await this.stores.erasures.standing(transaction, refilings)).map((standing) =>
      arrivalOf(parse(standing.body), standing.body, { ...standing, filing: '' }),
    );
    const known = await this.know(transaction, [...concerned, ...bodies], erasing);
    const passingOf = (content: Content): Passing | undefined => {
      const passing = known.erased.get(this.stores.erasures.names.interaction(content));
      return passing && isGone(passing, content.contentRevision) ? passing : undefined;
    };
    const gone = concerned.flatMap((arrival) => {
      const { tenant, source, id } = arrival;
      const passing = passingOf(arrival);
      return passing === undefined ? [] : [{ tenant, source, id, ...passing }];
    });
    const claims: Claim[] = [];
    const taken = concerned
      .filter((arrival) => passingOf(arrival) === undefined)
      .map((arrival) => this.take(arrival, known, claims));
    const refiled = bodies
      .filter((body) => passingOf(body) === undefined)
      .map((body) => this.take(body, known, claims))
      .filter(({ reason }) => reason !== undefined);
    return {
      ...batch,
      erasing,
      arrivals: [
        ...batch.arrivals.filter(({ tenant }) => !erasing.has(tenant)),
        ...taken.map(({ reason: _, ...arrival }) => arrival),
        ...refiled,
      ],
      claims: [...batch.claims, ...claims],
      gone: [...tombstones, ...gone],
    };
  }

  /** Replaced versions of these may stand in the archive as nobody may read them any more. Answers how many did. */
  async reread(
    transaction: Transaction,
    names: readonly ContentName[],
    erasing: Erasing,
  ): Promise<number> {
    const { archive, erasures } = this.stores;
    const changed = await this.again(transaction, names, erasing);
    if (changed.length === 0) return 0;
    const before = changed.map((each) => each.before);
    const standing = new Map(
      (await erasures.standing(transaction, before)).map((row) => [
        contentName(row),
        row.contentRevision,
      ]),
    );
    await erasures.removeReplaced(transaction, before);
    const after = changed.map((each) => each.after);
    // What was refiled stands, or is kept, under its new revision.
    const kept = after.filter((row) => standing.get(contentName(row)) !== row.contentRevision);
    await archive.archive(transaction, kept);
    return changed.length;
  }

  private async again(
    transaction: Transaction,
    names: readonly ContentName[],
    erasing: Erasing,
  ): Promise<Reread[]> {
    const versions = await this.stores.erasures.replaced(transaction, names);
    const parsed = versions.map((version) => ({ ...version, interaction: parse(version.body) }));
    const known = await this.know(transaction, parsed, erasing);
    return parsed.flatMap((before) => {
      const after = this.read(before, known);
      const isSame = after.body === before.body && after.contentRevision === before.contentRevision;
      return isSame ? [] : [{ before, after }];
    });
  }

  private async enter(transaction: Transaction, batch: DecodedBatch): Promise<Erasing> {
    const { erasures } = this.stores;
    const { arrivals, tombstones, refilings } = batch;
    const alone = new Set([...tombstones, ...refilings].map(({ tenant }) => tenant));
    const all = new Set([...alone, ...arrivals.map(({ tenant }) => tenant)]);
    if (all.size === 0) return new Map();
    const tenants = [...all].sort().map((tenant) => ({ tenant, isAlone: alone.has(tenant) }));
    const entered = await erasures.enter(transaction, tenants);
    if (alone.size === 0) return entered;
    await erasures.keep(transaction, { tombstones, refilings });
    return new Map([...[...alone].map((tenant) => [tenant, 0] as const), ...entered]);
  }

  /** Names are looked up of what was received before somebody was erased. */
  private async know(
    transaction: Transaction,
    versions: readonly Parsed[],
    erasing: Erasing,
  ): Promise<KnownErasures> {
    if (versions.length === 0) return { erased: new Map(), refilings: [], names: [] };
    const { erasures } = this.stores;
    const early = versions.filter(
      ({ tenant, receivedAt }) => receivedAt <= (erasing.get(tenant) ?? 0),
    );
    return erasures.about(transaction, [...erasing.keys()], {
      contents: versions,
      interactions: versions.map((version) => erasures.names.interaction(version)),
      identifiers: early.flatMap(({ tenant, interaction }) =>
        interaction.identifiers.map((each) => erasures.names.identifier(tenant, each)),
      ),
    });
  }

  /** As it is to be filed; with a reason when it is filed under another revision than it came with. */
  private take(arrival: Arrival, known: KnownErasures, claims: Claim[]): Arrival {
    const { refiling, body, interaction } = this.read(arrival, known);
    if (refiling === undefined && body === arrival.body) return arrival;
    const { contentRevision, filing, reason, claim } = refiling
      ? refiledBy(refiling)
      : { ...arrival, claim: undefined };
    if (claim !== undefined) claims.push(claim);
    return {
      ...arrivalOf(interaction, body, { contentRevision, filing }),
      ...(reason && { reason }),
    };
  }

  private read<Version extends Parsed>(
    version: Version,
    known: KnownErasures,
  ): Version & { readonly refiling: Refiling | undefined } {
    const { erasures } = this.stores;
    const name = contentName(version);
    const refilings = known.refilings.filter((each) => contentName(each) === name);
    const names = known.names.filter(({ tenant }) => tenant === version.tenant);
    const refiling = refiledAs(version.contentRevision, refilings);
    const contentRevision = refiling?.contentRevision ?? version.contentRevision;
    const ghosts = ghostsIn(version, refilings, names);
    if (Object.keys(ghosts).length === 0) return { ...version, refiling, contentRevision };
    const text = version.body.toString('utf8');
    const haunted = haunt(text, ghosts, (identifier) =>
      erasures.names.identifier(version.tenant, identifier),
    );
    if (haunted === text) return { ...version, refiling, contentRevision };
    const body = Buffer.from(haunted);
    return { ...version, refiling, contentRevision, body, interaction: parse(body) };
  }
}

/** Where a refiling puts what it takes; what is known of the filing may be newer. */
function refiledBy(refiling: Refiling) {
  const { tenant, filing, profileKey, profileId, filingRevision, contentRevision } = refiling;
  const reason = { cause: 'erasure', ref: refiling.erasureId } as const;
  const claim: Claim = {
    tenant,
    filing,
    profileKey,
    profileId,
    revision: filingRevision,
    cause: reason.cause,
    causeRef: reason.ref,
  };
  return { contentRevision, filing, reason, claim };
}

const parse = (body: Buffer): Interaction => JSON.parse(body.toString('utf8')) as Interaction;
