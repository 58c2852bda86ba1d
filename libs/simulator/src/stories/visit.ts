/**
 * A visit to the web shop or the app. It starts anonymous on a device; sometimes the person logs in on the way
 * (`profile.identified` carries cookie, userId, customerId and e-mail), fills a cart, and orders. On the family tablet
 * people log in one after the other on the same device. Who never registered orders as a guest, by e-mail.
 */
import type { Device } from '../population.js';
import { type Script, identify, SECOND_MS } from '../script.js';
import { CAMPAIGNS, PRODUCTS } from './catalogue.js';
import { placeOrder } from './order.js';

type Product = (typeof PRODUCTS)[number];

interface Visit {
  readonly device: Device;
  readonly channel: 'web' | 'mobile';
  readonly source: 'webshop' | 'mobile-app';
  isLoggedIn: boolean;
  at: number;
  interactions: number;
}

export function visit(script: Script, startAt: number): void {
  const { random, person } = script;
  const device = random.pick(person.devices);
  const isApp = device.kind === 'mobile';
  const state: Visit = {
    device,
    channel: isApp ? 'mobile' : 'web',
    source: isApp ? 'mobile-app' : 'webshop',
    isLoggedIn: isApp && person.userId !== undefined && random.chance(0.5),
    at: startAt,
    interactions: 0,
  };
  step(script, state, isApp ? 'app.opened' : 'page.viewed', {
    touchpoint: 'home',
    data: landing(script),
  });
  browse(script, state);
  if (!state.isLoggedIn && random.chance(0.35)) logIn(script, state);
  if (random.chance(0.3)) fillCart(script, state);
  script.sessions.push({
    person: person.name,
    channel: state.channel,
    startedAt: startAt,
    endedAt: Math.min(state.at, script.endAt),
    interactions: state.interactions,
  });
}

function landing(script: Script): Record<string, unknown> {
  const url = 'https://shop.example/';
  return script.random.chance(0.25)
    ? { url, title: 'Home', campaign: script.random.pick(CAMPAIGNS) }
    : { url, title: 'Home' };
}

function browse(script: Script, state: Visit): void {
  const pages = script.random.between(1, 5);
  for (let page = 0; page < pages; page++) {
    const product = script.random.pick(PRODUCTS);
    const isSearch = script.random.chance(0.2);
    step(
      script,
      state,
      isSearch ? 'search.performed' : 'product.viewed',
      isSearch
        ? { touchpoint: 'search', data: { query: product.title.toLowerCase() } }
        : { touchpoint: 'catalogue', product: product.product, data: { title: product.title } },
    );
  }
}

function logIn(script: Script, state: Visit): void {
  const { person } = script;
  if (person.userId === undefined) return;
  state.isLoggedIn = true;
  step(script, state, 'profile.identified', {
    touchpoint: 'login',
    identifiers: identify(
      ['userId', person.userId],
      ['customerId', person.customerId],
      ['email', person.emails[0]],
      ['anonymousId', state.device.anonymousId],
      ['deviceId', state.device.deviceId],
    ),
    data: {
      traits: { email: person.emails[0], segment: person.activity > 1 ? 'gold' : 'standard' },
    },
  });
}

function fillCart(script: Script, state: Visit): void {
  const { random } = script;
  const items = Array.from({ length: random.between(1, 3) }, () => random.pick(PRODUCTS));
  const cents = items.reduce((sum, item) => sum + item.cents, 0);
  step(script, state, 'cart.updated', { touchpoint: 'cart', data: cartData(items, cents) });
  if (!random.chance(0.55)) return;
  step(script, state, 'checkout.started', { touchpoint: 'checkout', data: cartData(items, cents) });
  if (!random.chance(0.8)) return;
  if (!state.isLoggedIn) logIn(script, state);
  state.at += random.between(20, 200) * SECOND_MS;
  const isPlaced = placeOrder(script, {
    at: state.at,
    cents,
    items: items.map(({ product, title, cents: price }) => ({
      product,
      title,
      value: price / 100,
      quantity: 1,
    })),
    identifiers: state.isLoggedIn ? knownVisitor(script, state) : guest(script, state),
    source: state.source,
    channel: state.channel,
    skewMs: skewOf(state),
  });
  if (isPlaced) state.interactions++;
}

function cartData(items: readonly Product[], cents: number): Record<string, unknown> {
  return {
    items: items.map((item) => ({ product: item.product, quantity: 1 })),
    value: cents / 100,
    currency: 'USD',
  };
}

function step(
  script: Script,
  state: Visit,
  type: string,
  rest: Partial<Parameters<Script['tell']>[0]>,
): void {
  if (state.interactions > 0) state.at += script.random.between(5, 4 * 60) * SECOND_MS;
  const isTold = script.tell({
    source: state.source,
    type,
    channel: state.channel,
    direction: 'inbound',
    identifiers: state.isLoggedIn ? knownVisitor(script, state) : anonymous(state),
    at: state.at,
    skewMs: skewOf(state),
    ...rest,
  });
  if (isTold) state.interactions++;
}

const anonymous = ({ device }: Visit) =>
  identify(['anonymousId', device.anonymousId], ['deviceId', device.deviceId]);

const knownVisitor = ({ person }: Script, { device }: Visit) =>
  identify(['userId', person.userId], ['anonymousId', device.anonymousId]);

const guest = ({ person }: Script, { device }: Visit) =>
  identify(['email', person.emails[0]], ['anonymousId', device.anonymousId]);

/** Only phones keep a clock of their own. */
const skewOf = ({ device }: Visit): number | undefined =>
  device.kind === 'mobile' ? device.skewMs : undefined;
