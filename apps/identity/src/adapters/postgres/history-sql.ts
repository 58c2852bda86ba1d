/**
 * Decisions and what happened to profiles. A decision that is made again stays as it was recorded; what comes and what goes is
 * noted as an event in the same statement.
 */
import type { Transaction } from '#storage';
import { groupBy } from '../../domain/group-by.js';
import type { DecisionRow, StructureChanges } from '../../application/ports.js';
import { columns } from './rows.js';

const MADE = `unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::text[])
  AS n (subject, tenant, code, rivals, first_at, first_source, first_id)`;

const SAME = `d.subject = n.subject AND d.code = n.code AND d.rivals = string_to_array(n.rivals, ' ')
  AND (d.first_at, d.first_source, d.first_id) IS NOT DISTINCT FROM (n.first_at, n.first_source, n.first_id)`;

/** `refused` and `lifted`: by code, subject and rivals; only the evidence of one may have changed. */
const REPLACE = `
  WITH n AS (SELECT * FROM ${MADE}),
  gone AS (
    DELETE FROM decision d WHERE d.subject = ANY($8) AND NOT EXISTS (SELECT 1 FROM n WHERE ${SAME})
    RETURNING d.*
  ), made AS (
    INSERT INTO decision (subject, tenant, code, rivals, first_at, first_source, first_id)
    SELECT subject, tenant, code, string_to_array(rivals, ' '), first_at, first_source, first_id
    FROM n WHERE NOT EXISTS (SELECT 1 FROM decision d WHERE ${SAME})
    RETURNING *
  ), changed AS (
    SELECT 'lifted' AS kind, * FROM gone UNION ALL SELECT 'refused', * FROM made
  )
  INSERT INTO identity_event (tenant, kind, code, subject, rivals, cause, ref)
  SELECT c.tenant, c.kind, c.code, c.subject, c.rivals, $9, $10 FROM changed c
  WHERE NOT EXISTS (
    SELECT 1 FROM changed o WHERE o.kind <> c.kind AND o.subject = c.subject AND o.code = c.code
      AND o.rivals = c.rivals)
  ORDER BY c.subject, c.code, c.kind`;

/** The statement compares what came with what went, pair by pair: over everybody in portions, for a batch one. */
const SUBJECTS_AT_ONCE = 2_000;

export async function writeDecisions(
  transaction: Transaction,
  { solved, decisions, reason }: StructureChanges,
): Promise<void> {
  const bySubject = groupBy(decisions, ({ subject }) => subject);
  for (let from = 0; from < solved.length; from += SUBJECTS_AT_ONCE) {
    const subjects = solved.slice(from, from + SUBJECTS_AT_ONCE);
    const made = subjects.flatMap((subject) => bySubject.get(subject) ?? []);
    await replace(transaction, { subjects, decisions: made, reason });
  }
}

async function replace(
  transaction: Transaction,
  {
    subjects,
    decisions,
    reason,
  }: Pick<StructureChanges, 'decisions' | 'reason'> & { readonly subjects: readonly string[] },
): Promise<void> {
  const made = columns<DecisionRow>(
    decisions,
    (d) => d.subject,
    (d) => d.tenant,
    (d) => d.code,
    (d) => d.rivals.join(' '),
    (d) => d.evidence?.at ?? null,
    (d) => d.evidence?.source ?? null,
    (d) => d.evidence?.id ?? null,
  );
  await transaction.query(REPLACE, [...made, subjects, reason.cause, reason.ref]);
}

const MOVES = `
  INSERT INTO identity_event (tenant, kind, from_id, to_id, identifiers, interactions, cause, ref)
  SELECT m.*, $7, $8 FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[]) AS m`;

export async function writeMoves(
  transaction: Transaction,
  { moves, reason }: StructureChanges,
): Promise<void> {
  if (moves.length === 0) return;
  const parameters = columns(
    moves,
    (m) => m.tenant,
    (m) => m.kind,
    (m) => m.from,
    (m) => m.to,
    (m) => m.identifiers,
    (m) => m.interactions,
  );
  await transaction.query(MOVES, [...parameters, reason.cause, reason.ref]);
}
