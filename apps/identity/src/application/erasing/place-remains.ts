/** What remains of erased filings, as rows: evidence without interactions, which every later solve meets. */
import type { NameOf } from '#contracts';
import { filingsOfRemains } from '../../domain/erasure.js';
import type { FilingRow } from '../../domain/state.js';
import { unseen } from '../resolving/restructure.js';
import { loadIdentifiers } from '../resolving/restructuring/link-evidence.js';
import type { ErasureData } from './erasure-data.js';
import type { Site } from '../resolving/site.js';

export async function placeRemains(
  site: Site,
  requested: ErasureData,
  nameOf: NameOf,
): Promise<readonly FilingRow[]> {
  const { workspace } = site;
  const { tenant } = requested;
  const remains = filingsOfRemains(requested, nameOf);
  const members = remains.flatMap((filing) => filing.members);
  await loadIdentifiers(
    site,
    members.map(({ name }) => name),
  );
  for (const member of members) {
    if (workspace.identifiers.has(member.name)) continue;
    workspace.identifiers.set(member.name, unseen(tenant, member));
  }
  return remains.map(({ filing, unit, members: of, span }) => {
    const row: FilingRow = {
      tenant,
      filing,
      unit,
      names: of.map(({ name }) => name),
      span,
      count: 0,
      total: 0,
      owner: null,
      anchor: unit,
      hasTraits: false,
      profileKey: 0,
      counter: 0,
    };
    workspace.filings.set(filing, row);
    return row;
  });
}
