import { canonicalJson, compareText } from '#kernel';
import { TABLES, type Row, type Table, type TableName, type Tables } from './tables.js';

export interface Difference {
  readonly key: string;
  /** Absent = the service does not keep such a row. */
  readonly recorded?: Row;
  /** Absent = there should be none. */
  readonly expected?: Row;
  /** Members that differ, when both are there. */
  readonly members: readonly string[];
}

export interface TableReport {
  readonly table: TableName;
  /** Keys on either side. */
  readonly rows: number;
  readonly equal: number;
  readonly different: number;
  /** By key, at most `differencesMax`. */
  readonly first: readonly Difference[];
}

/** What the services keep, against what follows from the archive. */
export function compareTables(
  recorded: Tables,
  expected: Tables,
  differencesMax = 5,
): TableReport[] {
  return TABLES.map((table) => {
    const differences = differencesOf(recorded[table], expected[table]);
    const rows = new Set([...recorded[table].keys(), ...expected[table].keys()]).size;
    return {
      table,
      rows,
      equal: rows - differences.length,
      different: differences.length,
      first: differences.slice(0, differencesMax),
    };
  });
}

function differencesOf(recorded: Table, expected: Table): Difference[] {
  const keys = [...new Set([...recorded.keys(), ...expected.keys()])].sort(compareText);
  return keys.flatMap((key): Difference[] => {
    const [is, should] = [recorded.get(key), expected.get(key)];
    if (is === undefined || should === undefined)
      return [{ key, recorded: is, expected: should, members: [] }];
    const members = membersThatDiffer(is, should);
    return members.length === 0 ? [] : [{ key, recorded: is, expected: should, members }];
  });
}

function membersThatDiffer(a: Row, b: Row): string[] {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].filter(
    (name) => canonicalJson(Reflect.get(a, name)) !== canonicalJson(Reflect.get(b, name)),
  );
}
