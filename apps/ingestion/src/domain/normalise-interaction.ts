/**
 * A valid posted interaction → the one form that every service reads. Pure: the same input gives the same bytes.
 * Text is trimmed and NFC, empty text is absent, instants are UTC with ms, identifiers are as they match, a missing id is
 * derived from the content, a missing conversation is taken from the data's references, a missing stage from the type.
 * `data` is passed on untouched. Nothing is lost: `original` holds the difference to what was posted.
 */
import {
  canonicalInstant,
  conversationOfData,
  deriveInteractionId,
  formatInstant,
  interactionType,
  isPlaceholder,
  normaliseIdentifiers,
  normaliseText,
  outlivesRetention,
  parseInstant,
} from '#contracts';
import type {
  Identifier,
  InputProblem,
  Interaction,
  InteractionFlag,
  InteractionInput,
  Ordinals,
} from '#contracts';
import { jsonPointer } from '#kernel';
import { readClock } from './clock-skew.js';
import type { ClockOutcome } from './clock-skew.js';
import { tooOld } from './retention.js';
import { Difference, isKnownMember } from './raw-difference.js';

export interface NormaliseContext {
  readonly tenant: string;
  /** Default region of phone numbers. */
  readonly region: string;
  /** Ms since 1970. */
  readonly receivedAt: number;
  /** The same as text, made once a batch. */
  readonly receivedAtText?: string;
  /** Posted as it happened (HTTP), not a file or a replay. */
  readonly isLive: boolean;
  readonly ordinals: Ordinals;
  /** The id of an interaction without one; absent = derived from its content. */
  readonly derivedId?: string;
  /** Whole days between occurrence and receipt that are kept; absent = any. */
  readonly retentionDays?: number;
}

export type NormaliseOutcome =
  | { readonly kind: 'normalised'; readonly interaction: Interaction }
  | { readonly kind: 'refused'; readonly problem: InputProblem };

type TextMember = 'topic' | 'touchpoint' | 'agent' | 'queue' | 'product' | 'campaign' | 'store';

/** `posted` has passed the contract's validators. */
export function normaliseInteraction(
  posted: InteractionInput,
  context: NormaliseContext,
): NormaliseOutcome {
  return new Normalisation(posted, context).run();
}

const IN_FUTURE: InputProblem = {
  code: 'occurred-in-future',
  pointer: '/occurredAt',
  detail: 'lies more than 24 h after it was received',
};

const NAME_MAX = 200;
const TEXT_MAX = 100;

class Normalisation {
  readonly #difference = new Difference();
  readonly #flags: InteractionFlag[] = [];
  #problem: InputProblem | undefined;

  constructor(
    private readonly posted: InteractionInput,
    private readonly context: NormaliseContext,
  ) {}

  run(): NormaliseOutcome {
    const clock = this.#clock();
    if (clock.kind === 'in-future') return { kind: 'refused', problem: IN_FUTURE };
    const old = this.#tooOld(clock.occurredAt);
    if (old !== undefined) return { kind: 'refused', problem: old };
    const interaction = this.#interaction(clock);
    if (this.#problem !== undefined) return { kind: 'refused', problem: this.#problem };
    return { kind: 'normalised', interaction };
  }

  /** One literal with all members, in one order: equal content is equal text. `undefined` members are not written. */
  #interaction(clock: Extract<ClockOutcome, { kind: 'read' }>): Interaction {
    const { posted, context } = this;
    const data = this.#data();
    const members = {
      tenant: context.tenant,
      source: this.#sourceText(),
      id: this.#id(),
      type: posted.type,
      channel: posted.channel,
      occurredAt: this.#instant('occurredAt', posted.occurredAt, clock.occurredAt),
      receivedAt: context.receivedAtText ?? formatInstant(context.receivedAt),
      sentAt: this.#sentAt(),
      identifiers: this.#identifiers(),
      conversation: this.#conversation(data),
      direction: this.#present('direction'),
      topic: this.#text('topic'),
      touchpoint: this.#text('touchpoint'),
      stage: this.#stage(),
      agent: this.#text('agent'),
      queue: this.#text('queue'),
      product: this.#text('product'),
      campaign: this.#text('campaign'),
      store: this.#text('store'),
      data,
      version: this.#version(),
      withdrawn: this.#withdrawn(),
    };
    this.#unknownMembers();
    const flags = [...new Set([...this.#flags, ...clock.flags])].sort();
    return {
      ...members,
      flags: flags.length === 0 ? undefined : flags,
      original: this.#difference.toOriginal(),
    };
  }

  #clock(): ClockOutcome {
    const { occurredAt, sentAt } = this.posted;
    return readClock({
      // Validated already: a default is never used.
      occurredAt: parseInstant(occurredAt) ?? 0,
      sentAt: sentAt == null ? undefined : parseInstant(sentAt),
      receivedAt: this.context.receivedAt,
      isLive: this.context.isLive,
    });
  }

  #tooOld(occurredAt: number): InputProblem | undefined {
    const { retentionDays, receivedAt } = this.context;
    const { type, withdrawn } = this.posted;
    if (retentionDays === undefined || withdrawn === true || outlivesRetention(type))
      return undefined;
    return tooOld({ occurredAt, receivedAt, retentionDays });
  }

  /** `at` differs from what was posted when the clock was corrected. */
  #instant(member: 'occurredAt' | 'sentAt', posted: string, at: number): string {
    const isUnmoved = parseInstant(posted) === at;
    const text = isUnmoved ? canonicalInstant(posted, at) : formatInstant(at);
    if (text !== posted) this.#difference.changed(`/${member}`, posted);
    return text;
  }

