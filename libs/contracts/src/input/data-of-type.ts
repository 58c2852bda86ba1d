/** Which class describes the `data` of which type. */
import { INTERACTION_TYPES } from '../interaction-types.js';
import type { KnownType } from '../interaction-types.js';
import * as data from './data.js';

export type DataClass = new () => object;

const BY_GROUP: Readonly<Record<(typeof INTERACTION_TYPES)[KnownType]['group'], DataClass>> = {
  web: data.WebData,
  commerce: data.CommerceData,
  phone: data.PhoneData,
  chat: data.ChatData,
  mail: data.MailData,
  'self-service': data.SelfServiceData,
  store: data.StoreData,
  social: data.SocialData,
  case: data.CaseData,
  survey: data.SurveyInvitedData,
  promise: data.PromiseData,
  subscription: data.SubscriptionData,
  advocacy: data.AdvocacyData,
  profile: data.ProfileData,
};

/** Types whose data has more than its group's. */
const BY_TYPE: Readonly<Partial<Record<KnownType, DataClass>>> = {
  'cart.updated': data.CartData,
  'checkout.started': data.CartData,
  'survey.answered': data.SurveyAnsweredData,
  'promise.made': data.PromiseMadeData,
  'consent.changed': data.ConsentData,
};

const KNOWN = Object.keys(INTERACTION_TYPES) as KnownType[];

/** Every type of the list with its class; custom types have none, their data is free. */
export const DATA_CLASSES: ReadonlyMap<string, DataClass> = new Map(
  KNOWN.map((type) => [type, BY_TYPE[type] ?? BY_GROUP[INTERACTION_TYPES[type].group]]),
);
