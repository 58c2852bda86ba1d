/** Stories pin what properties do not: what a reader of a timeline expects to see. In memory, through the use case. */
import { MemoryErasureStore } from './adapters/memory/memory-erasure.store.js';
import { describe, expect, it } from '@jest/globals';
import { HEADER, TOPIC } from '#contracts';
import type { ProfileChanged } from '#contracts';
import type { LogRecord, OutgoingRecord } from '#event-log';
import { MemoryIdentityStore } from './adapters/memory/memory-identity.store.js';
import { ResolveBatch } from './application/resolve-batch.js';
import { DEFAULT_RULES } from './domain/rules.js';
import type { Sighting } from './domain/resolve-from-scratch.js';
import { SECRET, TENANT, nameOf, recordOf } from './testing/histories.fixture.js';

let sequence = 0;

interface Seen extends Partial<Omit<Sighting, 'identifiers'>> {
  readonly body?: object;
}

/** `seen('email:jane', 'anonymousId:a')`: an interaction a second after the one before. */
function seen(identifiers: readonly string[], more: Seen = {}): LogRecord {
  sequence += 1;
  const { body, ...rest } = more;
  const sighting: Sighting = {
    tenant: TENANT,
    source: 'web',
    id: `i${sequence}`,
    type: 'page.viewed',
    version: 0,
    at: sequence * 1_000,
    contentHash: `h${sequence}`,
    conversation: undefined,
    isWithdrawn: false,
    receivedAt: 0,
    identifiers: identifiers.map((text) => {
      const at = text.indexOf(':');
      return { type: text.slice(0, at), value: text.slice(at + 1) };
    }),
    ...rest,
  };
  return recordOf(sighting, sequence, body);
}

class Company {
  readonly store = new MemoryIdentityStore();
  readonly published: OutgoingRecord[] = [];
  private readonly resolveBatch = new ResolveBatch(
    { revision: (counter: number) => counter } as never,
    this.store,
    { value: SECRET },
    new MemoryErasureStore(this.store),
  );

  async sees(...records: LogRecord[]): Promise<OutgoingRecord[]> {
    const outgoing = await this.resolveBatch.resolve({} as never, records);
    this.published.push(...outgoing);
    return [...outgoing];
  }

  profileOf(text: string): string | undefined {
    const row = this.store.identifierRows.get(name(text));
    return row?.profileKey === null || row === undefined
      ? undefined
      : this.store.profileRows.get(row.profileKey)?.profileId;
  }

  standing(text: string): string | null | undefined {
    return this.store.identifierRows.get(name(text))?.standing;
  }

  anchors(): string[] {
    return [...this.store.filingRows.values()].map((row) => row.anchor).sort();
  }

  codes(): string[] {
    return this.store.decisionRows.map((row) => row.code).sort();
  }
}

function name(text: string): string {
  const at = text.indexOf(':');
  return nameOf({ type: text.slice(0, at), value: text.slice(at + 1) });
}

const on = (
  records: readonly OutgoingRecord[],
  topic: { readonly name: string },
): OutgoingRecord[] => records.filter((record) => record.topic === topic.name);

const bodyOf = <Body>(record: OutgoingRecord | undefined): Body =>
  JSON.parse(record?.value?.toString() ?? 'null') as Body;

describe('anonymous, then login', () => {
  it('files the visits before the login under the person, and old ids still answer', async () => {
    const shop = new Company();
    await shop.sees(seen(['anonymousId:a']), seen(['anonymousId:a']));
    expect(shop.profileOf('anonymousId:a')).toBe(name('anonymousId:a'));
    const outgoing = await shop.sees(seen(['anonymousId:a', 'userId:jane']));
    expect(shop.profileOf('anonymousId:a')).toBe(name('userId:jane'));
    const [changed] = on(outgoing, TOPIC.profileChanged).map(bodyOf<ProfileChanged>);
    expect(changed?.profileId).toBe(name('userId:jane'));
    expect(changed?.formerIds).toEqual([name('anonymousId:a')]);
    // The profile kept its key, so nothing had to move.
    expect(on(outgoing, TOPIC.filingMoved)).toEqual([]);
    expect(shop.codes()).toEqual([]);
  });

  it('moves the smaller side when two known sides turn out to be one', async () => {
    const shop = new Company();
    await shop.sees(seen(['userId:jane', 'email:jane@x.de']), seen(['userId:jane']));
    await shop.sees(seen(['anonymousId:a']));
    const outgoing = await shop.sees(seen(['anonymousId:a', 'email:jane@x.de']));
    const moved = on(outgoing, TOPIC.filingMoved);
    expect(moved).toHaveLength(1);
    expect(bodyOf<{ anchor: string; profileId: string }>(moved[0])).toMatchObject({
      anchor: 'anonymousId:a',
      profileId: name('userId:jane'),
    });
    const tombstones = on(outgoing, TOPIC.profileChanged).filter((record) => record.value === null);
    expect(tombstones).toHaveLength(1);
    expect(tombstones[0]?.headers[HEADER.revision]).toBe('2');
  });
});

