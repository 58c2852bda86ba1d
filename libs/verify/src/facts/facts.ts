import { FACT_KINDS, type FactKind } from '#contracts';
import { carts } from './cart.js';
import { contacts } from './contact.js';
import type { FactRow, Ground } from './fact.js';
import { invitations } from './invitation.js';
import { issues } from './issue.js';
import { orders } from './order.js';
import { promises } from './promise.js';
import { withSegments } from './segments.js';
import { selfservices } from './selfservice.js';
import { sessions } from './session.js';
import { stages } from './stage.js';
import { surveys } from './survey.js';

type Derive = (ground: Ground) => FactRow[];

const FACTS: Readonly<Partial<Record<FactKind, Derive>>> = {
  session: sessions,
  contact: contacts,
  order: orders,
  survey: surveys,
  invitation: invitations,
  issue: issues,
  cart: carts,
  promise: promises,
  stage: stages,
  selfservice: selfservices,
};

export const RECOMPUTED_FACTS: readonly string[] = Object.keys(FACTS);
/** Kinds of the contract that nothing here derives. */
export const FACTS_LEFT_OUT: readonly FactKind[] = FACT_KINDS.filter((kind) => !(kind in FACTS));

export function factsIn(ground: Ground): FactRow[] {
  const derived = Object.values(FACTS).flatMap((derive) => derive(ground));
  return withSegments(derived, ground.entries);
}
