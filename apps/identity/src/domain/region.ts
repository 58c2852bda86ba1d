/**
 * The region that a change can reach. Closed identifiers never claim, so what is behind one cannot feel what happens before
 * it: regions are cut there (without the cut they percolate: with 20 % of people on a stranger's device one region held a
 * third of everybody). Exact by construction:
 *   reach   everything reachable from what changed, over links not through cut identifiers, and over declared links always
 *   border  cut identifiers next to the reach: solved again, with all their claimants
 *   ring    the cells of those other claimants: solved again only so that the border's claims are right
 *   far     cut identifiers next to the ring, and hubs: fixed, closed
 * When the solve opens a border identifier, the caller passes it as `opened` and asks again.
 * A region that is not loaded completely answers with the names that are missing.
 */
export interface RegionGraph {
  /** Names linked to `name`; undefined = not loaded. */
  linked(name: string): Iterable<string> | undefined;
  /** Names bound to `name` by merge calls. */
  declared(name: string): Iterable<string>;
  isCut(name: string): boolean;
  /** A hub before and after this change: it stays what it is, whatever is linked to it. */
  isLastingHub(name: string): boolean;
}

export interface Region {
  readonly missing: readonly string[];
  /** To be solved: reach, border and ring. */
  readonly inside: ReadonlySet<string>;
  readonly border: ReadonlySet<string>;
  /** Closed, as given. */
  readonly fixed: ReadonlySet<string>;
}

export function reach(
  graph: RegionGraph,
  start: Iterable<string>,
  opened: ReadonlySet<string>,
): Region {
  const missing = new Set<string>();
  const fixed = new Set<string>();
  const border = new Set<string>();
  const inside = new Set<string>();
  const walk = (from: Iterable<string>, onCut: (name: string) => void): void => {
    const queue = [...from];
    for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
      if (inside.has(name)) continue;
      inside.add(name);
      const linked = graph.linked(name);
      if (!linked) {
        missing.add(name);
        continue;
      }
      for (const other of linked) {
        if (graph.isLastingHub(other)) fixed.add(other);
        else if (graph.isCut(other) && !opened.has(other)) onCut(other);
        else queue.push(other);
      }
      for (const other of graph.declared(name)) {
        if (!graph.isLastingHub(other)) queue.push(other);
      }
    }
  };
  const seeds = [...start].filter((name) => !graph.isLastingHub(name));
  for (const name of seeds) if (graph.isCut(name) && !opened.has(name)) border.add(name);
  walk(
    seeds.filter((name) => !border.has(name)),
    (name) => border.add(name),
  );
  const others = claimantsOf(border, graph, { missing, fixed });
  walk(
    others.filter((name) => !border.has(name)),
    (name) => fixed.add(name),
  );
  for (const name of border) inside.add(name);
  for (const name of inside) fixed.delete(name);
  return { missing: [...missing], inside, border, fixed };
}

/** The open neighbours of border identifiers; closed ones among them are fixed. */
function claimantsOf(
  border: ReadonlySet<string>,
  graph: RegionGraph,
  found: { readonly missing: Set<string>; readonly fixed: Set<string> },
): string[] {
  const claimants: string[] = [];
  for (const name of border) {
    const linked = graph.linked(name);
    if (!linked) found.missing.add(name);
    for (const other of linked ?? []) {
      if (graph.isLastingHub(other) || graph.isCut(other)) found.fixed.add(other);
      else claimants.push(other);
    }
    for (const other of graph.declared(name)) if (!graph.isLastingHub(other)) claimants.push(other);
  }
  return claimants;
}