describe('family tablet', () => {
  it('belongs to neither of two people who logged in on it', async () => {
    const shop = new Company();
    await shop.sees(seen(['deviceId:tablet', 'userId:anna']));
    expect(shop.profileOf('deviceId:tablet')).toBe(name('userId:anna'));
    await shop.sees(seen(['deviceId:tablet', 'userId:ben']), seen(['deviceId:tablet']));
    expect(shop.standing('deviceId:tablet')).toBe('shared');
    expect(shop.profileOf('userId:anna')).not.toBe(shop.profileOf('userId:ben'));
    expect(shop.store.decisionRows).toMatchObject([
      { code: 'shared-identifier', rivals: [name('userId:anna'), name('userId:ben')].sort() },
    ]);
    // With a login it is the person's, without one the tablet's own.
    expect(shop.anchors()).toEqual(['deviceId:tablet', 'userId:anna', 'userId:ben']);
  });

  it('a consent withdrawn on it restricts both', async () => {
    const shop = new Company();
    await shop.sees(seen(['deviceId:t', 'userId:anna']), seen(['deviceId:t', 'userId:ben']));
    const body = { data: { purpose: 'ads', granted: false } };
    const outgoing = await shop.sees(seen(['deviceId:t'], { type: 'consent.changed', body }));
    const restricted = on(outgoing, TOPIC.profileChanged)
      .map(bodyOf<ProfileChanged>)
      .filter((profile) => profile.consents['ads']?.granted === false);
    expect(restricted.map((profile) => profile.profileId).sort()).toEqual(
      ['deviceId:t', 'userId:anna', 'userId:ben'].map(name).sort(),
    );
  });

  it('a consent withdrawn on it restricts who comes to share it later, as long as that holds', async () => {
    const shop = new Company();
    await shop.sees(seen(['deviceId:t', 'userId:anna']), seen(['deviceId:t', 'userId:ben']));
    const body = { data: { purpose: 'ads', granted: false } };
    await shop.sees(seen(['deviceId:t'], { type: 'consent.changed', body }));
    const restricted = (outgoing: readonly OutgoingRecord[]): (boolean | undefined)[] =>
      on(outgoing, TOPIC.profileChanged)
        .map(bodyOf<ProfileChanged>)
        .filter((profile) => profile.profileId === name('userId:cleo'))
        .map((profile) => profile.consents['ads']?.granted);
    expect(restricted(await shop.sees(seen(['userId:cleo'])))).toEqual([undefined]);
    const lent = seen(['deviceId:t', 'userId:cleo'], { id: 'lent' });
    expect(restricted(await shop.sees(lent))).toEqual([false]);
    const other = seen(['deviceId:other', 'userId:cleo'], { id: 'lent', version: 1 });
    expect(restricted(await shop.sees(other))).toEqual([undefined]);
  });
});

