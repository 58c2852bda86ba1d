/**
 * Identifiers in the form in which they match: e-mail trimmed, NFC, lower case, IDNA domain (dots and plus tags are never
 * folded); phone as E.164 with the source's region; all others trimmed, NFC. What cannot be read is no identifier: it
 * stays in the raw form only, and the interaction is flagged. Each pair stands once, in the order given.
 * Whether a value is a placeholder or a type has a rule is for identity to decide: that may change over history. Ingestion
 * reads what is posted with it, identity what people ask for: they must agree.
 */
import { parsePhoneNumberFromString } from 'libphonenumber-js/core';
import type { CountryCode } from 'libphonenumber-js/core';
import metadata from 'libphonenumber-js/min/metadata';
import type { Identifier } from './interaction.js';
import { normaliseText } from './normalise-text.js';

export interface NormalisedIdentifiers {
  readonly identifiers: readonly Identifier[];
  /** Positions, in the posted list, of what could not be read. */
  readonly unparseable: readonly number[];
}

export function normaliseIdentifiers(
  posted: readonly Identifier[],
  region: string,
): NormalisedIdentifiers {
  const identifiers: Identifier[] = [];
  const unparseable: number[] = [];
  for (const [index, { type, value }] of posted.entries()) {
    const normal = normaliseIdentifier(type, value, region);
    if (normal === undefined) unparseable.push(index);
    else if (!identifiers.some((other) => other.type === type && other.value === normal)) {
      identifiers.push({ type, value: normal });
    }
  }
  return { identifiers, unparseable };
}

/** Undefined = cannot be read as this type. Idempotent. */
export function normaliseIdentifier(
  type: string,
  value: string,
  region: string,
): string | undefined {
  switch (type) {
    case 'email':
      return normaliseEmail(value);
    case 'phone':
      return normalisePhone(value, region);
    default:
      return bounded(normaliseText(value));
  }
}

/** NFC makes a few rare characters longer; an index key of PostgreSQL ends at 2.7 kB. */
const VALUE_MAX = 500;

function bounded(value: string): string | undefined {
  return value.length <= VALUE_MAX || [...value].length <= VALUE_MAX ? value : undefined;
}

/** RFC 5321: at most 64 octets before the `@`, 254 in all. Quoted local parts are not read. */
const PLAIN_EMAIL =
  /^[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]*[a-z0-9]$/;
const LOCAL_PART = /^[^\s@"(),:;<>[\\\]\p{C}]{1,64}$/u;
const EMAIL_MAX = 254;

function normaliseEmail(value: string): string | undefined {
  const text = normaliseText(value).toLowerCase().normalize('NFC');
  if (text.length > EMAIL_MAX) return undefined;
  if (PLAIN_EMAIL.test(text)) return text;
  const at = text.lastIndexOf('@');
  const local = text.slice(0, Math.max(at, 0));
  const domain = at < 0 ? undefined : asciiDomain(text.slice(at + 1));
  if (domain === undefined || !LOCAL_PART.test(local)) return undefined;
  const email = `${local}@${domain}`;
  return email.length <= EMAIL_MAX ? email : undefined;
}

const HAS_NON_ASCII = /[^\0-\x7f]/;
const ASCII_DOMAIN = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]*[a-z0-9]$/;

/** `bücher.example` → `xn--bcher-kva.example` by the URL standard's IDNA. */
function asciiDomain(domain: string): string | undefined {
  let ascii = domain;
  if (HAS_NON_ASCII.test(domain)) {
    const url = URL.canParse(`http://${domain}`) ? new URL(`http://${domain}`) : undefined;
    if (url === undefined || url.pathname !== '/' || url.search !== '' || url.hash !== '')
      return undefined;
    ascii = url.hostname;
  }
  return ASCII_DOMAIN.test(ascii) ? ascii : undefined;
}

/** Parsing costs tens of µs and customers come back: the last numbers are remembered. Pure all the same. */
const REMEMBERED_MAX = 10_000;
const remembered = new Map<string, string | undefined>();

function normalisePhone(value: string, region: string): string | undefined {
  const key = `${region} ${value}`;
  if (remembered.has(key)) return remembered.get(key);
  const number = parsePhone(value, region);
  if (remembered.size >= REMEMBERED_MAX) remembered.clear();
  remembered.set(key, number);
  return number;
}

/** Longer text is no number, and parsing it would take long. */
const PHONE_MAX = 60;

/** A possible number (by length) is enough: whether it is assigned changes with every numbering plan. */
function parsePhone(value: string, region: string): string | undefined {
  const text = normaliseText(value).normalize('NFKC');
  if (text.length > PHONE_MAX) return undefined;
  const options = { defaultCountry: region as CountryCode, extract: false };
  const parsed = parsePhoneNumberFromString(text, options, metadata);
  return parsed?.isPossible() === true ? parsed.number : undefined;
}
