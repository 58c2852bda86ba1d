import { createSocket } from 'node:dgram';
import type { AddressInfo } from 'node:net';

export interface LoopbackNames {
  /** host:port */
  readonly address: string;
  stop(): Promise<void>;
}

const HEADER_BYTES = 12;
const TYPE_A = 1;
const ANSWER = 0x8180;
const TTL_SECONDS = 1;

/** A name server that answers every name alike, as a headless service of Kubernetes does: all replicas' addresses. */
export async function serveNames(addresses: readonly string[]): Promise<LoopbackNames> {
  const socket = createSocket('udp4');
  socket.on('message', (query, { address, port }) => {
    socket.send(answer(query, addresses), port, address);
  });
  await new Promise<void>((done) => socket.bind(0, '127.0.0.1', done));
  const { address, port } = socket.address() as AddressInfo;
  return {
    address: `${address}:${port}`,
    stop: () => new Promise((done) => socket.close(() => done())),
  };
}

/** RFC 1035 §4: the question again, then one record of type A for each address; other types have none. */
function answer(query: Buffer, addresses: readonly string[]): Buffer {
  let end = HEADER_BYTES;
  while (query[end] !== 0) end += (query[end] ?? 0) + 1;
  const question = query.subarray(HEADER_BYTES, end + 5);
  const found = query.readUInt16BE(end + 1) === TYPE_A ? addresses : [];
  const header = Buffer.alloc(HEADER_BYTES);
  query.copy(header, 0, 0, 2);
  [ANSWER, 1, found.length].forEach((word, index) => header.writeUInt16BE(word, 2 + 2 * index));
  return Buffer.concat([header, question, ...found.map(record)]);
}

function record(address: string): Buffer {
  const start = Buffer.from([0xc0, HEADER_BYTES, 0, TYPE_A, 0, 1, 0, 0, 0, TTL_SECONDS, 0, 4]);
  return Buffer.concat([start, Buffer.from(address.split('.').map(Number))]);
}
