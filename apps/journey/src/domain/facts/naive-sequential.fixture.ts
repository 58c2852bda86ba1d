/**
 * The oracle of the sequential kinds of this folder, written apart from the folds it judges: each fact is found by looking at
 * the whole timeline of one profile. `passed` is the instant up to which time has passed. Without the bounds on open items.
 */
import { isDigital, parseMoney, type Interaction } from '#contracts';
import { stableHash } from '#kernel';

export interface NaiveTold {
  readonly profileKey: string;
  readonly interaction: Interaction;
}

export interface NaiveSequentialFact {
  kind: string;
  id: string;
  profileKey: string;
  from: number;
  to: number;
  at: number;
  dims: Record<string, string>;
  measures: Record<string, number>;
  /** All that it counts. */
  refs: string[];
  status: string;
  finalAt?: number;
}

const HOURS = 3_600_000;
const DAYS = 24 * HOURS;
const time = (entry: NaiveTold): number => Date.parse(entry.interaction.occurredAt);
const namesOf = (entries: readonly NaiveTold[]): string[] =>
  entries.map(({ interaction: { source, id } }) => `${source}/${id}`);
const type = (entry: NaiveTold): string => entry.interaction.type;
const is = (condition: boolean): number => (condition ? 1 : 0);

/** Whether any sequential kind takes it: what is due before it has happened. */
export function isTakenInSequence(entry: NaiveTold): boolean {
  const { interaction } = entry;
  const isTalk =
    /^(call|chat)\.|^(email\.(received|sent)|social\.(messaged|replied)|desk\.visited)$/.test(
      interaction.type,
    );
  const isReply = ['email.sent', 'social.replied'].includes(interaction.type);
  const isAgent =
    interaction.type === 'chat.transferred' ||
    (interaction.type === 'chat.message' && interaction.data['author'] === 'agent');
  return (
    interaction.stage !== undefined ||
    isDigital(interaction) ||
    isAgent ||
    (isTalk && (interaction.conversation !== undefined || (!isReply && !isOutward(entry)))) ||
    /^(case|selfservice)\.|^(email|sms)\.bounced$|^(cart\.updated|checkout\.started|order\.placed|survey\.(invited|answered))$/.test(
      interaction.type,
    )
  );
}

/** `line`: one profile's interactions in timeline order. */
export function naiveSequential(line: readonly NaiveTold[], passed: number): NaiveSequentialFact[] {
  return [
    ...stages(line),
    ...invitations(line, passed),
    ...runs(line, passed),
    ...carts(line, passed),
    ...issues(line, passed),
  ];
}

function fact(
  kind: string,
  members: readonly NaiveTold[],
  rest: Pick<NaiveSequentialFact, 'at' | 'measures' | 'status'> & Partial<NaiveSequentialFact>,
): NaiveSequentialFact {
  const first = members[0] as NaiveTold;
  const { tenant, source, id } = first.interaction;
  return {
    kind,
    id: stableHash(tenant, kind, source, id),
    profileKey: first.profileKey,
    from: time(first),
    to: time(members.at(-1) as NaiveTold),
    dims: own(first.interaction),
    refs: namesOf(members),
    ...rest,
  };
}

function own(interaction: Interaction): Record<string, string> {
  const names = 'channel touchpoint queue agent topic product store campaign stage source'.split(
    ' ',
  );
  const all = interaction as unknown as Record<string, string | undefined>;
  return Object.fromEntries(names.flatMap((name) => (all[name] ? [[name, all[name]]] : [])));
}

const until = (finalAt: number, passed: number) =>
  ({ finalAt, status: finalAt <= passed ? 'final' : 'provisional' }) as const;

function stages(line: readonly NaiveTold[]): NaiveSequentialFact[] {
  const staged = line.filter((entry) => entry.interaction.stage !== undefined);
  return staged
    .filter(
      (entry, index) =>
        staged.findIndex((other) => other.interaction.stage === entry.interaction.stage) === index,
    )
    .map((entry) =>
      fact('stage', [entry], {
        at: time(entry),
        measures: { entered: 1, timeToStageMs: time(entry) - time(staged[0] as NaiveTold) },
        status: 'final',
      }),
    );
}

