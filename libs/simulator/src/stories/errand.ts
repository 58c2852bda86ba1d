/** Short stories: self-service, stores, campaigns, bills. */
import { type Script, identify, HOUR_MS, MINUTE_MS, money, SECOND_MS } from '../script.js';
import { CAMPAIGNS, CURRENCY, PRODUCTS, STORES, TOPICS } from './catalogue.js';

/** A run through the telephone menu or the help centre. */
export function selfService(script: Script, startAt: number): void {
  const { random, person } = script;
  const isPhone = random.chance(0.5);
  const flow = isPhone ? 'ivr-order-status' : 'help-centre';
  const line = {
    source: isPhone ? 'ivr' : 'help-centre',
    channel: 'self-service',
    direction: 'inbound',
    conversation: script.number('selfservice'),
    topic: random.pick(TOPICS),
    touchpoint: flow,
    identifiers: isPhone
      ? identify(['phone', person.phone])
      : identify(['anonymousId', person.devices[0].anonymousId], ['userId', person.userId]),
  } as const;
  const endedAt = startAt + random.between(20, 400) * SECOND_MS;
  if (endedAt >= script.endAt) return;
  const isCompleted = random.chance(0.7);
  script.tell({ ...line, at: startAt, type: 'selfservice.started', data: { flow } });
  script.tell({
    ...line,
    at: endedAt,
    type: isCompleted ? 'selfservice.completed' : 'selfservice.failed',
    data: { flow, outcome: isCompleted ? 'done' : 'gave-up', escalated: !isCompleted },
  });
}

/** A purchase at the till, an order under its receipt: by loyalty card, else by the phone number given for the receipt. */
export function storeVisit(script: Script, startAt: number): void {
  const { random, person } = script;
  const store = random.pick(STORES);
  const product = random.pick(PRODUCTS);
  const receiptId = script.number('receipt');
  const isTold = script.tell({
    at: startAt,
    source: 'tills',
    channel: 'store',
    type: 'store.purchased',
    direction: 'inbound',
    store,
    touchpoint: `store:${store}`,
    product: product.product,
    identifiers: person.loyaltyId
      ? identify(['loyaltyId', person.loyaltyId])
      : identify(['phone', person.phone]),
    data: {
      receiptId,
      value: money(product.cents),
      currency: CURRENCY,
      items: [{ product: product.product, quantity: 1 }],
    },
  });
  if (!isTold) return;
  script.orders.push({
    orderId: receiptId,
    person: person.name,
    placedAt: Math.round(startAt),
    valueCents: product.cents,
    currency: CURRENCY,
    cancelled: false,
    refundedCents: 0,
  });
}

/** Where card, account and e-mail meet: the customer registers the card in the account. */
export function cardRegistration(script: Script, startAt: number): void {
  const { person } = script;
  if (!person.loyaltyId) return;
  script.tell({
    at: startAt,
    source: 'crm',
    channel: 'other',
    type: 'profile.identified',
    direction: 'internal',
    identifiers: identify(
      ['customerId', person.customerId],
      ['loyaltyId', person.loyaltyId],
      ['email', person.emails[0]],
      ['phone', person.phone],
    ),
    data: { traits: { loyaltyMember: true } },
  });
}

export function newsletter(script: Script, startAt: number): void {
  const { random, person } = script;
  const campaign = random.pick(CAMPAIGNS);
  const line = {
    source: 'newsletter',
    channel: 'email',
    direction: 'outbound',
    campaign,
    identifiers: identify(['email', person.emails[0]]),
    touchpoint: 'newsletter',
  } as const;
  const data = { campaign, subject: campaign };
  const deliveredAt = startAt + 5 * SECOND_MS;
  script.tell({ ...line, at: startAt, type: 'email.sent', data });
  if (random.chance(0.03)) {
    script.tell({ ...line, at: deliveredAt, type: 'email.bounced', data });
    return;
  }
  script.tell({ ...line, at: deliveredAt, type: 'email.delivered', data });
  if (!random.chance(0.4)) return;
  const openedAt = deliveredAt + random.between(1, 20) * HOUR_MS;
  script.tell({ ...line, at: openedAt, type: 'email.opened', data });
  if (!random.chance(0.3)) return;
  const link = 'https://shop.example/sale';
  script.tell({
    ...line,
    at: openedAt + MINUTE_MS,
    type: 'email.clicked',
    data: { ...data, link },
  });
}

export function bill(script: Script, startAt: number): void {
  const { random, person } = script;
  const line = {
    source: 'billing',
    channel: 'billing',
    direction: 'outbound',
    identifiers: identify(['customerId', person.customerId], ['email', person.emails[0]]),
    touchpoint: 'invoice',
  } as const;
  const data = { value: money(random.between(500, 9_900)), currency: CURRENCY };
  script.tell({ ...line, at: startAt, type: 'invoice.issued', data });
  if (random.chance(0.1)) {
    script.tell({ ...line, at: startAt + 24 * HOUR_MS, type: 'payment.failed', data });
  }
}
