/** Identifier types from strongest to weakest, as shipped; a tenant's rules may say otherwise. */
export const IDENTIFIER_STRENGTH = [
  'userId',
  'customerId',
  'loyaltyId',
  'email',
  'phone',
  'whatsapp',
  'social',
  'anonymousId',
  'deviceId',
] as const;

const RANKS: ReadonlyMap<string, number> = new Map(
  IDENTIFIER_STRENGTH.map((type, rank) => [type, rank]),
);

/** 0 is the strongest; `social:<network>` are equally strong; unknown types come last. */
export function identifierRank(type: string): number {
  const name = type.startsWith('social:') ? 'social' : type;
  return RANKS.get(name) ?? IDENTIFIER_STRENGTH.length;
}
