/**
 * Which sequential facts an interaction counts in: those whose count of interactions its own step raised. The fold that counts
 * is the one that tells, so the rule is the same for every kind and nothing is stored for it. As for any fold, entries come in
 * timeline order and from a checkpoint on; time alone never counts an interaction, so the watermark has no part in it.
 */
import type { Folding, Standing } from './checkpoint.js';
import { SequentialFold } from './fold.js';
import type { Entry } from './timeline.js';

export class CountingFold {
  private readonly fold: SequentialFold;
  private readonly counts: Map<string, number>;

  constructor(
    { kinds, thresholds }: Pick<Folding, 'kinds' | 'thresholds'>,
    start: Standing | undefined,
  ) {
    this.fold = new SequentialFold(kinds, start?.state, thresholds);
    this.counts = new Map(
      this.fold.openFacts().map(({ id, interactions }) => [id, interactions.count]),
    );
  }

  /** Ids of the facts that the entry counts in. */
  take(entry: Entry): string[] {
    const countedIn: string[] = [];
    this.fold.take(entry, ({ id, interactions: { count } }) => {
      if (count > (this.counts.get(id) ?? 0)) countedIn.push(id);
      this.counts.set(id, count);
    });
    return countedIn;
  }
}
