/**
 * One order everywhere: text by Unicode code point, which is also PostgreSQL's `COLLATE "C"` on UTF-8.
 * JavaScript's `<` compares UTF-16 units and differs for characters beyond U+FFFF.
 */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const x = a.charCodeAt(index);
    const y = b.charCodeAt(index);
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

/** Surrogates (beyond U+FFFF) come after the units U+E000 to U+FFFF. */
function rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit >= 0xe000 ? unit - 0x800 : unit + 0x2000;
}

export type OrderKey = readonly (string | number)[];

/** Compares composite keys part by part; numbers numerically, text by code point. */
export function compareKeys(a: OrderKey, b: OrderKey): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const order = comparePart(a[index], b[index]);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function comparePart(x: string | number | undefined, y: string | number | undefined): number {
  if (typeof x === 'number' && typeof y === 'number') return x - y;
  return compareText(String(x), String(y));
}
