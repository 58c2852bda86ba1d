/**
 * The raw form beside the normalised one, as a difference. `original` maps a JSON pointer to what was posted there, for each
 * member that normalisation changed or dropped; the key `+` (no pointer starts so) lists the members that it added. What is
 * empty by default — `data` {}, `identifiers` [], `version` 0 — was not posted unless `original` says so; an interaction
 * flagged `derived` came without id. So {@link restoreRaw} gives back what was posted, to the last unknown member
 * (not the order of its members).
 */
import type { Interaction } from '#contracts';
import { pointerSegments } from '#kernel';

export type JsonObject = Readonly<Record<string, unknown>>;
export type Original = Record<string, unknown>;

const ADDED = '+';

/** Members of the contract that a client may post. */
export const POSTED_MEMBERS = [
  'id',
  'source',
  'type',
  'channel',
  'occurredAt',
  'sentAt',
  'identifiers',
  'conversation',
  'direction',
  'topic',
  'touchpoint',
  'stage',
  'agent',
  'queue',
  'product',
  'campaign',
  'store',
  'data',
  'version',
  'withdrawn',
] as const satisfies readonly (keyof Interaction)[];

export type PostedMember = (typeof POSTED_MEMBERS)[number];

const KNOWN: ReadonlySet<string> = new Set(POSTED_MEMBERS);

export function isKnownMember(name: string): boolean {
  return KNOWN.has(name);
}

/** Collects the difference while an interaction is normalised. */
export class Difference {
  readonly #changed: [string, unknown][] = [];
  readonly #added: string[] = [];

  /** `pointer` was posted with another value than the interaction has now. */
  changed(pointer: string, posted: unknown): void {
    this.#changed.push([pointer, posted]);
  }

  /** The member was not posted; what it has now comes from a rule. */
  added(member: PostedMember): void {
    this.#added.push(member);
  }

  /** Undefined when nothing differs. */
  toOriginal(): Original | undefined {
    if (this.#changed.length === 0 && this.#added.length === 0) return undefined;
    // fromEntries defines members: a posted `__proto__` stays a plain one.
    const added: [string, unknown][] = this.#added.length === 0 ? [] : [[ADDED, this.#added]];
    return Object.fromEntries([...added, ...this.#changed]);
  }
}

/** The interaction as it was posted. */
export function restoreRaw(interaction: Interaction): JsonObject {
  const original: JsonObject = interaction.original ?? {};
  const added = original[ADDED];
  const absent = new Set<string>(Array.isArray(added) ? added : []);
  if (interaction.flags?.includes('derived') === true) absent.add('id');
  const members = POSTED_MEMBERS.filter(
    (name) => !absent.has(name) && !isDefault(name, interaction),
  )
    .map((name): [string, unknown] => [name, interaction[name]])
    .filter(([, value]) => value !== undefined);
  return withOriginal(members, original);
}

function isDefault(name: PostedMember, interaction: Interaction): boolean {
  if (name === 'version') return interaction.version === 0;
  if (name === 'identifiers') return interaction.identifiers.length === 0;
  return name === 'data' && Object.keys(interaction.data).length === 0;
}

function withOriginal(
  members: readonly (readonly [string, unknown])[],
  original: JsonObject,
): JsonObject {
  const result = new Map<string, unknown>(members);
  for (const [pointer, value] of Object.entries(original)) {
    if (pointer === ADDED) continue;
    const [name = '', ...rest] = pointerSegments(pointer);
    result.set(name, rest.length === 0 ? value : replaceInList(result.get(name), rest, value));
  }
  return Object.fromEntries(result);
}

/** `/identifiers/<index>/<member>` is the only deep place that is ever recorded. */
function replaceInList(list: unknown, [index, member]: readonly string[], value: unknown): unknown {
  const elements: readonly JsonObject[] = Array.isArray(list) ? list : [];
  return elements.map((element, at) =>
    at === Number(index) ? { ...element, [member ?? '']: value } : element,
  );
}
