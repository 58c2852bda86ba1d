/** Why two identifiers are one customer, or why not: from decisions recorded when they were made. */
import { Injectable } from '@nestjs/common';
import type { Identifier } from '#contracts';
import { Problem } from '#runtime';
import { UnitOfWork } from '#storage';
import { showIdentifier } from '../domain/end.js';
import type { Evidence } from '../domain/evidence.js';
import type { Hop } from '../domain/explaining/chain.js';
import { explainPair } from '../domain/explaining/explain-pair.js';
import type { ApartCode, Obstacle } from '../domain/explaining/explain-pair.js';
import type { AskedEnd, KnownCall, Situation } from '../domain/explaining/situation.js';
import { remedyOf, tell, tellObstacle } from '../domain/explaining/words.js';
import { CompiledRules, DEFAULT_RULES } from '../domain/rules.js';
import { ReadEnds } from './calling/read-ends.js';
import type { Asking } from './calling/read-ends.js';
import { LoadSituation } from './explaining/load-situation.js';
import { ProfileReader } from './reading-ports.js';

interface ShownEvidence {
  readonly source: string;
  readonly id: string;
  readonly occurredAt: string;
}

interface ShownCall {
  readonly callId: string;
  readonly kind: KnownCall['kind'];
  readonly actor?: string;
  readonly reason?: string;
}

export interface PairView {
  readonly together: boolean;
  readonly profileIds: readonly string[];
  readonly chain: readonly {
    readonly a: Identifier;
    readonly b: Identifier;
    readonly evidence: ShownEvidence;
    readonly call?: ShownCall;
  }[];
  readonly apart: readonly {
    readonly code: ApartCode;
    readonly subject: Identifier | null;
    readonly limit?: number;
    readonly limitType?: string;
    readonly rivals: readonly string[];
    readonly evidence: ShownEvidence | null;
    readonly call?: ShownCall;
    /** What stands between them, and which change would join them. */
    readonly text: string;
    readonly remedy: string;
  }[];
  readonly text: string;
}

@Injectable()
export class ExplainPair {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly reader: ProfileReader,
    private readonly ends: ReadEnds,
    private readonly situations: LoadSituation,
  ) {}

  async execute(tenant: string, a: string, b: string): Promise<PairView> {
    return this.unitOfWork.run(async (transaction) => {
      const stored = await this.reader.rules(transaction, tenant);
      const rules = new CompiledRules(stored ?? DEFAULT_RULES);
      const asking = { transaction, tenant, rules };
      const pair = {
        a: await this.end(a, '/a', asking),
        b: await this.end(b, '/b', asking),
        rules,
      };
      return show(await this.situations.execute(transaction, pair));
    });
  }

  private async end(text: string, pointer: string, asking: Asking): Promise<AskedEnd> {
    const end = this.ends.read(text, asking);
    if (end.status === 'unparseable') {
      const detail = 'This identifier cannot be read.';
      const errors = [{ pointer, code: 'unparseable-identifier', detail }] as const;
      throw new Problem('unparseable-identifier', detail, { errors });
    }
    if (end.status === 'unknown-type' || end.status === 'blocked-value') {
      return { ...end, said: showIdentifier(end.identifier) };
    }
    const name = await this.ends.name(end, asking);
    const [row] =
      name === undefined ? [] : await this.reader.identifiers(asking.transaction, [name]);
    const identifier = end.status === 'identifier' ? end.identifier : (row ?? null);
    const said = identifier ? showIdentifier(identifier) : text.trim();
    return row?.tenant === asking.tenant && row.first !== null
      ? { status: 'seen', said, name: row.name }
      : { status: 'never-seen', said, identifier };
  }
}

function show(situation: Situation): PairView {
  const explanation = explainPair(situation);
  const { together, profileIds, chain, apart } = explanation;
  return {
    together,
    profileIds,
    chain: chain.map((hop) => showHop(situation, hop)),
    apart: apart.map((obstacle) => showObstacle(situation, obstacle)),
    text: tell(situation, explanation),
  };
}

function showHop(
  { identifiers }: Situation,
  { from, to, evidence, call }: Hop,
): PairView['chain'][number] {
  const [a, b] = [from, to].map((name) => {
    const { type, value } = identifiers.get(name) ?? { type: '', value: '' };
    return { type, value };
  });
  const plain = { type: '', value: '' };
  return {
    a: a ?? plain,
    b: b ?? plain,
    evidence: showEvidence(evidence),
    ...(call && { call: showCall(call) }),
  };
}

function showObstacle(situation: Situation, obstacle: Obstacle): PairView['apart'][number] {
  const { evidence, call, subject, ...rest } = obstacle;
  return {
    ...rest,
    subject: subject && { type: subject.type, value: subject.value },
    evidence: evidence && showEvidence(evidence),
    ...(call && { call: showCall(call) }),
    text: tellObstacle(situation, obstacle),
    remedy: remedyOf(obstacle),
  };
}

function showCall({ callId, kind, statement }: KnownCall): ShownCall {
  return { callId, kind, ...statement };
}

function showEvidence({ at, source, id }: Evidence): ShownEvidence {
  return { source, id, occurredAt: new Date(at).toISOString() };
}
