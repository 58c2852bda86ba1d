import { setTimeout as sleep } from 'node:timers/promises';
import { Fault } from '#kernel';

export interface ClientOptions {
  readonly url: string;
  readonly key?: string;
  /** How long a call is repeated while the server is busy or away (default 60 s). */
  readonly patienceMs?: number;
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

interface Call {
  readonly method: string;
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as it is, instead of `body`: no digit of it is touched. */
  readonly text?: { readonly type: string; readonly content: string };
}

const REQUEST_TIMEOUT_MS = 30_000;
/** A server that has never answered is probably not there: say so soon. */
const FIRST_ANSWER_PATIENCE_MS = 3_000;
const PAUSE_MS_MAX = 10_000;

/**
 * The HTTP API as the commands use it. 429, 503 and broken connections are tried again, after `Retry-After` or with growing
 * pauses; every call here is idempotent (interactions carry ids). Other errors become a Fault with the problem's code.
 */
export class TouchlineClient {
  private hasAnswered = false;

  constructor(private readonly options: ClientOptions) {}

  async get(path: string): Promise<unknown> {
    return this.expect({ method: 'GET', path });
  }

  async post(path: string, body: unknown): Promise<unknown> {
    return this.expect({ method: 'POST', path, body });
  }

  async put(path: string, body: unknown): Promise<unknown> {
    return this.expect({ method: 'PUT', path, body });
  }

  /** The text goes as it is; absent = no body. */
  async postText(path: string, text: Call['text']): Promise<unknown> {
    return this.expect({ method: 'POST', path, text });
  }

  async delete(path: string): Promise<unknown> {
    return this.expect({ method: 'DELETE', path });
  }

  /** Any status but 429 and 503 is an answer. */
  async send(call: Call): Promise<Answer> {
    const startedAt = performance.now();
    for (let attempt = 0; ; attempt++) {
      const outcome = await this.once(call);
      if ('answer' in outcome) return outcome.answer;
      const pauseMs = outcome.retryAfterMs ?? Math.min(250 * 2 ** attempt, PAUSE_MS_MAX);
      const patienceMs = this.hasAnswered
        ? (this.options.patienceMs ?? 60_000)
        : FIRST_ANSWER_PATIENCE_MS;
      if (performance.now() + pauseMs > startedAt + patienceMs) throw outcome.fault;
      await sleep(pauseMs);
    }
  }

  private async expect(call: Call): Promise<unknown> {
    const { status, body } = await this.send(call);
    if (status < 400) return body;
    const problem = (body ?? {}) as { code?: string; detail?: string; title?: string };
    const detail =
      problem.detail ?? problem.title ?? `${call.method} ${call.path} answered ${status}`;
    throw new Fault(problem.code ?? 'internal', detail);
  }

  private async once(
    call: Call,
  ): Promise<{ answer: Answer } | { fault: Fault; retryAfterMs?: number }> {
    let response: Response;
    let text: string;
    try {
      response = await fetch(new URL(call.path, this.options.url), this.request(call));
      text = await response.text();
    } catch (error) {
      const detail = `no answer from ${this.options.url}: is it running? (touchline start)`;
      return { fault: new Fault('unavailable', detail, { retriable: true, cause: error }) };
    }
    this.hasAnswered = true;
    const answer = { status: response.status, body: parse(text) };
    if (response.status !== 429 && response.status !== 503) return { answer };
    const problem = (answer.body ?? {}) as { code?: string; detail?: string };
    const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
    return {
      fault: new Fault(problem.code ?? 'unavailable', problem.detail ?? 'the server is busy', {
        retriable: true,
      }),
      retryAfterMs: Number.isFinite(seconds) ? seconds * 1000 : undefined,
    };
  }

  private request({ method, body, text }: Call): RequestInit {
    const headers: Record<string, string> = { accept: 'application/json' };
    if (this.options.key) headers['authorization'] = `Bearer ${this.options.key}`;
    const content = text?.content ?? (body === undefined ? undefined : JSON.stringify(body));
    if (content !== undefined) headers['content-type'] = text?.type ?? 'application/json';
    return {
      method,
      headers,
      body: content,
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    };
  }
}

function parse(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
