import { Kafka, logLevel } from 'kafkajs';
import pg from 'pg';
import { ballastRecord } from './ballast.js';
import type { Arm, Ground, Measurement } from './arm.js';
import { measure, until } from './measure.js';
import { preload } from './preload.js';

/** One kafkajs `eachBatch` consumer and one insert a batch: what no pipeline with logic can exceed here. */
export const ceilingArm: Arm = {
  name: 'ceiling',
  logs: ['kafka'],
  async run(ground, interactions) {
    const topic = `bench.ceiling.${ground.round}`;
    await preload(ground, topic, interactions, ballastRecord);
    const pool = new pg.Pool({ connectionString: ground.databaseUrl, max: 1 });
    await pool.query('CREATE TABLE ceiling (id text PRIMARY KEY, body bytea)');
    try {
      return await drain(ground, topic, pool, interactions);
    } finally {
      await pool.end();
    }
  },
};

async function drain(
  ground: Ground,
  topic: string,
  pool: pg.Pool,
  interactions: number,
): Promise<Measurement> {
  const kafka = new Kafka({ brokers: [...ground.brokers], logLevel: logLevel.ERROR });
  const consumer = kafka.consumer({ groupId: `ceiling-${ground.round}`, maxWaitTimeInMs: 20 });
  let done = 0;
  const pids = { ...ground.pids, consumer: process.pid };
  try {
    return await measure(interactions, pids, async () => {
      await consumer.connect();
      await consumer.subscribe({ topic, fromBeginning: true });
      await consumer.run({
        eachBatch: async ({ batch }) => {
          const ids = batch.messages.map((message) => String(message.headers?.['ce_id']));
          const bodies = batch.messages.map((message) => message.value);
          await pool.query(
            'INSERT INTO ceiling SELECT * FROM unnest($1::text[], $2::bytea[]) ON CONFLICT DO NOTHING',
            [ids, bodies],
          );
          done += ids.length;
        },
      });
      await until(async () => done >= interactions, 120_000);
    });
  } finally {
    await consumer.disconnect();
  }
}
