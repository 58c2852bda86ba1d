/**
 * A call to the service line. It arrives with nothing but the caller's number, sometimes that of the household; in the
 * queue the caller may give up; the agent may authenticate the caller (customerId) in mid-call. A second, older telephone
 * system sends no single events but one `call.recorded` summary, and later a newer version of it with the wrap-up added.
 */
import { type Script, identify, MINUTE_MS, SECOND_MS } from '../script.js';
import { AGENTS, TOPICS } from './catalogue.js';
import { promise } from './promise.js';
import { survey } from './survey.js';

interface Call {
  readonly conversation: string;
  readonly topic: string;
  readonly queue: string;
  readonly agent: string;
  readonly startAt: number;
  readonly waitMs: number;
  readonly talkMs: number;
  readonly holdMs: number;
  readonly wrapUpMs: number;
  readonly answered: boolean;
}

export function call(script: Script, startAt: number): void {
  const drawn = drawCall(script, startAt);
  const isSummary = script.random.chance(0.25);
  const endedAt = startAt + drawn.waitMs + (drawn.answered ? drawn.talkMs + drawn.holdMs : 0);
  if (endedAt + drawn.wrapUpMs >= script.endAt) return;
  if (isSummary) tellSummary(script, drawn, endedAt);
  else tellEvents(script, drawn, endedAt);
  script.contacts.push({
    source: isSummary ? 'branch-telephony' : 'contact-centre',
    conversation: drawn.conversation,
    person: script.person.name,
    channel: 'phone',
    topic: drawn.topic,
    startedAt: startAt,
    endedAt,
    answered: drawn.answered,
    waitMs: drawn.waitMs,
    ...(drawn.answered
      ? { talkMs: drawn.talkMs, holdMs: drawn.holdMs, wrapUpMs: drawn.wrapUpMs }
      : {}),
  });
  if (drawn.answered && !isSummary && script.after.chance(0.15)) promise(script, endedAt);
  if (drawn.answered && !isSummary && script.random.chance(0.35)) {
    survey(script, {
      at: endedAt + script.random.between(1, 90) * MINUTE_MS,
      about: drawn.conversation,
      source: 'contact-centre',
      isHappy: drawn.waitMs < 60 * SECOND_MS,
    });
  }
}

function drawCall(script: Script, startAt: number): Call {
  const { random } = script;
  const topic = random.pick(TOPICS);
  const waitMs = Math.round(random.exponential(25_000));
  return {
    conversation: script.number('call'),
    topic,
    queue: topic === 'billing' ? 'billing-line' : 'service-line',
    agent: random.pick(AGENTS),
    startAt: Math.round(startAt),
    waitMs,
    talkMs: Math.round(30_000 + random.exponential(200_000)),
    holdMs: random.chance(0.25) ? Math.round(random.exponential(45_000)) : 0,
    wrapUpMs: Math.round(random.exponential(30_000)),
    answered: waitMs < 120_000 && random.chance(0.94),
  };
}

function caller(script: Script) {
  const { person, random } = script;
  const isFromHousehold = person.householdPhone !== undefined && random.chance(0.5);
  return identify(['phone', isFromHousehold ? person.householdPhone : person.phone]);
}

function tellEvents(script: Script, drawn: Call, endedAt: number): void {
  const { conversation, topic, queue, agent, startAt, waitMs, talkMs, holdMs, wrapUpMs } = drawn;
  const line = {
    source: 'contact-centre',
    channel: 'phone',
    direction: 'inbound',
    conversation,
    topic,
    queue,
    touchpoint: `queue:${queue}`,
    identifiers: caller(script),
  } as const;
  script.tell({ ...line, at: startAt, type: 'call.queued', data: {} });
  if (!drawn.answered) {
    script.tell({ ...line, at: endedAt, type: 'call.abandoned', data: { waitMs } });
    return;
  }
  const answeredAt = startAt + waitMs;
  script.tell({ ...line, at: answeredAt, type: 'call.answered', agent, data: { waitMs } });
  if (script.random.chance(0.6))
    authenticate(script, { at: answeredAt + 20 * SECOND_MS, conversation });
  if (holdMs > 0) {
    const heldAt = answeredAt + Math.round(talkMs / 2);
    script.tell({ ...line, at: heldAt, type: 'call.held', agent, data: {} });
    script.tell({ ...line, at: heldAt + holdMs, type: 'call.resumed', agent, data: { holdMs } });
  }
  const disposition = script.after.chance(0.7) ? 'resolved' : 'follow-up';
  const data = { waitMs, talkMs, holdMs, wrapUpMs, disposition };
  script.tell({ ...line, at: endedAt, type: 'call.ended', agent, data });
}

/** The desktop of the agent reports who the caller is, under the same call. */
function authenticate(
  script: Script,
  { at, conversation }: { at: number; conversation: string },
): void {
  script.tell({
    at,
    source: 'contact-centre',
    channel: 'phone',
    direction: 'internal',
    type: 'profile.identified',
    conversation,
    touchpoint: 'agent-desktop',
    identifiers: identify(['customerId', script.person.customerId]),
    data: { traits: { verifiedBy: 'agent' } },
  });
}

function tellSummary(script: Script, drawn: Call, endedAt: number): void {
  const { conversation, topic, queue, agent, waitMs, talkMs, holdMs, wrapUpMs, answered } = drawn;
  const line = {
    id: `summary-${conversation}`,
    source: 'branch-telephony',
    type: 'call.recorded',
    channel: 'phone',
    direction: 'inbound',
    conversation,
    topic,
    queue,
    touchpoint: `queue:${queue}`,
    at: drawn.startAt,
    identifiers: caller(script),
  } as const;
  const base = answered
    ? { waitMs, talkMs, holdMs, disposition: 'answered' }
    : { waitMs, disposition: 'abandoned' };
  script.tell({
    ...line,
    ...(answered ? { agent } : {}),
    data: { ...base, endedAt: new Date(endedAt).toISOString() },
  });
  if (!answered) return;
  script.tell({
    ...line,
    agent,
    version: 1,
    data: { ...base, wrapUpMs, endedAt: new Date(endedAt).toISOString() },
  });
}
