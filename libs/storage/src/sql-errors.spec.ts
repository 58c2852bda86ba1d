import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { Client } from 'pg';
import { describe, expect, test } from '@jest/globals';
import { Fault } from '#kernel';
import { classify, outwards } from './sql-errors.js';

const sql = (code: string) => Object.assign(new Error(`state ${code}`), { code });
const wrapped = (code: string) =>
  Object.assign(new Error('query failed'), { driverError: sql(code) });

describe('an error of the database', () => {
  test.each(['40001', '40P01'])('%s runs the work again', (code) => {
    expect(classify(sql(code))).toBe('repeatable');
    expect(classify(wrapped(code))).toBe('repeatable');
  });

  const surroundings =
    '08006 53100 53300 57P01 57P03 57014 58030 XX000 42P01 42501 28P01 25006 55P03 3D000 ' +
    'ECONNREFUSED ECONNRESET ETIMEDOUT EPIPE ENOTFOUND';
  test.each(surroundings.split(' '))('%s is about the surroundings: the batch waits', (code) => {
    expect(classify(sql(code))).toBe('unavailable');
    expect(classify(wrapped(code))).toBe('unavailable');
    expect(outwards(sql(code))).toMatchObject({ code: 'unavailable', isRetriable: true });
  });

  test.each(['22P05', '22P02', '22003', '23505', '23514', '54000'])(
    '%s is about the record: it is set aside',
    (code) => {
      expect(classify(sql(code))).toBe('about-the-record');
      expect(classify(wrapped(code))).toBe('about-the-record');
    },
  );

  test.each([
    'Connection terminated unexpectedly',
    'Client has encountered a connection error and is not queryable',
    'timeout exceeded when trying to connect',
    'Query read timeout',
    'Cannot use a pool after calling end on the pool',
    // of TypeORM, to the statement after the one whose connection was cut
    'Query runner already released. Cannot run queries anymore.',
  ])('without a code but with the text "%s" is a lost connection', (text) => {
    expect(classify(new Error(text))).toBe('unavailable');
  });
});

/** Takes connections and never answers. */
async function silentServer(): Promise<{ port: number; close: () => void }> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => sockets.push(socket));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

test('a server that takes connections and never answers is one that is away', async () => {
  const { port, close } = await silentServer();
  const client = new Client({ host: '127.0.0.1', port, connectionTimeoutMillis: 50 });
  client.on('error', () => undefined);
  const error: unknown = await client.connect().catch((reason: unknown) => reason);
  close();
  expect(error).toBeInstanceOf(Error);
  expect(classify(error)).toBe('unavailable');
});

describe('other errors', () => {
  test('of the work itself are about the record and leave as they are', () => {
    for (const error of [
      new TypeError('x'),
      new RangeError('x'),
      new Fault('malformed-json', 'x'),
    ]) {
      expect(classify(error)).toBe('about-the-record');
      expect(outwards(error)).toBe(error);
    }
  });

  test('that say themselves that they pass are waited for', () => {
    const fault = new Fault('overloaded', 'x', { retriable: true });
    expect(classify(fault)).toBe('unavailable');
    expect(outwards(fault)).toBe(fault);
  });
});
