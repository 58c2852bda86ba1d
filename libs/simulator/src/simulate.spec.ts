import { describe, expect, it } from '@jest/globals';
import { shuffleArrival, withTrueClock } from './deliver.js';
import { validateInput } from '#contracts';
import { simulate } from './simulate.js';
import { SOURCES } from './sources.js';

const startAt = Date.UTC(2026, 0, 1);
const options = { seed: 7, customers: 400, days: 30, startAt };
const { interactions, truth } = simulate(options);

describe('simulate', () => {
  it('gives equal output for equal options, and other output for another seed', () => {
    expect(simulate(options)).toEqual({ interactions, truth });
    expect(simulate({ ...options, seed: 8 }).interactions).not.toEqual(interactions);
  });

  it('comes near the asked rate', () => {
    const perPersonADay = interactions.length / options.customers / options.days;
    expect(perPersonADay).toBeGreaterThan(0.8);
    expect(perPersonADay).toBeLessThan(1.2);
  });

  it('lists interactions in order of arrival, which is not the order in which they happened', () => {
    const arrivals = interactions.map((each) => each.arrivesAt);
    expect(arrivals).toEqual([...arrivals].sort((a, b) => a - b));
    const happenings = interactions.map((each) => each.happenedAt);
    expect(happenings).not.toEqual([...happenings].sort((a, b) => a - b));
  });

  it('tells nothing outside the simulated time', () => {
    for (const { happenedAt } of interactions) {
      expect(happenedAt).toBeGreaterThanOrEqual(startAt);
      expect(happenedAt).toBeLessThan(startAt + 30 * 86_400_000);
    }
  });

  it('delivers some interactions twice and some in newer versions', () => {
    const names = interactions.map(({ post }) => `${post.source} ${post.id} ${post.version ?? 0}`);
    expect(new Set(names).size).toBeLessThan(names.length);
    expect(interactions.some(({ post }) => post.version === 1)).toBe(true);
  });

  it('gives one person one content per source, id and version', () => {
    const contents = new Map<string, string>();
    for (const { post, person } of interactions) {
      const name = `${post.source} ${post.id} ${post.version ?? 0}`;
      const content = JSON.stringify({ post, person });
      expect(contents.get(name) ?? content).toBe(content);
      contents.set(name, content);
    }
  });

  it('shares tablets and telephones between people', () => {
    const users = new Map<string, number>();
    for (const values of truth.people.values()) {
      for (const value of values) users.set(value, (users.get(value) ?? 0) + 1);
    }
    const shared = [...users]
      .filter(([, count]) => count > 1)
      .map(([value]) => value.split(':')[0]);
    expect(new Set(shared)).toEqual(new Set(['anonymousId', 'deviceId', 'phone']));
  });

  it('lets people log in after browsing anonymously on the same device', () => {
    const login = interactions.find(
      ({ post }) => post.type === 'profile.identified' && post.source === 'webshop',
    );
    const cookie = login?.post.identifiers?.find(({ type }) => type === 'anonymousId')?.value;
    const before = interactions.filter(
      ({ post, happenedAt }) =>
        happenedAt < (login?.happenedAt ?? 0) &&
        post.identifiers?.some(({ value }) => value === cookie),
    );
    expect(
      before.some(({ post }) => !post.identifiers?.some(({ type }) => type === 'userId')),
    ).toBe(true);
  });

  it('answers surveys by reference only, and counts the newest version in the truth', () => {
    const answers = interactions.filter(({ post }) => post.type === 'survey.answered');
    expect(answers.length).toBeGreaterThan(20);
    for (const { post } of answers) {
      expect(post.identifiers).toBeUndefined();
      expect(post.conversation).toBeUndefined();
    }
    for (const { id, score } of truth.surveys) {
      const versions = answers.filter(({ post }) => post.id === id);
      const newest = versions.reduce((a, b) =>
        (b.post.version ?? 0) > (a.post.version ?? 0) ? b : a,
      );
      expect(newest.post.data?.['score']).toBe(score);
    }
  });

  it('keeps the truth about orders equal to what is told', () => {
    const placed = new Map(
      interactions
        .filter(({ post }) => ['order.placed', 'store.purchased'].includes(post.type))
        .map(({ post }) => [
          post.data?.['orderId'] ?? post.data?.['receiptId'],
          post.data?.['value'],
        ]),
    );
    expect(truth.orders.length).toBeGreaterThan(50);
    expect(placed.size).toBe(truth.orders.length);
    for (const order of truth.orders) {
      expect(Number(placed.get(order.orderId))).toBeCloseTo(order.valueCents / 100, 6);
    }
  });

  it('tells only what the contract allows', () => {
    const problems = interactions.flatMap(({ post }) => [...validateInput({ ...post })]);
    expect(problems.slice(0, 3)).toEqual([]);
  });

  it('writes only to the listed sources', () => {
    const used = new Set(interactions.map(({ post }) => post.source));
    expect([...used].filter((source) => !SOURCES.some((known) => known === source))).toEqual([]);
  });

  it('puts the wrong clocks right on demand', () => {
    const skewed = interactions.find(
      ({ post, happenedAt }) => Date.parse(post.occurredAt) !== happenedAt,
    );
    expect(skewed?.post.sentAt).toBeDefined();
    if (!skewed) return;
    const right = withTrueClock(skewed);
    expect(Date.parse(right.occurredAt)).toBe(skewed.happenedAt);
    expect(right.sentAt).toBeUndefined();
  });

  it('names the first people as asked', () => {
    const named = simulate({ ...options, customers: 3, customerIds: ['00004', '00021'] });
    expect(named.truth.people.get('person-1')).toContain('customerId:00021');
    expect(named.truth.people.get('person-2')).toContain('customerId:c-2');
  });
});

describe('shuffleArrival', () => {
  it('keeps every delivery and changes the order, the same way for the same seed', () => {
    const shuffled = shuffleArrival(interactions, 1);
    expect(shuffled).not.toEqual(interactions);
    expect(shuffleArrival(interactions, 1)).toEqual(shuffled);
    expect(new Set(shuffled)).toEqual(new Set(interactions));
    expect(shuffled).toHaveLength(interactions.length);
  });
});
