import { invariant, stableHash } from '#kernel';

/**
 * Seeded pseudo-random numbers (sfc32, seeded with 128 bits of the name). Equal parts give equal numbers on every machine.
 * Each person, household and delivery draws from a generator of its own, so adding a story to one changes nobody else.
 */
export class Random {
  private a: number;
  private b: number;
  private c: number;
  private counter: number;

  constructor(...name: readonly (string | number)[]) {
    const digits = stableHash(...name);
    const word = (index: number) => Number.parseInt(digits.slice(index * 8, index * 8 + 8), 16) | 0;
    this.a = word(0);
    this.b = word(1);
    this.c = word(2);
    this.counter = word(3);
  }

  /** In [0, 1), 32 bits. */
  next(): number {
    const sum = (((this.a + this.b) | 0) + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = (this.c << 21) | (this.c >>> 11);
    this.c = (this.c + sum) | 0;
    return (sum >>> 0) / 4_294_967_296;
  }

  /** An integer in [from, to], both included. */
  between(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<Item>(items: readonly Item[]): Item {
    const item = items[this.between(0, items.length - 1)];
    invariant(item !== undefined, 'picks from a list that is not empty');
    return item;
  }

  /** Picks by weight; weights need not sum to 1. */
  weighted<Item>(choices: readonly (readonly [item: Item, weight: number])[]): Item {
    const total = choices.reduce((sum, [, weight]) => sum + weight, 0);
    let rest = this.next() * total;
    for (const [item, weight] of choices) {
      rest -= weight;
      if (rest < 0) return item;
    }
    return this.pick(choices)[0];
  }

  /** Exponentially distributed with this mean: waiting times, gaps between stories. */
  exponential(mean: number): number {
    return -Math.log(1 - this.next()) * mean;
  }

  /** A new list in random order (Fisher–Yates). */
  shuffled<Item>(items: readonly Item[]): Item[] {
    const result = [...items];
    for (let last = result.length - 1; last > 0; last--) {
      const other = this.between(0, last);
      const kept = result[last] as Item;
      result[last] = result[other] as Item;
      result[other] = kept;
    }
    return result;
  }
}
