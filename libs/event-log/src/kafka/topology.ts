import type { Admin, PartitionMetadata } from 'kafkajs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Fault } from '#kernel';
import type { PartitionRange } from '../event-log.js';
import { asUnavailable } from './kafka-client.js';

const LEADERS_DEADLINE_MS = 15_000;

/** Topics of the cluster under the names without prefix. Partitions never change in place, so they are asked for once. */
export class Topology {
  private readonly partitions = new Map<string, number>();
  private answered: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly admin: Admin,
    private readonly prefix: string,
  ) {}

  prefixed(topic: string): string {
    return this.prefix + topic;
  }

  bare(topic: string): string {
    return topic.slice(this.prefix.length);
  }

  /** Number of partitions of each, in the order of the calls; throws a Fault when a topic does not exist. */
  partitionsOf(topics: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const answer = this.answered.then(() => this.lookUp(topics));
    this.answered = answer.catch(() => undefined);
    return answer;
  }

  async ranges(topics: readonly string[]): Promise<readonly PartitionRange[]> {
    await this.partitionsOf(topics);
    const byTopic = await Promise.all(
      topics.map(async (topic) => {
        const offsets = await this.ask(() => this.admin.fetchTopicOffsets(this.prefixed(topic)));
        return offsets
          .map(({ partition, low, high }) => ({
            topic,
            partition,
            earliest: Number(low),
            next: Number(high),
          }))
          .sort((a, b) => a.partition - b.partition);
      }),
    );
    return byTopic.flat();
  }

  /**
   * Topics just made become known to the brokers one after the other; until then appends and reads would be refused. A broker
   * names itself leader in its metadata some time before it takes records: an append in between lands in part, and kafkajs
   * sends all of it again (decision 0007). So every leader is asked for its offsets too, which it answers only as leader.
   */
  async untilLed(topics: readonly string[]): Promise<void> {
    const deadline = performance.now() + LEADERS_DEADLINE_MS;
    for (;;) {
      const fault = await this.faultOfLeaders(topics).catch(asUnavailable);
      if (fault === undefined) return;
      if (performance.now() > deadline) throw fault;
      await sleep(50);
    }
  }

  private async faultOfLeaders(topics: readonly string[]): Promise<Fault | undefined> {
    const names = topics.map((topic) => this.prefixed(topic));
    const metadata = await this.admin.fetchTopicMetadata({ topics: names });
    const areLed = metadata.topics.every(
      ({ partitions }) => partitions.length > 0 && partitions.every(isLed),
    );
    if (!areLed) {
      return new Fault('unavailable', 'Kafka found no leaders for new topics', { retriable: true });
    }
    await Promise.all(names.map((name) => this.admin.fetchTopicOffsets(name)));
    return undefined;
  }

  private async lookUp(topics: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const missing = topics.filter((topic) => !this.partitions.has(topic));
    if (missing.length > 0) await this.load(missing);
    return this.partitions;
  }

  private async load(topics: readonly string[]): Promise<void> {
    const existing = new Set(await this.ask(() => this.admin.listTopics()));
    const absent = topics.find((topic) => !existing.has(this.prefixed(topic)));
    if (absent !== undefined) {
      throw new Fault('not-found', `the log has no topic ${absent}: create it with ensureTopics`);
    }
    const metadata = await this.ask(() =>
      this.admin.fetchTopicMetadata({ topics: topics.map((topic) => this.prefixed(topic)) }),
    );
    for (const { name, partitions } of metadata.topics)
      this.partitions.set(this.bare(name), partitions.length);
  }

  private async ask<Value>(call: () => Promise<Value>): Promise<Value> {
    try {
      return await call();
    } catch (error) {
      throw asUnavailable(error);
    }
  }
}

function isLed({ leader, partitionErrorCode }: PartitionMetadata): boolean {
  return leader >= 0 && partitionErrorCode === 0;
}
