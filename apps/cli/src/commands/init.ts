import { TOPICS } from '#contracts';
import { type Infrastructure, loadInfrastructureConfig, openInfrastructure } from '#runtime';
import { openStorage } from '#storage';
import { SCHEMAS } from '../../../standalone/src/services.js';
import { act, newCommand } from '../new-command.js';

interface Prepared {
  readonly log: string;
  readonly topics: number;
  readonly schemas: readonly string[];
}

/**
 * What must exist before the services start: topics and tables. Services make what is missing themselves; where they start
 * many at a time, or their accounts may not, this runs first, once a version.
 */
export function init() {
  return newCommand('init', 'Make missing topics and tables, then end').action(
    act(async (terminal) => {
      const infrastructure = await openInfrastructure(loadInfrastructureConfig(process.env));
      try {
        const prepared = await prepare(infrastructure);
        terminal.result(prepared, () => {
          terminal.line(`${prepared.log}: ${prepared.topics} topics`);
          terminal.line(`database: ${prepared.schemas.join(', ')}`);
        });
      } finally {
        await infrastructure.close();
      }
    }),
  );
}

/** Opening the infrastructure has made the topics. */
async function prepare({ log, database }: Infrastructure): Promise<Prepared> {
  for (const schema of SCHEMAS) {
    const storage = await openStorage({ ...schema, databaseUrl: database.url, log });
    try {
      await storage.migrate();
    } finally {
      await storage.close();
    }
  }
  return {
    log: await log.describe(),
    topics: TOPICS.length,
    schemas: SCHEMAS.map(({ schema }) => schema),
  };
}
