const SEPARATOR = '\u001f';

/** Every record key starts with the tenant: `tenant␟part␟part`. */
export function recordKey(tenant: string, ...parts: readonly (string | number)[]): string {
  return [tenant, ...parts].join(SEPARATOR);
}

/** The parts of a record key, tenant first. */
export function splitRecordKey(key: string): string[] {
  return key.split(SEPARATOR);
}
