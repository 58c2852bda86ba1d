/**
 * The interaction types of version 1: what each belongs to, the lifecycle stage it stands for when the sender names none,
 * the channels it usually comes on (a hint for docs, never enforced), and whether it is digital, that is, part of a session.
 * A type outside the list starts with `x-`: it stays on the timeline and yields no facts.
 */
import type { Channel, Stage } from './interaction.js';

export const TYPE_GROUPS = [
  'web',
  'commerce',
  'phone',
  'chat',
  'mail',
  'self-service',
  'store',
  'social',
  'case',
  'survey',
  'promise',
  'subscription',
  'advocacy',
  'profile',
  'custom',
] as const;
export type TypeGroup = (typeof TYPE_GROUPS)[number];

/** Members of `data` that name another thing; the first present one becomes the conversation. */
export const REFERENCES = ['about', 'caseId', 'orderId', 'receiptId', 'promiseId'] as const;
export type Reference = (typeof REFERENCES)[number];

export interface InteractionTypeSpec {
  readonly group: TypeGroup;
  readonly stage?: Stage;
  readonly channels: readonly Channel[];
  /** Counts for sessions when it comes on web or mobile. */
  readonly isDigital: boolean;
  /** The reference that its data usually carries. */
  readonly reference?: Reference;
}

const SITE: readonly Channel[] = ['web', 'mobile'];
const MAIL: readonly Channel[] = ['email'];
const TEXT: readonly Channel[] = ['sms'];
const TALK: readonly Channel[] = ['chat', 'messaging', 'web', 'mobile'];
const SHOP: readonly Channel[] = ['web', 'mobile', 'store', 'phone'];
const DESK: readonly Channel[] = ['phone', 'email', 'chat', 'store'];

type Options = { digital?: boolean; reference?: Reference };
function of<Group extends TypeGroup>(
  group: Group,
  stage: Stage | undefined,
  channels: readonly Channel[],
  options: Options = {},
): InteractionTypeSpec & { readonly group: Group } {
  const { digital = false, reference } = options;
  return {
    group,
    channels,
    isDigital: digital,
    ...(stage !== undefined && { stage }),
    ...(reference !== undefined && { reference }),
  };
}

const DIGITAL = { digital: true } as const;
const ORDER = { reference: 'orderId' } as const;
const RECEIPT = { reference: 'receiptId' } as const;
const CASE = { reference: 'caseId' } as const;
const ABOUT = { reference: 'about' } as const;
const PROMISE = { reference: 'promiseId' } as const;

