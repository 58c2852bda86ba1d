/** The second half of an erasure, once it is known what it reaches: the way of a batch, in the steps of a batch. */
import { erasureOf, nameIdentifier } from '#contracts';
import type { OutgoingRecord } from '#event-log';
import type { UnitOfWork } from '#storage';
import type { StoredCall } from '../ports.js';
import { publishOutcome } from '../resolving/publish-outcome.js';
import { restructure } from '../resolving/restructure.js';
import { settleFilings } from '../resolving/settle-filings.js';
import type { Site } from '../resolving/site.js';
import type { ErasureData } from './erasure-data.js';
import type { Affected } from './find-affected.js';
import type { ErasureStore } from './ports.js';
import { placeRemains } from './place-remains.js';
import { forgottenMove, refiledOf, tombstoneOf } from './tell-erasure.js';

export interface Erasing {
  readonly erasures: ErasureStore;
  readonly secret: string;
  readonly unitOfWork: Pick<UnitOfWork, 'revision'>;
}

export interface Applied {
  readonly outgoing: readonly OutgoingRecord[];
  /** Rows erased or rewritten; as many tombstones were said as there are interactions. */
  readonly stores: Readonly<Record<string, number>>;
}

export async function carryOut(
  site: Site,
  affected: Affected,
  { data, erasing }: { readonly data: ErasureData; readonly erasing: Erasing },
): Promise<Applied> {
  const { erasures, secret, unitOfWork } = erasing;
  const { drafts, namesOf, withTraits, livingNames } = affected;
  const { tenant, erasureId, cause } = data;
  const calls = await rewrite(site, affected, { data, erasures });
  const settled = await settleFilings(site, drafts, { namesOf, withTraits });
  const remains = await placeRemains(site, data, (identifier) =>
    nameIdentifier(secret, tenant, identifier),
  );
  const regions = await restructure(site, {
    changed: [...settled, ...remains],
    winners: [],
    calls: calls.changed,
    secret,
  });
  const emptied = countEmptied(site, drafts.keys());
  const consented = [...withTraits, ...calls.filings];
  const touchedKeys = new Set(regions.touchedKeys);
  for (const filing of consented) {
    for (const row of [site.workspace.filings.stored(filing), site.workspace.filings.get(filing)]) {
      if (row && row.profileKey > 0) touchedKeys.add(row.profileKey);
    }
  }
  const reason = { cause, ref: erasureId } as const;
  const outcome = { winners: [], records: [], regions, touchedKeys, consented, unitOfWork, reason };
  const told = await publishOutcome(site, outcome);
  const isGhost = (name: string): boolean =>
    erasureOf(site.workspace.identifiers.get(name) ?? { value: '' }) !== undefined;
  const forgettable = livingNames.filter((name) => !isGhost(name));
  const identifiers = await erasures.forgetUnseen(site.transaction, forgettable);
  const telling = {
    workspace: site.workspace,
    reason,
    revise: (counter: number): number => unitOfWork.revision(counter),
  };
  const { erased, refiled } = affected;
  return {
    outgoing: [
      ...told,
      ...emptied.flatMap((filing) => {
        const row = site.workspace.filings.get(filing);
        return row === undefined ? [] : [forgottenMove(row, telling)];
      }),
      ...erased.map((winner) => tombstoneOf(winner, telling)),
      ...refiled.map((one) => refiledOf(one, telling)),
    ],
    stores: { interactions: erased.length, refiled: refiled.length, identifiers },
  };
}

/** Filings that nothing is left in: their last move is forgotten under a revision of its own. */
function countEmptied({ workspace }: Site, filings: Iterable<string>): string[] {
  return [...filings].filter((filing) => {
    const row = workspace.filings.get(filing);
    if (row === undefined || row.total > 0) return false;
    workspace.filings.set(filing, { ...row, counter: row.counter + 1 });
    return true;
  });
}

/** Everything outside the graph: winners, traits, calls. */
async function rewrite(
  { transaction }: Site,
  { erased, refiled, rename }: Affected,
  { data, erasures }: { readonly data: ErasureData; readonly erasures: ErasureStore },
): Promise<{ readonly changed: readonly StoredCall[]; readonly filings: readonly string[] }> {
  const { tenant, calls, cause } = data;
  const taken =
    cause === 'retention'
      ? await erasures.expire(transaction, erased)
      : await erasures.forget(transaction, erased);
  const aliases = await erasures.refile(transaction, refiled);
  const ofGhosts = aliases.map((alias) => ({
    ...alias,
    a: rename(alias, alias.a),
    b: rename(alias, alias.b),
  }));
  const about = calls.map((call) => ({ ...call, tenant, source: null, id: null }));
  const fresh = [...ofGhosts, ...about];
  const replaced = await erasures.replaceCalls(transaction, fresh);
  return { changed: [...taken.aliases, ...replaced, ...fresh], filings: taken.filings };
}