  #sentAt(): string | undefined {
    const posted = this.#present('sentAt');
    return posted === undefined
      ? undefined
      : this.#instant('sentAt', posted, parseInstant(posted) ?? 0);
  }

  #sourceText(): string {
    const { source } = this.posted;
    const text = normaliseText(source);
    if (text !== source) this.#difference.changed('/source', source);
    this.#limit('source', text, TEXT_MAX);
    return text;
  }

  #id(): string {
    const posted = this.#text('id');
    if (posted !== undefined) return posted;
    this.#flags.push('derived');
    const { derivedId, ordinals } = this.context;
    return derivedId ?? deriveInteractionId({ ...this.posted }, ordinals);
  }

  /** Absent and null are the same; a posted null is remembered. */
  #present<Member extends keyof InteractionInput>(
    member: Member,
  ): NonNullable<InteractionInput[Member]> | undefined {
    const posted = this.posted[member];
    if (posted === null) this.#difference.changed(`/${member}`, null);
    return posted ?? undefined;
  }

  #text(member: TextMember | 'id' | 'conversation'): string | undefined {
    const posted = this.#present(member);
    if (posted === undefined) return undefined;
    const text = normaliseText(posted);
    this.#limit(member, text, member === 'id' || member === 'conversation' ? NAME_MAX : TEXT_MAX);
    if (text !== posted || text === '') this.#difference.changed(`/${member}`, posted);
    return text === '' ? undefined : text;
  }

  /** NFC makes a few rare characters longer: up to three times, more than an index key of PostgreSQL takes. */
  #limit(member: string, text: string, max: number): void {
    if (text.length <= max || [...text].length <= max) return;
    const detail = `must have at most ${max} characters in normal form C`;
    this.#problem ??= { code: 'too-long', pointer: jsonPointer(member), detail };
  }

  #identifiers(): readonly Identifier[] {
    const posted = this.#present('identifiers');
    if (posted === undefined) return [];
    const { identifiers, unparseable } = normaliseIdentifiers(posted, this.context.region);
    if (unparseable.length > 0) this.#flags.push('unparseable-identifier');
    this.#identifierDifference(posted, identifiers);
    return identifiers;
  }

  #identifierDifference(posted: readonly Identifier[], identifiers: readonly Identifier[]): void {
    const isAligned =
      posted.length === identifiers.length &&
      posted.length > 0 &&
      posted.every((identifier) => Object.keys(identifier).length === 2);
    if (!isAligned) {
      this.#difference.changed('/identifiers', posted);
      return;
    }
    for (const [index, { value }] of posted.entries()) {
      if (value !== identifiers[index]?.value) {
        this.#difference.changed(jsonPointer('identifiers', index, 'value'), value);
      }
    }
  }

  #conversation(data: Readonly<Record<string, unknown>>): string | undefined {
    const posted = this.#text('conversation');
    if (posted !== undefined && !isPlaceholder(posted)) return posted;
    if (posted !== undefined) {
      this.#flags.push('blocked-conversation');
      this.#difference.changed('/conversation', this.posted.conversation);
    }
    const referred = conversationOfData(data, (id) => !isPlaceholder(id));
    if (referred !== undefined) this.#difference.added('conversation');
    return referred;
  }

  #stage(): Interaction['stage'] {
    const posted = this.#present('stage');
    if (posted !== undefined) return posted;
    const stage = interactionType(this.posted.type)?.stage;
    if (stage !== undefined) this.#difference.added('stage');
    return stage;
  }

  #data(): Readonly<Record<string, unknown>> {
    const posted = this.#present('data');
    if (posted === undefined) return {};
    if (Object.keys(posted).length === 0) this.#difference.changed('/data', posted);
    return posted;
  }

  #version(): number {
    const posted = this.#present('version');
    // -0 is written as 0.
    if (posted === 0) this.#difference.changed('/version', 0);
    return posted === undefined || posted === 0 ? 0 : posted;
  }

  #withdrawn(): true | undefined {
    const posted = this.#present('withdrawn');
    if (posted === false) this.#difference.changed('/withdrawn', false);
    return posted === true ? true : undefined;
  }

  #unknownMembers(): void {
    for (const name of Object.keys(this.posted)) {
      if (!isKnownMember(name)) this.#difference.changed(jsonPointer(name), this.#member(name));
    }
  }

  #member(name: string): unknown {
    return Object.getOwnPropertyDescriptor(this.posted, name)?.value;
  }
}
