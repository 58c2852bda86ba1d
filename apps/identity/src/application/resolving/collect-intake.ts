/** What a batch's new winners put into the store before anything is decided: rows, traits and consents, aliases. */
import { nameIdentifier } from '#contracts';
import type { LogRecord } from '#event-log';
import type { NewWinner } from '../../domain/fold-arrivals.js';
import { traitsOf } from '../../domain/profile.js';
import { aliasesOf } from '../../domain/resolve-from-scratch.js';
import type { TraitRow, WinnerRow } from '../../domain/state.js';
import type { IntakeChanges, StoredCall } from '../ports.js';
import type { Workspace } from './workspace.js';

export function collectIntake(
  winners: readonly NewWinner[],
  records: readonly LogRecord[],
  context: { readonly workspace: Workspace; readonly secret: string },
): IntakeChanges {
  const { workspace, secret } = context;
  const traits: TraitRow[] = [];
  const aliases: StoredCall[] = [];
  for (const winner of winners) {
    const { sighting, index } = winner;
    if (sighting.isWithdrawn || !sighting.type) continue;
    traits.push(...traitRows(winner, records[index]));
    const { tenant, source, id } = sighting;
    const declared = aliasesOf(sighting, {
      rules: workspace.rulesOf(tenant),
      nameOf: (identifier) => nameIdentifier(secret, tenant, identifier),
    });
    aliases.push(...declared.map((call) => ({ ...call, tenant, source, id })));
  }
  const replaced = winners
    .filter((winner) => winner.previous)
    .map(({ sighting: { tenant, source, id } }) => ({ tenant, source, id }));
  return { winners: winners.map(winnerRow), replaced, traits, aliases };
}

function winnerRow({ sighting, filing, refused, contentCounter }: NewWinner): WinnerRow {
  const { tenant, source, id, version, at, contentHash, isWithdrawn, receivedAt } = sighting;
  return {
    tenant,
    source,
    id,
    version,
    at,
    contentHash,
    isWithdrawn,
    receivedAt,
    filing,
    refused,
    contentCounter,
  };
}

/** The only bodies that identity opens. */
function traitRows({ sighting, filing }: NewWinner, record: LogRecord | undefined): TraitRow[] {
  const { type, tenant, source, id, at } = sighting;
  if (type !== 'profile.identified' && type !== 'consent.changed') return [];
  const body = parse(record?.value ?? null);
  const data = typeof body === 'object' && body !== null && 'data' in body ? body.data : null;
  return traitsOf(type, data).map((trait) => ({ ...trait, tenant, source, id, filing, at }));
}

function parse(value: Buffer | null): unknown {
  try {
    return value === null ? null : JSON.parse(value.toString('utf8'));
  } catch {
    return null;
  }
}
