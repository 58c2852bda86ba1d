/**
 * The `data` of each group of types. Members are optional unless a fact is impossible without them: what a sender does not
 * know it leaves out, and a fact then leaves the measure out. Members not named here are kept and ignored.
 */
import { IsBoolean, IsIn, IsObject, IsOptional } from 'class-validator';
import { INSTRUMENTS, POLARITIES } from '../survey-scale.js';
import type { Instrument, Polarity } from '../survey-scale.js';
import {
  ITEMS_MAX,
  OptionalAmount,
  OptionalCurrency,
  OptionalInstant,
  OptionalList,
  OptionalMoney,
  OptionalNumber,
  OptionalSpanMs,
  OptionalText,
  OptionalWhole,
} from './fields.js';
import { Ruled, Text } from './rules.js';

type Money = string | number;
const TEXT_MAX = 20_000;
const COUNT_MAX = 1_000_000_000_000;

export class LineItem {
  @OptionalText(100) readonly product?: string | null;
  @OptionalText(200) readonly name?: string | null;
  @OptionalText(100) readonly category?: string | null;
  @OptionalNumber(0, COUNT_MAX) readonly quantity?: number | null;
  /** Of one piece, in the currency of the whole. */
  @OptionalMoney() readonly price?: Money | null;
}

export class WebData {
  @OptionalText(2000) readonly url?: string | null;
  @OptionalText(500) readonly title?: string | null;
  @OptionalText(2000) readonly referrer?: string | null;
  @OptionalText(100) readonly product?: string | null;
  @OptionalText(500) readonly query?: string | null;
}

export class CartData extends WebData {
  @OptionalText(200) readonly cartId?: string | null;
  @OptionalList(LineItem, ITEMS_MAX) readonly items?: LineItem[] | null;
  @OptionalAmount() readonly value?: Money | null;
  @OptionalCurrency() readonly currency?: string | null;
}

export class CommerceData {
  @OptionalText(190) readonly orderId?: string | null;
  @OptionalAmount() readonly value?: Money | null;
  @OptionalCurrency() readonly currency?: string | null;
  @OptionalAmount() readonly margin?: Money | null;
  @OptionalList(LineItem, ITEMS_MAX) readonly items?: LineItem[] | null;
  @OptionalText(500) readonly reason?: string | null;
}

export class PhoneData {
  @OptionalSpanMs() readonly waitMs?: number | null;
  @OptionalSpanMs() readonly talkMs?: number | null;
  @OptionalSpanMs() readonly holdMs?: number | null;
  @OptionalSpanMs() readonly wrapUpMs?: number | null;
  @OptionalText(100) readonly disposition?: string | null;
  @OptionalText(100) readonly transferredTo?: string | null;
}

export class ChatData {
  @IsOptional() @IsIn(['customer', 'agent', 'bot']) readonly author?:
    'customer' | 'agent' | 'bot' | null;
  @OptionalText(TEXT_MAX) readonly text?: string | null;
  @OptionalText(100) readonly outcome?: string | null;
  @OptionalSpanMs() readonly waitMs?: number | null;
}

export class MailData {
  @OptionalText(1000) readonly subject?: string | null;
  @OptionalText(100) readonly campaign?: string | null;
  @OptionalText(2000) readonly link?: string | null;
  @OptionalText(TEXT_MAX) readonly text?: string | null;
}

export class SelfServiceData {
  @OptionalText(100) readonly flow?: string | null;
  @OptionalText(100) readonly outcome?: string | null;
  @IsOptional() @IsBoolean() readonly escalated?: boolean | null;
}

export class StoreData {
  @OptionalText(190) readonly receiptId?: string | null;
  @OptionalAmount() readonly value?: Money | null;
  @OptionalCurrency() readonly currency?: string | null;
  @OptionalList(LineItem, ITEMS_MAX) readonly items?: LineItem[] | null;
}

export class SocialData {
  @OptionalText(50) readonly network?: string | null;
  @OptionalNumber(0, 100) readonly rating?: number | null;
  @IsOptional()
  @IsIn(['positive', 'neutral', 'negative'])
  readonly sentiment?: 'positive' | 'neutral' | 'negative' | null;
  @OptionalWhole(COUNT_MAX) readonly reach?: number | null;
  @OptionalText(TEXT_MAX) readonly text?: string | null;
}

export class CaseData {
  @OptionalText(190) readonly caseId?: string | null;
  @OptionalText(50) readonly priority?: string | null;
  @OptionalText(500) readonly reason?: string | null;
}

class SurveyReference {
  /** Conversation or interaction that is asked about. */
  @OptionalText(200) readonly about?: string | null;
  @OptionalNumber(-1000, 1000) readonly scaleMin?: number | null;
  @OptionalNumber(-1000, 1000) readonly scaleMax?: number | null;
  @IsOptional() @IsIn(POLARITIES) readonly polarity?: Polarity | null;
  @OptionalText(TEXT_MAX) readonly comment?: string | null;
}

export class SurveyInvitedData extends SurveyReference {
  @IsOptional() @IsIn(INSTRUMENTS) readonly instrument?: Instrument | null;
}

export class SurveyAnsweredData extends SurveyReference {
  @IsIn(INSTRUMENTS) readonly instrument!: Instrument;
  @Ruled('x-in-scale') readonly score!: number;
}

export class PromiseData {
  @Text(190, 1) readonly promiseId!: string;
  @OptionalText(500) readonly what?: string | null;
}

export class PromiseMadeData extends PromiseData {
  @Ruled('x-instant') readonly dueAt!: string;
}

export class SubscriptionData {
  @OptionalText(190) readonly subscriptionId?: string | null;
  @OptionalText(100) readonly plan?: string | null;
  @OptionalAmount() readonly value?: Money | null;
  @OptionalCurrency() readonly currency?: string | null;
  @OptionalText(50) readonly period?: string | null;
}

export class AdvocacyData {
  @OptionalText(100) readonly campaign?: string | null;
  @OptionalText(2000) readonly url?: string | null;
  @OptionalText(TEXT_MAX) readonly text?: string | null;
}

export class ProfileData {
  @IsOptional() @IsObject() readonly traits?: Record<string, unknown> | null;
}

export class ConsentData {
  @Text(100, 1) readonly purpose!: string;
  @IsBoolean() readonly granted!: boolean;
  @OptionalInstant() readonly validUntil?: string | null;
}
