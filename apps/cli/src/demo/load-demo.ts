import type { Identifier } from '#contracts';
import { SystemClock } from '#kernel';
import { interactionName, simulate, type Simulation, SOURCES, withTrueClock } from '#simulator';
import { DiskFile } from '../adapters/disk-file.js';
import { HttpSink } from '../adapters/http-sink.js';
import { inPackage } from '../adapters/package-root.js';
import { readMapping } from '../adapters/read-mapping.js';
import type { TouchlineClient } from '../adapters/touchline-client.js';
import { ImportFile, type ImportProgress, type ImportSummary } from '../application/import-file.js';
import { Checkpoints } from '../application/ports.js';
import { createSources } from '../create-sources.js';
import { mapRecord } from '../domain/map-record.js';
import { postAll } from '../post-all.js';

const PURCHASES = inPackage('apps', 'cli', 'data', 'cdnow', 'CDNOW_sample.txt');
const PURCHASES_MAP = inPackage('apps', 'cli', 'data', 'cdnow', 'map.yaml');
const PEOPLE = 200;
const DAYS = 30;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** A demo starts from nothing every time. */
class NoCheckpoints extends Checkpoints {
  async load(): Promise<undefined> {
    return undefined;
  }

  async save(): Promise<void> {}

  async remove(): Promise<void> {}
}

/** Real purchases, moved so that the last was yesterday. */
export async function importPurchases(
  client: TouchlineClient,
  onProgress: (progress: ImportProgress) => void,
): Promise<ImportSummary> {
  const mapping = {
    ...(await readMapping(PURCHASES_MAP)),
    shift: { lastDate: 'yesterday' as const },
  };
  await createSources(client, [mapping.source ?? '']);
  const importer = new ImportFile(new HttpSink(client), new NoCheckpoints(), new SystemClock());
  const file = new DiskFile(PURCHASES);
  return importer.execute({ file, mapping, target: 'demo', onProgress });
}

/** Customers of the purchases, in the order of the file. */
export async function purchasers(): Promise<string[]> {
  const mapping = await readMapping(PURCHASES_MAP);
  const customers = new Set<string>();
  for await (const { values } of new DiskFile(PURCHASES).records(mapping)) {
    const mapped = mapRecord(mapping, values ?? {});
    const identifiers = mapped.ok ? (mapped.value['identifiers'] as Identifier[]) : [];
    for (const { value } of identifiers) customers.add(value);
  }
  return [...customers];
}

/** A month on every channel up to now, of people some of whom bought in the imported purchases. */
export function simulateMonth(customers: readonly string[], now: number): Simulation {
  const endAt = Math.floor(now / MINUTE_MS) * MINUTE_MS;
  return simulate({
    seed: 'demo',
    customers: PEOPLE,
    days: DAYS,
    startAt: endAt - DAYS * DAY_MS,
    customerIds: customers.slice(0, PEOPLE / 2),
  });
}

export async function postMonth(
  client: TouchlineClient,
  { interactions }: Simulation,
  onProgress: (done: number) => void,
): Promise<{ accepted: number; rejected: number }> {
  await createSources(client, SOURCES);
  return postAll(new HttpSink(client), interactions.map(withTrueClock), onProgress);
}

/** Interactions, whatever number of times they were delivered. */
export function distinctCount({ interactions }: Simulation): number {
  return new Set(interactions.map(({ post }) => interactionName(post))).size;
}

export function identifiersUsed({ interactions }: Simulation): Identifier[] {
  const used = new Map<string, Identifier>();
  for (const { post } of interactions) {
    for (const each of post.identifiers ?? []) used.set(`${each.type}:${each.value}`, each);
  }
  return [...used.values()];
}

/** Logged in somewhere, bought before, and seen on the most channels: whose timeline shows best what merging does. */
export function mostTravelled({ interactions, truth }: Simulation): string[] {
  const channels = new Map<string, Set<string>>();
  const loggedIn = new Set<string>();
  for (const { post, person } of interactions) {
    channels.set(person, (channels.get(person) ?? new Set()).add(post.channel));
    if (post.type === 'profile.identified' && post.source === 'webshop') loggedIn.add(person);
  }
  return [...loggedIn]
    .sort((a, b) => (channels.get(b)?.size ?? 0) - (channels.get(a)?.size ?? 0))
    .flatMap(
      (person) => truth.people.get(person)?.find((each) => each.startsWith('customerId:')) ?? [],
    )
    .filter((identifier) => !identifier.startsWith('customerId:c-'));
}
