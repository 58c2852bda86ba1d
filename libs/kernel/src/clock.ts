/** The only way to learn the time. Domain code gets instants as arguments; glue asks a `Clock`. */
export abstract class Clock {
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  abstract now(): number;
}

export class SystemClock extends Clock {
  now(): number {
    return Date.now();
  }
}

/** A clock for tests: stands still until told. */
export class FixedClock extends Clock {
  constructor(private at: number) {
    super();
  }

  now(): number {
    return this.at;
  }

  /** Moves the clock to `at` (ms); it may also go back. */
  set(at: number): void {
    this.at = at;
  }

  advance(spanMs: number): void {
    this.at += spanMs;
  }
}
