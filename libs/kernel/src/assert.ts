/** Throws when a stated invariant does not hold: a bug of ours, never a user's mistake. */
export function invariant(condition: unknown, sentence: string): asserts condition {
  if (!condition) throw new Error(`invariant broken: ${sentence}`);
}

/** Makes a `switch` exhaustive: a new member of the union no longer compiles until it is handled. */
export function assertNever(value: never): never {
  throw new Error(`unexpected ${JSON.stringify(value)}`);
}
