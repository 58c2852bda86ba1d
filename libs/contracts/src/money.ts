/**
 * Money is counted in 1/10,000 of the currency unit, as a safe integer: sums do not depend on their order. On the wire it
 * is a decimal string or a number with at most 4 decimals. Largest amount: ±900,719,925,474.0991.
 */
export const MONEY_UNITS = 10_000;
const DECIMAL = /^(-?)(\d{1,12})(?:\.(\d{1,4}))?$/;

/** Units of 1/10,000, or undefined when the value is not money. `11.77` and `"11.77"` are the same amount. */
export function parseMoney(value: unknown): number | undefined {
  // A number is read through its shortest decimal text, so 0.1 + 0.2 (17 digits) is refused and not rounded.
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const match = DECIMAL.exec(String(value));
  if (match === null) return undefined;
  const units = Number(match[2]) * MONEY_UNITS + Number((match[3] ?? '').padEnd(4, '0'));
  if (!Number.isSafeInteger(units)) return undefined;
  return match[1] === '-' && units !== 0 ? -units : units;
}

/** Decimal text with 2 to 4 decimals: 117700 → `11.77`. Sums beyond 2^53 come as bigint. */
export function formatMoney(units: number | bigint): string {
  const all = BigInt(units);
  const size = all < 0n ? -all : all;
  const whole = size / BigInt(MONEY_UNITS);
  const decimals = String(size % BigInt(MONEY_UNITS)).padStart(4, '0');
  return `${all < 0n ? '-' : ''}${whole}.${decimals.replace(/0{1,2}$/, '')}`;
}