function invitations(line: readonly NaiveTold[], passed: number): NaiveSequentialFact[] {
  const about = ({ interaction }: NaiveTold) =>
    (interaction.data['about'] as string | undefined) ?? interaction.conversation;
  const instrument = ({ interaction }: NaiveTold) =>
    interaction.data['instrument'] as string | undefined;
  const sent = line.filter((entry) => type(entry) === 'survey.invited');
  const answers = new Map<NaiveTold, NaiveTold>();
  const bounces = new Map<NaiveTold, NaiveTold[]>();
  for (const [index, word] of line.entries()) {
    const candidates = sent.filter(
      (entry) =>
        line.indexOf(entry) < index &&
        time(word) <= time(entry) + 30 * DAYS &&
        !answers.has(entry) &&
        about(entry) !== undefined &&
        about(entry) === about(word) &&
        (!instrument(entry) || !instrument(word) || instrument(entry) === instrument(word)),
    );
    const last = candidates.at(-1);
    if (last === undefined) continue;
    if (type(word) === 'survey.answered') answers.set(last, word);
    if (type(word) === 'email.bounced') bounces.set(last, [...(bounces.get(last) ?? []), word]);
  }
  return sent.map((entry) => {
    const answer = answers.get(entry);
    const bounced = bounces.get(entry) ?? [];
    const measures = {
      ...(instrument(entry) ? { [instrument(entry) as string]: 1 } : {}),
      delivered: is(answer !== undefined || bounced.length === 0),
      answered: is(answer !== undefined),
    };
    const members = [entry, ...bounced, ...(answer ? [answer] : [])];
    const end = answer ? { status: 'final' } : until(time(entry) + 30 * DAYS, passed);
    return fact('invitation', members, { at: time(entry), measures, ...end });
  });
}

function isOutward({ interaction }: NaiveTold): boolean {
  return interaction.direction === 'outbound' || interaction.direction === 'internal';
}

function runs(line: readonly NaiveTold[], passed: number): NaiveSequentialFact[] {
  const found: NaiveTold[][] = [];
  for (const entry of line.filter((one) => type(one).startsWith('selfservice.'))) {
    const { source, conversation, data } = entry.interaction;
    const going = found
      .filter((run) => {
        const head = (run[0] as NaiveTold).interaction;
        const isSame =
          conversation === undefined
            ? head.conversation === undefined && head.data['flow'] === data['flow']
            : head.conversation === conversation;
        return (
          isSame && head.source === source && time(entry) - time(run.at(-1) as NaiveTold) <= DAYS
        );
      })
      .at(-1);
    const isNew = conversation === undefined && type(entry) === 'selfservice.started';
    if (going && !isNew) going.push(entry);
    else found.push([entry]);
  }
  return found.map((run) => {
    const end = time(run.at(-1) as NaiveTold);
    const has = (name: string) => is(run.some((entry) => type(entry) === `selfservice.${name}`));
    const escalated = run.some((entry) => entry.interaction.data['escalated'] === true);
    const isMet = line
      .slice(line.indexOf(run[0] as NaiveTold) + 1)
      .some(
        (entry) =>
          time(entry) <= end + DAYS &&
          ((type(entry) === 'chat.message' && entry.interaction.data['author'] === 'agent') ||
            (/^(call\.(queued|answered|abandoned|recorded)|email\.received|desk\.visited|social\.messaged|case\.(re)?opened)$/.test(
              type(entry),
            ) &&
              !isOutward(entry))),
      );
    const measures = {
      completed: has('completed'),
      failed: has('failed'),
      escalated: is(escalated),
      durationMs: end - time(run[0] as NaiveTold),
      contained: is(!escalated),
      trulyContained: is(!escalated && !isMet),
    };
    return fact('selfservice', run, {
      at: time(run[0] as NaiveTold),
      measures,
      ...until(end + DAYS, passed),
    });
  });
}

