import type { IHeaders, Message } from 'kafkajs';
import type { LogRecord, OutgoingRecord, TopicPartition } from '../event-log.js';

/** A record as kafkajs hands it over, from `eachBatch` as from a bare fetch. */
export interface FetchedMessage {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly timestamp: string;
  readonly offset: string;
  readonly headers?: IHeaders;
}

export function toMessage(record: OutgoingRecord, partition: number): Message {
  return { key: record.key, value: record.value, headers: { ...record.headers }, partition };
}

export function toLogRecord(message: FetchedMessage, at: TopicPartition): LogRecord {
  return {
    topic: at.topic,
    partition: at.partition,
    offset: Number(message.offset),
    appendedAt: Number(message.timestamp),
    key: message.key?.toString('utf8') ?? '',
    headers: toHeaders(message.headers),
    value: message.value,
  };
}

/** Of a header given twice (foreign producers may) the last counts. */
function toHeaders(headers: IHeaders | undefined): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const name in headers) {
    const value = headers[name];
    const last = Array.isArray(value) ? value.at(-1) : value;
    if (last !== undefined) texts[name] = last.toString();
  }
  return texts;
}