describe('calls', () => {
  it('a switchboard number shared by colleagues joins nobody', async () => {
    const desk = new Company();
    for (const who of ['anna', 'ben', 'cleo']) {
      await desk.sees(seen(['phone:+4930', `customerId:${who}`], { conversation: `call ${who}` }));
    }
    expect(desk.standing('phone:+4930')).toBe('shared');
    expect(desk.anchors()).toEqual(['customerId:anna', 'customerId:ben', 'customerId:cleo']);
  });

  it('a caller who is authenticated in minute two has the whole call', async () => {
    const desk = new Company();
    await desk.sees(seen(['phone:+4930', 'customerId:a']), seen(['phone:+4930', 'customerId:b']));
    await desk.sees(seen(['phone:+4930'], { conversation: 'call 7' }));
    const outgoing = await desk.sees(seen(['customerId:b'], { conversation: 'call 7' }));
    const moved = on(outgoing, TOPIC.filingMoved).map(
      bodyOf<{ anchor: string; profileId: string }>,
    );
    expect(moved).toMatchObject([{ anchor: 'customerId:b', profileId: name('customerId:b') }]);
  });

  it('a ticket with several customers makes no one person of them', async () => {
    const desk = new Company();
    const conversation = 'ticket 1';
    await desk.sees(
      seen(['customerId:a', 'email:a@x.de'], { conversation }),
      seen(['customerId:b', 'email:b@x.de'], { conversation }),
      seen(['anonymousId:chat'], { conversation }),
    );
    expect(desk.profileOf('email:a@x.de')).toBe(name('customerId:a'));
    expect(desk.profileOf('email:b@x.de')).toBe(name('customerId:b'));
    expect(desk.profileOf('anonymousId:chat')).toBe(name('anonymousId:chat'));
  });

  it('a second customer in a ticket takes back what the first seemed to prove', async () => {
    const desk = new Company();
    const conversation = 'ticket 2';
    await desk.sees(
      seen(['customerId:a'], { conversation }),
      seen(['email:x@x.de'], { conversation }),
    );
    expect(desk.profileOf('email:x@x.de')).toBe(name('customerId:a'));
    await desk.sees(seen(['customerId:b'], { conversation }));
    expect(desk.profileOf('email:x@x.de')).toBe(name('email:x@x.de'));
  });

  it('a conversation of everybody is none: each interaction stands alone', async () => {
    const desk = new Company();
    const many = Array.from({ length: 25 }, (_, n) =>
      seen([`email:e${n}@x.de`], { conversation: 'all' }),
    );
    await desk.sees(seen(['customerId:a'], { conversation: 'all' }), ...many.slice(0, 10));
    expect(desk.profileOf('email:e3@x.de')).toBe(name('customerId:a'));
    const outgoing = await desk.sees(...many.slice(10));
    expect(desk.profileOf('email:e3@x.de')).toBe(name('email:e3@x.de'));
    expect(new Set(desk.anchors()).size).toBe(26);
    expect(on(outgoing, TOPIC.filingMoved)).toHaveLength(10);
  });
});

describe('two customers, one e-mail', () => {
  it('the address is shared; each keeps the own interactions', async () => {
    const shop = new Company();
    await shop.sees(
      seen(['customerId:a', 'email:us@x.de']),
      seen(['customerId:b', 'email:us@x.de']),
    );
    expect(shop.standing('email:us@x.de')).toBe('shared');
    expect(shop.anchors()).toEqual(['customerId:a', 'customerId:b']);
  });

  it('the newer version of one interaction gives the address back', async () => {
    const shop = new Company();
    await shop.sees(seen(['customerId:a', 'email:us@x.de']));
    await shop.sees(seen(['customerId:b', 'email:us@x.de'], { id: 'typo' }));
    await shop.sees(seen(['customerId:b', 'email:b@x.de'], { id: 'typo', version: 1 }));
    expect(shop.profileOf('email:us@x.de')).toBe(name('customerId:a'));
    expect(shop.profileOf('email:b@x.de')).toBe(name('customerId:b'));
    expect(shop.codes()).toEqual([]);
  });
});

describe('duplicate storm', () => {
  it('publishes one interaction once, and a replaced one with its old time', async () => {
    const shop = new Company();
    const record = seen(['userId:jane'], { id: 'once' });
    const first = await shop.sees(record, record, record);
    expect(on(first, TOPIC.interactionIdentified)).toHaveLength(1);
    expect(first[first.length - 1]?.value).toBe(record.value);
    expect(await shop.sees(record, record)).toEqual([]);
    const edited = seen(['userId:jane'], { id: 'once', version: 1 });
    const [again] = on(await shop.sees(edited), TOPIC.interactionIdentified);
    expect(again?.headers[HEADER.contentRevision]).toBe('2');
    expect(again?.headers[HEADER.previousOccurredAt]).toBe(record.headers[HEADER.occurredAt]);
  });
});

