import { Agent, request } from 'node:http';
import { setInterval as ticks } from 'node:timers/promises';

export interface Call {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: unknown;
}

interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly retryAfter: string | undefined;
}

export interface Caller {
  /** The nth call of this caller. */
  readonly call: (index: number) => Call;
  readonly answered?: (index: number, status: number) => void;
}

export interface LoadOptions {
  readonly url: string;
  readonly key: string;
  readonly callers: readonly Caller[];
  /** The load ends when this is aborted, or after `callsMax` calls of a caller. */
  readonly signal: AbortSignal;
}

const CALLS_MAX = 5_000;
const EVERY_MS = 15;

/** Answers by what they were: `GET 200`, `POST 503`, `GET 503 without Retry-After`, `POST ECONNRESET`. */
export type Tally = Record<string, number>;

/** Callers that keep their connections and send one call after another, at most one in 15 ms each. */
export async function load({ url, key, callers, signal }: LoadOptions): Promise<Tally> {
  const tally: Tally = {};
  const run = async ({ call, answered }: Caller): Promise<void> => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    let index = 0;
    for await (const _ of ticks(EVERY_MS)) {
      if (signal.aborted || index >= CALLS_MAX) break;
      const next = call(index);
      const answer = await send(new URL(next.path, url), { ...next, key, agent });
      if (typeof answer !== 'string') answered?.(index, answer.status);
      const kind = `${next.method} ${typeof answer === 'string' ? answer : kindOf(answer)}`;
      tally[kind] = (tally[kind] ?? 0) + 1;
      index += 1;
    }
    agent.destroy();
  };
  await Promise.all(callers.map(run));
  return tally;
}

function kindOf({ status, contentType, retryAfter }: Answer): string {
  if (status < 400) return String(status);
  if (!contentType.startsWith('application/problem+json')) return `${status} in ${contentType}`;
  return status === 503 && retryAfter === undefined ? '503 without Retry-After' : String(status);
}

/** The answer, or the code of what broke the connection. */
function send(
  url: URL,
  { method, body, key, agent }: Call & { readonly key: string; readonly agent: Agent },
): Promise<Answer | string> {
  return new Promise((resolve) => {
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    const outgoing = request(url, { method, headers, agent }, (answer) => {
      answer.resume();
      answer.on('error', () => resolve('an answer that broke off'));
      answer.on('end', () =>
        resolve({
          status: answer.statusCode ?? 0,
          contentType: answer.headers['content-type'] ?? 'nothing',
          retryAfter: answer.headers['retry-after'],
        }),
      );
    });
    outgoing.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
