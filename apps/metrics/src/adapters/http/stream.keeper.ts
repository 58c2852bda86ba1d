import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import { TenantDirectory } from '#runtime';
import { OpenStream } from '../../application/streaming/open-stream.js';
import { StreamLimits } from '../../application/streaming/ports.js';
import type { OpenedStream } from '../../application/streaming/open-stream.js';
import type { StreamSession } from '../../application/streaming/stream-session.js';

type Wire = NodeJS.WritableStream & { destroy(): void };

const LOOK_EVERY_MS = 1_000;
/** From the last word to the end of the connection. */
const LAST_WORD_MS = 2_000;
const SHUTDOWN_MS = 5_000;

/** Ends streams whose key was revoked, whose client takes nothing any more, and all of them when the process goes down. */
@Injectable()
export class StreamKeeper implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly wires = new Map<StreamSession, Wire>();
  /** Streams of keys that the directory knows: there are none where authentication is off. */
  private readonly keyed = new WeakSet<StreamSession>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly streams: OpenStream,
    private readonly directory: TenantDirectory,
    private readonly limits: StreamLimits,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => this.look(), LOOK_EVERY_MS).unref();
  }

  /** `wire`: the connection, which takes the session with it. */
  keep({ session, leave }: OpenedStream, wire: Wire): void {
    this.wires.set(session, wire);
    if (this.isKeyLive(session)) this.keyed.add(session);
    wire.once('close', () => {
      this.wires.delete(session);
      session.end('gone');
      void leave(); // it only gives places free, and was done already where the stream ended by itself
    });
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    const closed = this.streams.close();
    const deadline = performance.now() + SHUTDOWN_MS;
    while (this.wires.size > 0 && performance.now() < deadline) await sleep(20);
    for (const wire of this.wires.values()) wire.destroy();
    await closed;
  }

  private look(): void {
    for (const session of this.streams.sessions.keys()) {
      if (this.keyed.has(session) && !this.isKeyLive(session)) this.cut(session, 'revoked');
      else if (session.untakenMs > this.limits.patienceMs) this.cut(session, 'slow');
    }
  }

  /** Who reads gets the last word; who does not is not waited for. */
  private cut(session: StreamSession, reason: 'revoked' | 'slow'): void {
    session.end(reason);
    setTimeout(() => this.wires.get(session)?.destroy(), LAST_WORD_MS).unref();
  }

  private isKeyLive(session: StreamSession): boolean {
    const request = this.streams.sessions.get(session);
    const keys = this.directory.tenant(request?.tenant ?? '')?.keys ?? [];
    return keys.some(({ keyId }) => keyId === request?.keyId);
  }
}
