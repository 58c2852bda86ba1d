import { PLACEHOLDERS } from '#contracts';
import type { Rules, TypeRule } from './archive.js';

const FIVE = ['email', 'phone', 'whatsapp', 'social:*'];
const ONE = ['userId', 'customerId', 'loyaltyId'];
const ANY = ['anonymousId', 'deviceId'];

const level = (type: string, perProfile: number | null): TypeRule[] => [
  { type, perProfile, onConflict: 'split' },
];

/** The rules of a tenant that has made none of its own (design: identity, rules). */
export const SHIPPED_RULES: Rules = {
  levels: [
    ...ONE.map((type) => level(type, 1)),
    ...FIVE.map((type) => level(type, 5)),
    ...ANY.map((type) => level(type, null)),
  ],
  hubLimit: 50,
  conversationLimit: 20,
  blocked: PLACEHOLDERS,
  conversationSpaces: {},
};
