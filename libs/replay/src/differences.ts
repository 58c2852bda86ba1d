/** What a replay found otherwise than it follows from what is kept: counted by kind, the first ones named. Pure. */

export const CHANGES = ['new', 'changed', 'gone'] as const;
export type Change = (typeof CHANGES)[number];

export interface Difference {
  /** The kind of fact, the KPI … */
  readonly of: string;
  readonly change: Change;
  /** Of the one: a fact id, a bucket. */
  readonly name: string;
}

export type Counts = Readonly<Record<Change, number>>;

export interface DifferencesText {
  readonly counts: Readonly<Record<string, Counts>>;
  readonly examples: readonly Difference[];
}

const EXAMPLES_MAX = 20;
const NONE: Counts = { new: 0, changed: 0, gone: 0 };

export class Differences {
  private readonly counts = new Map<string, Counts>();
  private readonly examples: Difference[] = [];

  static of(...found: readonly Difference[]): Differences {
    const differences = new Differences();
    for (const each of found) differences.add(each);
    return differences;
  }

  static read(text: string): Differences {
    const { counts, examples } = JSON.parse(text) as DifferencesText;
    const differences = new Differences();
    for (const [of, each] of Object.entries(counts)) differences.counts.set(of, each);
    differences.examples.push(...examples);
    return differences;
  }

  add(difference: Difference): void {
    const { of, change } = difference;
    const known = this.counts.get(of) ?? NONE;
    this.counts.set(of, { ...known, [change]: known[change] + 1 });
    if (this.examples.length < EXAMPLES_MAX) this.examples.push(difference);
  }

  merge(later: Differences): void {
    for (const [of, each] of later.counts) {
      const known = this.counts.get(of) ?? NONE;
      const sum = CHANGES.map((change) => [change, known[change] + each[change]]);
      this.counts.set(of, Object.fromEntries(sum) as Counts);
    }
    this.examples.push(...later.examples.slice(0, EXAMPLES_MAX - this.examples.length));
  }

  get total(): number {
    let total = 0;
    for (const each of this.counts.values()) total += each.new + each.changed + each.gone;
    return total;
  }

  told(): DifferencesText {
    const sorted = [...this.counts].sort(([a], [b]) => (a < b ? -1 : 1));
    return { counts: Object.fromEntries(sorted), examples: this.examples };
  }
}