export const INTERACTION_TYPES = {
  'page.viewed': of('web', 'discovery', SITE, DIGITAL),
  'product.viewed': of('web', 'attraction', SITE, DIGITAL),
  'search.performed': of('web', 'discovery', SITE, DIGITAL),
  'content.viewed': of('web', 'discovery', SITE, DIGITAL),
  'app.opened': of('web', 'interaction', ['mobile'], DIGITAL),
  'cart.updated': of('web', 'attraction', SITE, DIGITAL),
  'checkout.started': of('web', 'attraction', SITE, DIGITAL),
  'form.submitted': of('web', 'interaction', SITE, DIGITAL),

  'order.placed': of('commerce', 'purchase', SHOP, { ...DIGITAL, ...ORDER }),
  'order.paid': of('commerce', 'purchase', ['billing', ...SHOP], ORDER),
  'order.shipped': of('commerce', 'use', ['other'], ORDER),
  'order.delivered': of('commerce', 'use', ['other'], ORDER),
  'order.cancelled': of('commerce', undefined, SHOP, ORDER),
  'order.returned': of('commerce', undefined, SHOP, ORDER),
  'refund.issued': of('commerce', undefined, ['billing'], ORDER),
  'invoice.issued': of('commerce', 'use', ['billing'], ORDER),
  'payment.failed': of('commerce', undefined, ['billing', ...SITE], ORDER),

  'call.queued': of('phone', 'interaction', ['phone']),
  'call.answered': of('phone', 'interaction', ['phone']),
  'call.held': of('phone', 'interaction', ['phone']),
  'call.resumed': of('phone', 'interaction', ['phone']),
  'call.transferred': of('phone', 'interaction', ['phone']),
  'call.abandoned': of('phone', 'interaction', ['phone']),
  'call.ended': of('phone', 'interaction', ['phone']),
  'call.recorded': of('phone', 'interaction', ['phone']),

  'chat.started': of('chat', 'interaction', TALK),
  'chat.message': of('chat', 'interaction', TALK),
  'chat.transferred': of('chat', 'interaction', TALK),
  'chat.ended': of('chat', 'interaction', TALK),

  'email.received': of('mail', 'interaction', MAIL),
  'email.sent': of('mail', 'awareness', MAIL),
  'email.delivered': of('mail', 'awareness', MAIL),
  'email.opened': of('mail', 'attraction', MAIL),
  'email.clicked': of('mail', 'attraction', MAIL),
  'email.bounced': of('mail', undefined, MAIL),
  'sms.received': of('mail', 'interaction', TEXT),
  'sms.sent': of('mail', 'awareness', TEXT),
  'sms.delivered': of('mail', 'awareness', TEXT),
  'sms.opened': of('mail', 'attraction', TEXT),
  'sms.clicked': of('mail', 'attraction', TEXT),
  'sms.bounced': of('mail', undefined, TEXT),

  'selfservice.started': of('self-service', 'use', ['self-service']),
  'selfservice.completed': of('self-service', 'use', ['self-service']),
  'selfservice.failed': of('self-service', 'use', ['self-service']),

  'store.visited': of('store', 'discovery', ['store']),
  'store.purchased': of('store', 'purchase', ['store'], RECEIPT),
  'store.returned': of('store', undefined, ['store'], RECEIPT),
  'desk.visited': of('store', 'interaction', ['store']),

  'social.mentioned': of('social', 'interaction', ['social']),
  'social.messaged': of('social', 'interaction', ['social']),
  'social.replied': of('social', 'interaction', ['social']),
  'review.posted': of('social', 'advocacy', ['social', 'web']),

  'case.opened': of('case', 'use', DESK, CASE),
  'case.updated': of('case', 'use', DESK, CASE),
  'case.resolved': of('case', 'use', DESK, CASE),
  'case.reopened': of('case', 'use', DESK, CASE),

  'survey.invited': of('survey', 'cultivation', ['email', 'sms', 'web'], ABOUT),
  'survey.answered': of('survey', 'cultivation', ['email', 'sms', 'web'], ABOUT),

  'promise.made': of('promise', 'interaction', DESK, PROMISE),
  'promise.kept': of('promise', 'cultivation', DESK, PROMISE),
  'promise.cancelled': of('promise', undefined, DESK, PROMISE),

  'subscription.started': of('subscription', 'purchase', ['billing', 'web']),
  'subscription.renewed': of('subscription', 'cultivation', ['billing', 'web']),
  'subscription.paused': of('subscription', undefined, ['billing', 'web']),
  'subscription.cancelled': of('subscription', undefined, ['billing', 'web']),

  'referral.made': of('advocacy', 'advocacy', SITE),
  'referral.converted': of('advocacy', 'advocacy', SITE),
  'advocacy.posted': of('advocacy', 'advocacy', ['social', 'web']),

  'profile.identified': of('profile', undefined, SITE),
  'profile.aliased': of('profile', undefined, SITE),
  'consent.changed': of('profile', undefined, SITE),
} as const satisfies Record<string, InteractionTypeSpec>;

export type KnownType = keyof typeof INTERACTION_TYPES;

const SPECS: ReadonlyMap<string, InteractionTypeSpec> = new Map(Object.entries(INTERACTION_TYPES));
const CUSTOM: InteractionTypeSpec = { group: 'custom', channels: [], isDigital: false };
const CUSTOM_TYPE = /^x-[A-Za-z0-9][A-Za-z0-9._-]{0,97}$/;

/** The spec of a type; custom ones share one; undefined = not a type of this contract. */
export function interactionType(type: string): InteractionTypeSpec | undefined {
  return SPECS.get(type) ?? (CUSTOM_TYPE.test(type) ? CUSTOM : undefined);
}

/** Belongs to a session: something the customer did himself on the web site or in the app. */
export function isDigital(interaction: {
  readonly type: string;
  readonly channel: string;
}): boolean {
  const onSite = interaction.channel === 'web' || interaction.channel === 'mobile';
  return onSite && (SPECS.get(interaction.type)?.isDigital ?? false);
}

const KINDS: Readonly<Record<Exclude<Reference, 'about'>, string>> = {
  caseId: 'case',
  orderId: 'order',
  receiptId: 'receipt',
  promiseId: 'promise',
};

/** `order:4711`: the conversation that things about one order, case, receipt or promise share. */
export function referenceConversation(reference: Reference, id: string): string {
  // `about` names a conversation itself (a call id, or `order:4711`), so it is taken as it stands.
  return reference === 'about' ? id : `${KINDS[reference]}:${id}`;
}
