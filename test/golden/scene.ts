import type { Fact, FactDims } from '#contracts';
import type { SeenProfile } from './story.js';

/** What both tellings know of a profile, before it becomes text. */
export interface ProfileFound {
  readonly identifiers: readonly {
    readonly type: string;
    readonly value: string;
    readonly standing: string;
  }[];
  readonly timeline: readonly {
    readonly source: string;
    readonly id: string;
    readonly type: string;
    readonly occurredAt: string;
    readonly version: number;
    readonly withdrawn?: boolean;
  }[];
  readonly facts: readonly Pick<
    Fact,
    'kind' | 'at' | 'dims' | 'measures' | 'status' | 'finalAt' | 'interactions'
  >[];
}

export function seenProfile({ identifiers, timeline, facts }: ProfileFound): SeenProfile {
  return {
    identifiers: identifiers.map((each) => `${each.type}:${each.value} ${each.standing}`).sort(),
    timeline: timeline.map(
      ({ occurredAt, source, id, type, version, withdrawn }) =>
        `${occurredAt} ${source}/${id} ${type}${version > 0 ? ` v${version}` : ''}${withdrawn ? ' withdrawn' : ''}`,
    ),
    facts: facts.map(seenFact).sort(),
  };
}

function seenFact({ kind, at, dims, measures, status, finalAt, interactions }: ProfileFound['facts'][number]): string {
  const until = status === 'provisional' && finalAt !== undefined ? ` until ${finalAt}` : '';
  const parts = [...interactions.first, ...interactions.last].map(({ source, id }) => `${source}/${id}`);
  return `${kind} ${at} ${status}${until} {${members(dims)}} ${members(measures)} [${parts.join(' ')}]`;
}

export function members(values: FactDims | Readonly<Record<string, number>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${String(value)}`)
    .sort()
    .join(' ');
}

export function seenKpi(kpi: { name: string; value: unknown; n: unknown; provisional: boolean }): string {
  return `${kpi.name}: ${String(kpi.value)} (n ${String(kpi.n)}${kpi.provisional ? ', provisional' : ''})`;
}

interface Told {
  readonly value: unknown;
  readonly n: unknown;
  readonly provisional: boolean;
}

/** A line of the ledger. Causes are left out: how many revisions made a difference depends on how records were batched. */
export function seenCorrection(correction: {
  readonly kpi: string;
  readonly bucketStart: string;
  readonly dims: Readonly<Record<string, string>>;
  readonly old: Told;
  readonly new: Told;
}): string {
  const told = ({ value, n, provisional }: Told) =>
    `${String(value)} (n ${String(n)}${provisional ? ', provisional' : ''})`;
  const dims = Object.fromEntries(
    Object.entries(correction.dims).filter(([, value]) => value !== '(none)'),
  );
  const place = `${correction.kpi} ${correction.bucketStart} {${members(dims)}}`;
  return `${place}: ${told(correction.old)} → ${told(correction.new)}`;
}

export function inProfileOrder(profiles: readonly SeenProfile[]): SeenProfile[] {
  const name = ({ identifiers, timeline }: SeenProfile) => identifiers[0] ?? timeline[0] ?? '';
  return [...profiles].sort((a, b) => (name(a) < name(b) ? -1 : 1));
}
