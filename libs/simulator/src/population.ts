/**
 * Who there is: people in households, with the identifiers that they use. What makes identity hard is built in here.
 * - A family tablet: one deviceId and one anonymousId, on which several members log in with their own userIds.
 * - A household phone that several members call from.
 * - Cookies that are cleared, so one person browses under several anonymousIds.
 * - People who never register: known by an e-mail, a phone number or a loyalty card only.
 */
import type { Identifier } from '#contracts';
import { Random } from './random.js';
import type { SimulateOptions } from './simulation.js';

export interface Device {
  readonly kind: 'web' | 'mobile' | 'tablet';
  readonly deviceId: string;
  readonly anonymousId: string;
  /** What its clock shows less the true time, ms. */
  readonly skewMs: number;
  readonly isShared: boolean;
}

export interface Person {
  readonly index: number;
  readonly name: string;
  readonly userId?: string;
  readonly customerId: string;
  readonly loyaltyId?: string;
  readonly emails: readonly [string, ...string[]];
  readonly phone: string;
  /** A landline of the household; also the phone of the others in it. */
  readonly householdPhone?: string;
  readonly social?: Identifier;
  readonly devices: readonly [Device, ...Device[]];
  /** Activity relative to the mean; a few people do much. */
  readonly activity: number;
}

interface Household {
  readonly index: number;
  readonly size: number;
  readonly tablet?: Device;
  readonly phone?: string;
}

const FIRST_NAMES = [
  'ada',
  'ben',
  'chi',
  'dia',
  'eli',
  'fay',
  'gus',
  'hana',
  'ivo',
  'june',
  'kai',
  'lea',
  'max',
  'nia',
  'otto',
  'pia',
];
const AREA_CODES = ['212', '310', '415', '512', '617', '702', '713', '773', '808', '917'];
const LAST_NAMES = [
  'abel',
  'brandt',
  'costa',
  'diaz',
  'evans',
  'fischer',
  'garcia',
  'hughes',
  'ito',
  'jansen',
  'kim',
  'lopez',
];

export function populate({ seed, customers, customerIds = [] }: SimulateOptions): Person[] {
  const people: Person[] = [];
  for (let index = 0; people.length < customers; index++) {
    const random = new Random(seed, 'household', index);
    const household = drawHousehold(index, random);
    for (let member = 0; member < household.size && people.length < customers; member++) {
      people.push(drawPerson(people.length, household, { seed, customerIds }));
    }
  }
  return people;
}

export function identifiersOf(person: Person): Identifier[] {
  const named: [string, string | undefined][] = [
    ['userId', person.userId],
    ['customerId', person.customerId],
    ['loyaltyId', person.loyaltyId],
    ...person.emails.map((email): [string, string] => ['email', email]),
    ['phone', person.phone],
    ['phone', person.householdPhone],
    [person.social?.type ?? 'social', person.social?.value],
    ...person.devices.flatMap((device): [string, string][] => [
      ['anonymousId', device.anonymousId],
      ['deviceId', device.deviceId],
    ]),
  ];
  return named.flatMap(([type, value]) => (value === undefined ? [] : [{ type, value }]));
}

function drawHousehold(index: number, random: Random): Household {
  const size = random.weighted([
    [1, 45],
    [2, 30],
    [3, 13],
    [4, 12],
  ]);
  const hasTablet = size > 1 && random.chance(0.4);
  const hasPhone = size > 1 && random.chance(0.35);
  return {
    index,
    size,
    tablet: hasTablet
      ? {
          kind: 'tablet',
          deviceId: `tablet-${index}`,
          anonymousId: `anon-tablet-${index}`,
          skewMs: 0,
          isShared: true,
        }
      : undefined,
    phone: hasPhone ? northAmericanNumber(5_000_000 + index) : undefined,
  };
}

function drawPerson(
  index: number,
  household: Household,
  { seed, customerIds }: { seed: string | number; customerIds: readonly string[] },
): Person {
  const random = new Random(seed, 'person', index);
  const name = `person-${index}`;
  const mailbox = `${random.pick(FIRST_NAMES)}.${random.pick(LAST_NAMES)}.${index}`;
  const emails: [string, ...string[]] = [`${mailbox}@example.com`];
  if (random.chance(0.2)) emails.push(`${mailbox}@work.example`);
  return {
    index,
    name,
    userId: random.chance(0.8) ? `u-${index}` : undefined,
    customerId: customerIds[index] ?? `c-${index}`,
    loyaltyId: random.chance(0.35) ? `L${100_000 + index}` : undefined,
    emails,
    phone: northAmericanNumber(index),
    householdPhone: household.phone,
    social: random.chance(0.15)
      ? { type: `social:${random.pick(['x', 'instagram'])}`, value: `@${mailbox}` }
      : undefined,
    devices: drawDevices(index, household, random),
    activity: random.weighted([
      [0.4, 40],
      [1, 40],
      [2, 16],
      [4.5, 4],
    ]),
  };
}

function drawDevices(index: number, household: Household, random: Random): [Device, ...Device[]] {
  const own = (kind: Device['kind'], number: number, skewMs: number): Device => ({
    kind,
    deviceId: `${kind}-${index}`,
    anonymousId: `anon-${index}-${number}`,
    skewMs,
    isShared: false,
  });
  const devices: [Device, ...Device[]] = [own('web', 0, 0)];
  if (random.chance(0.7)) devices.push(own('mobile', 1, drawSkew(random)));
  if (random.chance(0.3)) devices.push({ ...own('web', 2, 0), deviceId: `web-${index}` });
  if (household.tablet) devices.push(household.tablet);
  return devices;
}

/** One phone in eight has a clock that is wrong by minutes to hours, in whole seconds and either way. */
function drawSkew(random: Random): number {
  if (!random.chance(0.125)) return 0;
  return (random.chance(0.5) ? 1 : -1) * random.between(120, 6 * 3600) * 1000;
}

/** US numbers that survive E.164 parsing; exchanges 220 to 279 avoid service codes. Unique below 6,000,000. */
function northAmericanNumber(index: number): string {
  const area = AREA_CODES[index % AREA_CODES.length] ?? '212';
  const rest = Math.floor(index / AREA_CODES.length);
  const exchange = 220 + (Math.floor(rest / 10_000) % 60);
  return `+1${area}${exchange}${String(rest % 10_000).padStart(4, '0')}`;
}
