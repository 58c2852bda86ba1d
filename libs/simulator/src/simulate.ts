/**
 * Seeded customers on every channel, with the truth known: who did each interaction, which contacts, survey answers,
 * orders and visits there were. Pure: equal options give equal output, on any machine, at any time.
 */
import { deliver, inArrivalOrder } from './deliver.js';
import { type Person, identifiersOf, populate } from './population.js';
import { Random } from './random.js';
import { DAY_MS, HOUR_MS, MINUTE_MS, Script } from './script.js';
import type { SimulateOptions, Simulation } from './simulation.js';
import { call } from './stories/call.js';
import { chat, mail, messenger, socialPost } from './stories/conversation.js';
import { bill, cardRegistration, newsletter, selfService, storeVisit } from './stories/errand.js';
import { visit } from './stories/visit.js';

type Story = (script: Script, startAt: number) => void;

/** How often each story is told, relative to the others. */
const STORIES: readonly (readonly [Story, number])[] = [
  [visit, 42],
  [newsletter, 14],
  [call, 11],
  [chat, 7],
  [mail, 5],
  [selfService, 6],
  [storeVisit, 6],
  [bill, 4],
  [messenger, 3],
  [socialPost, 2],
  [cardRegistration, 2],
];

/** Interactions that a story has in the mean, measured over 10,000 people: turns `rate` into stories. */
const INTERACTIONS_A_STORY = 4.6;
/** Of the mean of `activity` over people, see population.ts. */
const MEAN_ACTIVITY = 1.06;

export function simulate(options: SimulateOptions): Simulation {
  const people = populate(options);
  const scripts = people.map((person) => live(person, options));
  const interactions = scripts.flatMap((script) =>
    deliver(script.interactions, new Random(options.seed, 'delivery', script.person.index)),
  );
  return {
    interactions: inArrivalOrder(interactions),
    truth: {
      people: new Map(people.map((person) => [person.name, valuesOf(person)])),
      contacts: scripts.flatMap((script) => script.contacts),
      surveys: scripts.flatMap((script) => script.surveys),
      orders: scripts.flatMap((script) => script.orders),
      sessions: scripts.flatMap((script) => script.sessions),
    },
  };
}

/** Tells one person's stories, one after the other, without two at the same time. */
function live(person: Person, { seed, days, startAt, rate = 1 }: SimulateOptions): Script {
  const endAt = startAt + days * DAY_MS;
  const random = new Random(seed, 'life', person.index);
  const script = new Script(person, random, endAt, new Random(seed, 'after', person.index));
  const storiesADay = (rate * person.activity) / (MEAN_ACTIVITY * INTERACTIONS_A_STORY);
  let at = startAt + random.exponential(DAY_MS / storiesADay);
  while (at < endAt) {
    random.weighted(STORIES)(script, Math.round(daytime(at)));
    at = Math.max(at + random.exponential(DAY_MS / storiesADay), at + 45 * MINUTE_MS);
  }
  return script;
}

/** Moves the small hours to the evening: few people shop at four in the morning. */
function daytime(at: number): number {
  const hour = Math.floor((at % DAY_MS) / HOUR_MS);
  return hour < 6 ? at + 13 * HOUR_MS : at;
}

function valuesOf(person: Person): string[] {
  return [...new Set(identifiersOf(person).map(({ type, value }) => `${type}:${value}`))];
}
