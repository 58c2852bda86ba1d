/**
 * Interaction → the record that the log keeps. The value is the interaction as JSON; what identity and metrics need stands in
 * headers, so that they never parse it. The content hash covers everything but `receivedAt`, which therefore stands last:
 * one JSON text serves both. A repeat of a request has the same hash and the same `ce_id`. Tests build their records here too.
 */
import { stableHash } from '#kernel';
import { identifierRank } from './identifier-strength.js';
import type { Identifier, Interaction } from './interaction.js';
import { HEADER } from './record-headers.js';
import type { InteractionDims } from './record-headers.js';
import { recordKey } from './record-key.js';
import { TOPIC } from './topics.js';

/** A record for the log whose value is still text: encoded once, where it is appended. */
export interface PreparedRecord {
  readonly topic: string;
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON. */
  readonly text: string;
}

export function acceptedRecord(interaction: Interaction): PreparedRecord {
  const { receivedAt, ...timeless } = interaction;
  const content = JSON.stringify(timeless);
  const text = `${content.slice(0, -1)},"receivedAt":"${receivedAt}"}`;
  return {
    topic: TOPIC.interactionAccepted.name,
    key: acceptedKey(interaction),
    headers: headersOf(interaction, stableHash(content)),
    text,
  };
}

/** Interactions of one customer usually meet in one partition: locality, never correctness. */
function acceptedKey(interaction: Interaction): string {
  const { tenant, source, id, conversation } = interaction;
  const strongest = strongestIdentifier(interaction.identifiers);
  if (strongest !== undefined) return recordKey(tenant, `${strongest.type}:${strongest.value}`);
  return conversation === undefined
    ? recordKey(tenant, source, id)
    : recordKey(tenant, source, conversation);
}

function strongestIdentifier(identifiers: readonly Identifier[]): Identifier | undefined {
  let strongest = identifiers[0];
  for (const identifier of identifiers) {
    if (
      strongest !== undefined &&
      identifierRank(identifier.type) < identifierRank(strongest.type)
    ) {
      strongest = identifier;
    }
  }
  return strongest;
}

function headersOf(interaction: Interaction, contentHash: string): Record<string, string> {
  const { tenant, source } = interaction;
  return {
    [HEADER.id]: contentHash,
    [HEADER.specVersion]: '1.0',
    [HEADER.type]: TOPIC.interactionAccepted.name,
    [HEADER.source]: `/tenants/${encodeURIComponent(tenant)}/sources/${encodeURIComponent(source)}`,
    [HEADER.time]: interaction.occurredAt,
    [HEADER.tenant]: tenant,
    [HEADER.interactionSource]: source,
    [HEADER.interactionId]: interaction.id,
    [HEADER.version]: String(interaction.version),
    ...(interaction.withdrawn === true && { [HEADER.withdrawn]: '1' }),
    [HEADER.occurredAt]: interaction.occurredAt,
    [HEADER.receivedAt]: interaction.receivedAt,
    [HEADER.identifiers]: JSON.stringify(
      interaction.identifiers.map(({ type, value }) => [type, value]),
    ),
    ...(interaction.conversation !== undefined && {
      [HEADER.conversation]: interaction.conversation,
    }),
    [HEADER.dims]: JSON.stringify(dimsOf(interaction)),
    [HEADER.contentHash]: contentHash,
  };
}

function dimsOf(interaction: Interaction): InteractionDims {
  const { channel, type, direction, topic, touchpoint, stage } = interaction;
  const { agent, queue, product, campaign, store } = interaction;
  return {
    channel,
    type,
    direction,
    topic,
    touchpoint,
    stage,
    agent,
    queue,
    product,
    campaign,
    store,
  };
}