describe('two contents of one version', () => {
  it('the smaller hash counts, whichever came last', async () => {
    const told = { id: 'twice', at: 5_000_000 };
    const one = () => seen(['email:one@x.org'], { ...told, contentHash: 'a' });
    const other = () => seen(['email:other@x.org'], { ...told, contentHash: 'b' });
    for (const order of [
      [one, other],
      [other, one],
    ]) {
      const shop = new Company();
      for (const record of order) await shop.sees(record());
      expect([...shop.store.winnerRows.values()].map((row) => row.contentHash)).toEqual(['a']);
      expect(shop.profileOf('email:other@x.org')).toBeUndefined();
    }
  });
});

describe('hub', () => {
  it('a kiosk is a profile of its own; a loyal customer with 500 cookies is none', async () => {
    const shop = new Company();
    const { hubLimit } = DEFAULT_RULES;
    const visits = Array.from({ length: hubLimit + 1 }, (_, n) =>
      seen(['deviceId:kiosk', `email:e${n}@x.de`]),
    );
    await shop.sees(...visits.slice(0, hubLimit));
    await shop.sees(...visits.slice(hubLimit));
    expect(shop.standing('deviceId:kiosk')).toBe('hub');
    expect(shop.profileOf('email:e7@x.de')).toBe(name('email:e7@x.de'));
    const cookies = Array.from({ length: 500 }, (_, n) =>
      seen(['userId:loyal', `anonymousId:c${n}`]),
    );
    await shop.sees(...cookies);
    expect(shop.profileOf('anonymousId:c499')).toBe(name('userId:loyal'));
    expect(shop.codes()).toEqual(['hub']);
  });
});

describe('interactions of nobody', () => {
  it('a conversation without identifiers is its own until somebody is found in it', async () => {
    const desk = new Company();
    const [bare] = on(
      await desk.sees(seen(['email:null'], { conversation: 'c' })),
      TOPIC.interactionIdentified,
    );
    const outgoing = await desk.sees(seen(['customerId:a'], { conversation: 'c' }));
    expect(bare?.headers[HEADER.anchor]).toMatch(/^c:/);
    expect(bodyOf(on(outgoing, TOPIC.filingMoved)[0])).toMatchObject({ anchor: 'customerId:a' });
  });
});

describe('traits', () => {
  it('the newest of each holds, and follows the person', async () => {
    const shop = new Company();
    const traits = (segment: string): Seen => ({
      type: 'profile.identified',
      body: { data: { traits: { segment, name: 'Jane' } } },
    });
    await shop.sees(seen(['anonymousId:a'], traits('new')));
    await shop.sees(seen(['userId:jane'], traits('gold')));
    const outgoing = await shop.sees(seen(['userId:jane', 'anonymousId:a']));
    const profiles = on(outgoing, TOPIC.profileChanged).filter((record) => record.value !== null);
    const jane = bodyOf<ProfileChanged>(profiles[0]);
    expect(jane.traits['segment']?.value).toBe('gold');
    expect(jane.segments.map((segment) => segment.value)).toEqual(['new', 'gold']);
  });

  it('follow a filing to another person though no identifier moved: both are told', async () => {
    const desk = new Company();
    const ticket = { conversation: 't1' };
    const traits = { type: 'profile.identified', body: { data: { traits: { segment: 'gold' } } } };
    await desk.sees(seen(['email:late@x.org'], { ...ticket, ...traits, at: 2_000_000 }));
    // A colleague wrote in the ticket before: of two addresses of one ticket the first owns it, and neither is the other.
    const outgoing = await desk.sees(seen(['email:early@x.org'], { ...ticket, at: 1_000_000 }));
    const told = new Map(
      on(outgoing, TOPIC.profileChanged)
        .map((record) => bodyOf<ProfileChanged>(record))
        .map((profile) => [profile.identifiers[0]?.value, profile.segments.length]),
    );
    expect(told).toEqual(
      new Map([
        ['early@x.org', 1],
        ['late@x.org', 0],
      ]),
    );
  });
});
