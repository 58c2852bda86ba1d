import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

export interface Address {
  readonly host: string;
  readonly port: number;
}

const ANSWER_MAX_MS = 1_500;
const TLS_ALERT = 0x15;

/** A handshake succeeds there, whoever's the certificate. Nothing is sent through it. */
export function speaksTls({ host, port }: Address): Promise<boolean> {
  return asked((answer) =>
    connectTls({ host, port, rejectUnauthorized: false }, () => answer(true)),
  );
}

/** Something answers `question` in plain text, and not with an alert of TLS. */
export function answersPlain({ host, port }: Address, question: Uint8Array): Promise<boolean> {
  return asked((answer) => {
    const socket = connect({ host, port }, () => socket.write(question));
    socket.once('data', (data) => answer(data[0] !== TLS_ALERT));
    return socket;
  });
}

async function asked(ask: (answer: (isSo: boolean) => void) => Socket): Promise<boolean> {
  let socket: Socket | undefined;
  try {
    return await new Promise<boolean>((resolve) => {
      socket = ask(resolve);
      socket.setTimeout(ANSWER_MAX_MS, () => resolve(false));
      socket.once('error', () => resolve(false));
      socket.once('close', () => resolve(false));
    });
  } finally {
    socket?.destroy();
  }
}
