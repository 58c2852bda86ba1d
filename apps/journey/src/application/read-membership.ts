import type { Transaction, UnitOfWork } from '#storage';
import { isCurrent, type Folding } from '../domain/checkpoint.js';
import { FOLDING } from '../domain/derive.js';
import { foldingUnder } from './derive-touched.js';
import { CountingFold } from '../domain/membership.js';
import { comparePositions, inOrder, positionOf, type Entry } from '../domain/timeline.js';
import type { JourneyStores, ProfileRef, Stretch } from './ports.js';
import type { ArchivedInteraction, FactInteractionsPage } from './reading.js';
import { instantOf, spansOf } from './spans.js';

/** Checkpoints between which entries are read at once: about a thousand. */
const CHECKPOINTS_AT_ONCE = 64;

/**
 * Which sequential facts count which interactions, told by folding again from the checkpoint before: facts keep some references
 * only, and what lies between the ends of a fact may be another's. A row of a page costs at most the entries between two
 * checkpoints.
 */
export class ReadMembership {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly stores: JourneyStores,
    private readonly folding: Folding = FOLDING,
  ) {}

  /** Ids of the facts that count each row, in the order of the rows. */
  async ofRows(
    { tenant, profileKey }: ProfileRef,
    rows: readonly ArchivedInteraction[],
  ): Promise<string[][]> {
    const { checkpoints, archive } = this.stores;
    const taken = rows.filter(({ isSequential, withdrawn }) => isSequential && !withdrawn);
    const instants = [...new Set(taken.map(({ occurredAt }) => occurredAt))].sort((a, b) => a - b);
    const countedIn = await this.unitOfWork.run(async (transaction) => {
      const folding = await this.foldingOf(transaction, tenant);
      const points = instants.map((at) => ({ tenant, profileKey, at }));
      const found = await checkpoints.before(transaction, points);
      const spans = spansOf(
        instants,
        found.flatMap(({ standing }) => (isCurrent(folding, standing) ? standing : [])),
      );
      const stretches = spans.map(({ start, last }) => ({
        tenant,
        profileKey,
        after: instantOf(start),
        upTo: last,
      }));
      const entries = inOrder(await archive.sequentialEntries(transaction, stretches));
      return new Map(
        spans.flatMap(({ start }, index) =>
          countedBy(new CountingFold(folding, start), stretches[index], entries),
        ),
      );
    });
    return rows.map(({ interaction }) => countedIn.get(nameOf({ interaction })) ?? []);
  }

  /** The interactions that a sequential fact counts, in timeline order. */
  async ofFact({ fact, after, limit }: FactInteractionsPage): Promise<ArchivedInteraction[]> {
    const { checkpoints, archive } = this.stores;
    const { tenant, profileKey, id, from, to } = fact;
    return this.unitOfWork.run(async (transaction) => {
      const folding = await this.foldingOf(transaction, tenant);
      const kinds = folding.kinds.filter(({ kind }) => kind === fact.kind);
      const first = { tenant, profileKey, at: Math.max(from, after?.occurredAt ?? from) };
      const [found] = await checkpoints.before(transaction, [first]);
      const start = found && isCurrent(folding, found.standing) ? found.standing : undefined;
      const fold = new CountingFold({ ...folding, kinds }, start);
      const counted: ArchivedInteraction[] = [];
      let reached = instantOf(start);
      while (reached < to && counted.length < limit) {
        const rest = { tenant, profileKey, after: reached, upTo: to };
        const ahead = await checkpoints.first(transaction, [rest], CHECKPOINTS_AT_ONCE);
        const last = ahead.length < CHECKPOINTS_AT_ONCE ? undefined : ahead.at(-1)?.standing;
        const upTo = Math.min(to, last?.tail.occurredAt ?? to);
        const stretch = { tenant, profileKey, after: reached, upTo };
        for (const entry of inOrder(await archive.sequentialEntries(transaction, [stretch]))) {
          const isCounted = fold.take(entry).includes(id);
          if (isCounted && (!after || comparePositions(positionOf(entry), after) > 0))
            counted.push(rowOf(entry));
        }
        reached = upTo;
      }
      return counted.slice(0, limit);
    });
  }

  private async foldingOf(transaction: Transaction, tenant: string): Promise<Folding> {
    const thresholds = await this.stores.thresholds.read(transaction, [tenant]);
    return foldingUnder(this.folding, thresholds)(tenant);
  }
}

function countedBy(
  fold: CountingFold,
  stretch: Stretch | undefined,
  entries: readonly Entry[],
): [string, string[]][] {
  const { after = 0, upTo = 0 } = stretch ?? {};
  const within = entries.filter(({ occurredAt }) => occurredAt > after && occurredAt <= upTo);
  try {
    return within.map((entry) => [nameOf(entry), fold.take(entry)]);
  } catch {
    // Of a profile in quarantine, which says why: its rows are shown all the same.
    return [];
  }
}

const nameOf = ({ interaction: { source, id } }: Pick<Entry, 'interaction'>): string =>
  JSON.stringify([source, id]);

function rowOf({ profileKey, interaction, occurredAt }: Entry): ArchivedInteraction {
  return { profileKey, interaction, occurredAt, withdrawn: false, isSequential: true, factIds: [] };
}