interface NaiveCart {
  readonly updates: NaiveTold[];
  order?: NaiveTold;
}

function carts(line: readonly NaiveTold[], passed: number): NaiveSequentialFact[] {
  const found: NaiveCart[] = [];
  const idOf = (entry: NaiveTold) => entry.interaction.data['cartId'] as string | undefined;
  const last = ({ updates }: NaiveCart) => updates.at(-1) as NaiveTold;
  for (const entry of line) {
    const open = found.filter((one) => !one.order && time(entry) <= time(last(one)) + 8 * DAYS);
    if (type(entry) === 'cart.updated' || type(entry) === 'checkout.started') {
      const same = open.findLast(
        (one) =>
          idOf(one.updates[0] as NaiveTold) === idOf(entry) &&
          (idOf(entry) !== undefined || time(entry) <= time(last(one)) + DAYS),
      );
      if (same) same.updates.push(entry);
      else found.push({ updates: [entry] });
    } else if (type(entry) === 'order.placed') {
      const latest = Math.max(...open.map((one) => time(last(one))));
      const bought =
        open.findLast(
          (one) => idOf(entry) !== undefined && idOf(one.updates[0] as NaiveTold) === idOf(entry),
        ) ?? open.findLast((one) => time(last(one)) === latest);
      if (bought) bought.order = entry;
    }
  }
  return found.map((one) => {
    const at = time(last(one));
    const orderedAt = one.order && time(one.order);
    const isLate =
      (orderedAt ?? Math.max(passed, at)) - at > DAYS || (!orderedAt && at + DAYS <= passed);
    const valued = one.updates.findLast(
      (entry) => parseMoney(entry.interaction.data['value']) !== undefined,
    );
    const value = valued && parseMoney(valued.interaction.data['value']);
    const currency = valued?.interaction.data['currency'] as string | undefined;
    const measures = {
      ...(value === undefined ? {} : { value }),
      ordered: is(orderedAt !== undefined),
      abandoned: is(isLate),
      recovered: is(isLate && orderedAt !== undefined),
    };
    const dims = own((one.updates[0] as NaiveTold).interaction);
    if (currency) dims['currency'] = currency;
    const end = one.order ? { status: 'final' } : until(at + 8 * DAYS, passed);
    const members = [...one.updates, ...(one.order ? [one.order] : [])];
    return fact('cart', members, { at, dims, measures, ...end });
  });
}

interface NaiveIssue {
  topic: string;
  /** First interaction of each contact. */
  readonly contacts: NaiveTold[];
  readonly words: NaiveTold[];
}

function issues(line: readonly NaiveTold[], passed: number): NaiveSequentialFact[] {
  const found: NaiveIssue[] = [];
  const talk = ({ interaction: { source, conversation } }: NaiveTold) =>
    conversation === undefined ? undefined : `${source} ${conversation}`;
  const isWord = (entry: NaiveTold) =>
    /^(call|chat|case)\./.test(type(entry)) ||
    ['email.received', 'email.sent', 'social.messaged', 'social.replied', 'desk.visited'].includes(
      type(entry),
    );
  const endOf = (one: NaiveIssue) =>
    time(one.words.at(-1) as NaiveTold) + (openCases(one).length > 0 ? 90 : 7) * DAYS;
  for (const entry of line.filter(isWord)) {
    const open = found.filter((one) => time(entry) <= endOf(one));
    const going = open.find((one) =>
      one.contacts.some((opening) => talk(opening) !== undefined && talk(opening) === talk(entry)),
    );
    const { topic = '' } = entry.interaction;
    const sameTopic = open.find((one) => one.topic === topic);
    const isAnswerOnly = ['email.sent', 'social.replied'].includes(type(entry));
    if (going) {
      going.words.push(entry);
      if (going.topic === '' && sameTopic === undefined) going.topic = topic;
    } else if (!isAnswerOnly && !isOutward(entry)) {
      const one = sameTopic ?? { topic, contacts: [], words: [] };
      if (!sameTopic) found.push(one);
      one.contacts.push(entry);
      one.words.push(entry);
    } else if (sameTopic && type(entry).startsWith('case.')) {
      sameTopic.words.push(entry);
    }
  }
  return found.map((one) => issueFact(one, { endsAt: endOf(one), passed }));
}

