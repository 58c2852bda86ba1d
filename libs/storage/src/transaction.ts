/** One database transaction. SQL is set-based: a fixed number of statements a batch, arrays through `unnest`. */
export interface Transaction {
  /** Runs one statement (`$1` parameters; int8 and numeric counters come back as safe numbers, money `numeric` as text). */
  query<Row extends object = Record<string, unknown>>(
    sql: string,
    parameters?: readonly unknown[],
  ): Promise<Row[]>;
}
