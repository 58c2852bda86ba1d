import { conversationOfData } from '#contracts';
import {
  connectedComponents,
  interactionName,
  pairwiseScore,
  type PairwiseScore,
  type Partition,
  type PostedInteraction,
  simulate,
} from '#simulator';
import { nameFiling } from '../../identity/src/domain/evidence.js';
import { nameIdentifier } from '#contracts';
import { classify } from '../../identity/src/domain/identifier.js';
import {
  type People,
  resolveFromScratch,
  type Sighting,
  usableConversation,
} from '../../identity/src/domain/resolve-from-scratch.js';
import { CompiledRules, DEFAULT_RULES } from '../../identity/src/domain/rules.js';

export const SCORE_SEEDS = [1, 2, 3, 4, 5] as const;

export interface ScoreOptions {
  readonly seed: number;
  readonly customers: number;
  readonly days: number;
  readonly rate: number;
}

export interface ScoreRow {
  readonly seed: number;
  readonly interactions: number;
  readonly identity: PairwiseScore;
  readonly baseline: PairwiseScore;
}

const TENANT = 'default';
const SECRET = 'a secret of scoring, which only names nodes';

/** How well identity's rules find the simulated people, beside connected components; by the pure oracle, without a database. */
export function score({ seed, customers, days, rate }: ScoreOptions): ScoreRow {
  const simulation = simulate({ seed, customers, days, rate, startAt: Date.UTC(2026, 0, 1) });
  const posts = simulation.interactions.map(({ post }) => post);
  const truth = new Map(
    simulation.interactions.map(({ post, person }) => [interactionName(post), person]),
  );
  return {
    seed,
    interactions: truth.size,
    identity: pairwiseScore(identityPartition(posts), truth),
    baseline: pairwiseScore(connectedComponents(posts), truth),
  };
}

/** Each interaction under the profile that owns its filing; one that nobody owns is its unit's. */
function identityPartition(posts: readonly PostedInteraction[]): Partition {
  const rules = new CompiledRules(DEFAULT_RULES);
  const sightings = posts.map(sightingOf);
  const people = resolveFromScratch({
    sightings,
    calls: [],
    rules,
    nameOf: (identifier) => nameIdentifier(SECRET, TENANT, identifier),
  });
  const profiles = profileOfNames(people);
  return new Map(
    sightings.map((sighting) => {
      const { filing, unit } = filingOf(sighting, rules);
      const owner = people.owners.get(filing);
      return [interactionName(sighting), owner ? (profiles.get(owner) ?? owner) : unit];
    }),
  );
}

function profileOfNames({ profiles }: People): ReadonlyMap<string, string> {
  return new Map(
    profiles.flatMap(({ root, members }) => members.map((member) => [member, root] as const)),
  );
}

function filingOf(sighting: Sighting, rules: CompiledRules): { filing: string; unit: string } {
  const { usable } = classify(sighting.identifiers, rules);
  const conversation = usableConversation(sighting.conversation);
  return nameFiling({ ...sighting, conversation, identifiers: usable }, rules);
}

/** The simulator writes identifiers in their normal form, so ingestion would leave them as they are. */
function sightingOf(post: PostedInteraction): Sighting {
  const { source, id, type, identifiers = [], conversation, data = {}, version = 0 } = post;
  return {
    tenant: TENANT,
    source,
    id,
    type,
    identifiers,
    conversation: conversation ?? conversationOfData(data),
    isWithdrawn: post.withdrawn === true,
    version,
    at: Date.parse(post.occurredAt),
    receivedAt: 0,
    contentHash: '',
  };
}
