/**
 * Rows of one batch in memory: loaded once, changed in place of their keys, written as differences. A row that was touched
 * is never overwritten by a later load. `null` among links means: gone in this batch.
 */
import { erasureOf } from '#contracts';
import { invariant } from '#kernel';
import type { Standing } from '#contracts';
import { splitPair } from '../../domain/links.js';
import type { FilingEvidence, Member } from '../../domain/links.js';
import { CompiledRules, DEFAULT_RULES } from '../../domain/rules.js';
import type { RegionGraph } from '../../domain/region.js';
import type { FilingRow, IdentifierRow, LinkRow, ProfileRow } from '../../domain/state.js';
import type { Neighbourhood, StoredCall } from '../ports.js';

/** Rows by key with what was stored: a difference is a row that is no longer the one that was loaded. */
export class Rows<Row> {
  private readonly before = new Map<string | number, Row>();
  private readonly now = new Map<string | number, Row>();

  load(key: string | number, row: Row): void {
    if (this.now.has(key)) return;
    this.before.set(key, row);
    this.now.set(key, row);
  }

  set(key: string | number, row: Row): void {
    this.now.set(key, row);
  }

  has(key: string | number): boolean {
    return this.now.has(key);
  }

  get(key: string | number): Row | undefined {
    return this.now.get(key);
  }

  stored(key: string | number): Row | undefined {
    return this.before.get(key);
  }

  values(): Iterable<Row> {
    return this.now.values();
  }

  changed(): Row[] {
    return [...this.now].filter(([key, row]) => this.before.get(key) !== row).map(([, row]) => row);
  }
}

export class Workspace implements RegionGraph {
  readonly filings = new Rows<FilingRow>();
  readonly identifiers = new Rows<IdentifierRow>();
  readonly profiles = new Rows<ProfileRow>();
  readonly links = new Rows<LinkRow | null>();
  private readonly calls = new Map<string, StoredCall>();
  private readonly callsOf = new Map<string, Set<string>>();
  private readonly adjacent = new Map<string, Set<string>>();
  private readonly dropped = new Set<string>();
  private readonly complete = new Set<string>();
  private readonly compiled = new Map<string, CompiledRules>();

  setRules(tenant: string, rules: CompiledRules): void {
    this.compiled.set(tenant, rules);
  }

  rulesOf(tenant: string): CompiledRules {
    const known = this.compiled.get(tenant) ?? new CompiledRules(DEFAULT_RULES);
    this.compiled.set(tenant, known);
    return known;
  }

  identifier(name: string): IdentifierRow {
    const row = this.identifiers.get(name);
    invariant(row, 'identifiers are loaded before they are asked for');
    return row;
  }

  /** As an owner: ghosts own nothing. */
  standingOf(name: string): Standing | undefined {
    const row = this.identifiers.get(name);
    if (row && erasureOf(row) !== undefined) return undefined;
    return row?.standing ?? undefined;
  }

  member(name: string): Member {
    const { type, value } = this.identifier(name);
    return { name, type, value };
  }

  /** As {@link FilingEvidence}; nothing for a filing without evidence. */
  evidence(row: FilingRow | undefined): FilingEvidence[] {
    if (!row?.span) return [];
    const members = row.names.map((name) => this.member(name));
    return [{ filing: row.filing, members, span: row.span }];
  }

  loadLink(row: LinkRow): void {
    if (this.links.has(row.pair)) return;
    this.links.load(row.pair, row);
    this.connect(row.pair);
  }

  setLink(row: LinkRow): void {
    this.links.set(row.pair, row);
    this.connect(row.pair);
  }

  dropLink(pair: string): void {
    this.links.set(pair, null);
    this.dropped.add(pair);
  }

  /** Stored links that are gone now. */
  goneLinks(): string[] {
    return [...this.dropped].filter(
      (pair) => this.links.get(pair) === null && this.links.stored(pair) !== undefined,
    );
  }

  /** `names`: those whose neighbourhood this is, all of it. */
  loadNeighbourhood(names: readonly string[], found: Neighbourhood): void {
    for (const link of found.links) this.loadLink(link);
    for (const row of found.identifiers) this.identifiers.load(row.name, row);
    for (const call of found.calls) if (this.areKnown(call)) this.loadCall(call);
    for (const name of names) this.complete.add(name);
  }

  linked(name: string): Iterable<string> | undefined {
    if (!this.complete.has(name)) return undefined;
    const others = this.adjacent.get(name) ?? [];
    return [...others].filter((other) => this.links.get(pairOf(name, other)) !== null);
  }

  /** Unmerge calls bind too: what they keep apart is looked at together. */
  declared(name: string): Iterable<string> {
    return this.callsOf.get(name) ?? [];
  }

  allCalls(): Iterable<StoredCall> {
    return this.calls.values();
  }

  isCut(name: string): boolean {
    return this.identifiers.stored(name)?.isCut ?? false;
  }

  isLastingHub(name: string): boolean {
    const isSeen = this.identifiers.get(name)?.first !== null;
    return isSeen && this.identifiers.stored(name)?.standing === 'hub' && this.isHub(name);
  }

  isHub(name: string): boolean {
    const row = this.identifiers.get(name);
    return row !== undefined && row.hubLinks > this.rulesOf(row.tenant).rules.hubLimit;
  }

  /** A call waits until both ends have been seen. */
  private areKnown(call: StoredCall): boolean {
    return this.identifiers.has(call.a) && this.identifiers.has(call.b);
  }

  private loadCall(call: StoredCall): void {
    this.calls.set(call.callId, call);
    bind(this.callsOf, call.a, call.b);
  }

  private connect(pair: string): void {
    bind(this.adjacent, ...splitPair(pair));
  }
}

function bind(others: Map<string, Set<string>>, a: string, b: string): void {
  for (const [one, other] of [
    [a, b],
    [b, a],
  ] as const) {
    const known = others.get(one);
    if (known) known.add(other);
    else others.set(one, new Set([other]));
  }
}

function pairOf(a: string, b: string): string {
  return a < b ? `${a} ${b}` : `${b} ${a}`;
}
