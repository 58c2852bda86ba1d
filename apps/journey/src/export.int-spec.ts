import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { OutgoingRecord } from '#event-log';
import { startApplication, type Application } from '#runtime';
import { eventually, freshDatabase, type TestDatabase } from '#testing';
import { identifiedRecord, profileRecord, START } from './application/history.fixture.js';
import { told } from './domain/told.fixture.js';
import { JourneyConfig } from './journey.config.js';
import { JourneyModule } from './journey.module.js';

/** More than two pages of the archive. */
const INTERACTIONS = 110;
const SECOND = 1_000;
let database: TestDatabase;
let application: Application;

beforeAll(async () => {
  database = await freshDatabase();
  application = await startApplication({
    name: 'journey',
    services: [{ module: JourneyModule, config: JourneyConfig }],
    environment: {
      DATABASE_URL: database.url,
      TOUCHLINE_LOG: 'postgres',
      TOUCHLINE_SECRET: 'a secret that only this test knows, 32+',
      TOUCHLINE_AUTH: 'off',
      LOG_LEVEL: 'silent',
      JOURNEY_SWEEP_MS: '50',
      PORT: '0',
    },
  });
});
afterAll(async () => {
  await application.stop();
  await database.close();
});

interface Line {
  readonly record: string;
  readonly accepted?: { readonly id: string; readonly version: number };
  readonly [member: string]: unknown;
}

async function exported(profileId: string): Promise<{ status: number; lines: Line[] }> {
  const response = await fetch(`${application.url}/v1/profiles/${profileId}/export`);
  const text = await response.text();
  const lines = text.trimEnd().split('\n');
  return { status: response.status, lines: lines.map((line) => JSON.parse(line) as Line) };
}

function version(id: string, at: number, contentRevision: number): OutgoingRecord {
  const { interaction } = told({ id, at, version: contentRevision });
  const filed = { interaction, filing: 's:1', contentRevision, knownRevision: 0 };
  return identifiedRecord(filed, { filing: 's:1', profileKey: '1', revision: 1 });
}

const named = (index: number): string => `p${String(index).padStart(3, '0')}`;

describe('the export of a profile', () => {
  it('holds itself, every version of every interaction, and its facts, over several pages', async () => {
    const names = Array.from({ length: INTERACTIONS }, (_, index) => named(index));
    await application.infrastructure.log.append([
      profileRecord({ profileKey: '1', revision: 1, isGone: false, segments: [] }),
      ...names.map((id, index) => version(id, START + index * SECOND, 1)),
      ...[2, 3].map((revision) => version('p049', START + 49 * SECOND, revision)),
    ]);
    await eventually(async () => {
      const { lines } = await exported('profile-1');
      expect(lines.at(-1)).toEqual({
        record: 'end',
        interactions: INTERACTIONS,
        replaced: 2,
        facts: 1,
      });
    });
    const { lines } = await exported('profile-1');
    expect(lines[0]).toMatchObject({ record: 'profile', profileId: 'profile-1', identifiers: [] });
    const standing = lines.filter(({ record }) => record === 'interaction');
    expect(standing.map(({ accepted }) => accepted?.id)).toEqual(names);
    const versions = lines.filter(({ accepted }) => accepted?.id === 'p049');
    expect(versions.map(({ record, accepted }) => [record, accepted?.version])).toEqual([
      ['replaced', 1],
      ['replaced', 2],
      ['interaction', 3],
    ]);
    expect(lines.find(({ record }) => record === 'fact')).toMatchObject({
      fact: { kind: 'session', measures: { pages: INTERACTIONS } },
    });
  });

  it('answers 404 for a profile that is not there', async () => {
    expect((await exported('nobody')).status).toBe(404);
  });
});
