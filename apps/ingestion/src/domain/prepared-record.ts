/** A record for the log whose value is still text: encoded once, where it is appended. */
export interface PreparedRecord {
  readonly topic: string;
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON. */
  readonly text: string;
}