function openCases({ words }: NaiveIssue): string[] {
  const name = ({ interaction: { data, conversation, source, id } }: NaiveTold) =>
    data['caseId'] ? `case:${String(data['caseId'])}` : (conversation ?? `${source}:${id}`);
  const cases = words.filter((word) => /^case\.(opened|reopened|resolved)$/.test(type(word)));
  const names = new Set(cases.map(name));
  return [...names].filter((each) => {
    const newest = cases.findLast((word) => name(word) === each);
    return newest !== undefined && type(newest) !== 'case.resolved';
  });
}

function isAnswer(word: NaiveTold): boolean {
  const { data } = word.interaction;
  if (type(word) === 'chat.message') return data['author'] === 'agent';
  const talked = Number(data['talkMs'] ?? 0) > 0;
  if (type(word) === 'call.ended') return talked;
  if (type(word) === 'call.recorded')
    return talked || (data['disposition'] !== undefined && data['disposition'] !== 'abandoned');
  return [
    'call.answered',
    'desk.visited',
    'email.sent',
    'social.replied',
    'case.updated',
    'case.resolved',
  ].includes(type(word));
}

/** What the words before `index` since the contact before it say of its end. */
function isSettledBefore({ words, contacts }: NaiveIssue, opening: NaiveTold): boolean {
  const index = words.indexOf(opening);
  const from = Math.max(
    ...words.slice(0, index).map((word, at) => (contacts.includes(word) ? at : 0)),
  );
  const sayings = words.slice(from, index).flatMap((word) => {
    if (type(word) === 'case.resolved') return [true];
    if (type(word) === 'case.opened' || type(word) === 'case.reopened') return [false];
    const { disposition, outcome } = word.interaction.data;
    const said = disposition ?? outcome;
    return ['call.ended', 'call.recorded', 'chat.ended'].includes(type(word)) && said !== undefined
      ? [said === 'resolved']
      : [];
  });
  return sayings.at(-1) ?? false;
}

function issueFact(
  one: NaiveIssue,
  { endsAt, passed }: { endsAt: number; passed: number },
): NaiveSequentialFact {
  const { contacts, words, topic } = one;
  const first = words[0] as NaiveTold;
  const end = time(words.at(-1) as NaiveTold);
  const handoffs = contacts.filter((opening, index) => {
    const before = contacts[index - 1];
    return before !== undefined && before.interaction.channel !== opening.interaction.channel;
  });
  const failed = handoffs.filter((opening) => {
    const lastWord = words[words.indexOf(opening) - 1] as NaiveTold;
    return time(opening) - time(lastWord) < DAYS && !isSettledBefore(one, opening);
  });
  const resolved = words.some(isAnswer) && openCases(one).length === 0;
  const dims = own(first.interaction);
  if (topic !== '') dims['topic'] = topic;
  return {
    ...fact('issue', words, {
      at: time(first),
      dims,
      measures: {
        contacts: contacts.length,
        channels: new Set(contacts.map((opening) => opening.interaction.channel)).size,
        handoffs: handoffs.length,
        failedHandoffs: failed.length,
        repeats: contacts.length - 1,
        resolved: is(resolved),
        resolvedOnFirst: is(resolved && contacts.length === 1),
        ...(resolved ? { resolutionMs: end - time(first) } : {}),
      },
      ...until(endsAt, passed),
    }),
    refs: namesOf(contacts),
  };
}
