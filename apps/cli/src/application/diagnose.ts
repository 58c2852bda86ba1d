/** What `doctor` looks at: each check says what it found and, when that is bad, what to do. */
export interface Finding {
  readonly check: string;
  readonly status: 'good' | 'warning' | 'bad';
  readonly found: string;
  readonly fix?: string;
}

export interface Check {
  readonly name: string;
  readonly fix: string;
  /** Returns what it found; throws when that is bad. `undefined`: does not apply here. */
  look(): Promise<string | { readonly warning: string } | undefined>;
}

/** One check failing never hides another. */
export async function diagnose(checks: readonly Check[]): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { name, fix, look } of checks) {
    try {
      const found = await look();
      if (found === undefined) continue;
      findings.push(
        typeof found === 'string'
          ? { check: name, status: 'good', found }
          : { check: name, status: 'warning', found: found.warning, fix },
      );
    } catch (error) {
      const found = error instanceof Error ? error.message : String(error);
      findings.push({ check: name, status: 'bad', found, fix });
    }
  }
  return findings;
}
