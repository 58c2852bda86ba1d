import { erasureOf, type Interaction, type ProfileChanged } from '#contracts';
import { Fault } from '#kernel';
import type { ProfileRef } from './ports.js';
import { publicFact } from './publish-facts.js';
import type { JourneyReader } from './reading.js';

/** One version of an interaction as the archive holds it. */
export interface ArchivedVersion {
  readonly source: string;
  readonly id: string;
  readonly occurredAt: number;
  readonly contentRevision: number;
  /** Replaced by a newer one: on no timeline. */
  readonly isReplaced: boolean;
  /** The accepted record, byte by byte. */
  readonly body: Buffer;
}

/** After which version a page starts: place on the timeline, then revision. */
export type ArchivePosition = Pick<
  ArchivedVersion,
  'occurredAt' | 'source' | 'id' | 'contentRevision'
>;

/** Cold reads of whole bodies. */
export abstract class ArchiveReader {
  abstract portrait(profile: ProfileRef): Promise<Buffer | undefined>;
  /** In timeline order; the versions of one interaction by revision, at the place of the one that stands. */
  abstract versions(page: {
    readonly profile: ProfileRef;
    readonly after: ArchivePosition | undefined;
    readonly limit: number;
  }): Promise<ArchivedVersion[]>;
}

/** An identifier's value that starts with a blank. */
const GHOST = /"value":" /u;

/** Rows held at once; a body has at most some hundred kilobytes. */
const PAGE = 50;

/**
 * All that is held about a profile, a line each, page by page: whatever an erasure takes, this has shown. The last line counts
 * the others: a stream without it was cut. Decisions are identity's: the first line tells where they are.
 */
export class ExportProfile {
  constructor(
    private readonly reader: JourneyReader,
    private readonly archive: ArchiveReader,
  ) {}

  /** Throws before the first line when there is no such profile. */
  async execute(tenant: string, profileId: string): Promise<AsyncGenerator<string>> {
    const profile = await this.reader.profile(tenant, profileId);
    if (profile === undefined) throw new Fault('not-found', 'There is no profile with this id.');
    return this.lines(profile);
  }

  private async *lines(profile: ProfileRef & { profileId: string }): AsyncGenerator<string> {
    yield await this.profileLine(profile);
    const counts = { interactions: 0, replaced: 0, facts: 0 };
    for await (const version of this.versions(profile)) {
      counts[version.isReplaced ? 'replaced' : 'interactions'] += 1;
      yield versionLine(version);
    }
    for await (const fact of this.facts(profile)) {
      counts.facts += 1;
      yield line({ record: 'fact', fact });
    }
    yield line({ record: 'end', ...counts });
  }

  private async profileLine(profile: ProfileRef & { profileId: string }): Promise<string> {
    const { tenant, profileId } = profile;
    const body = await this.archive.portrait(profile);
    const told = body && (JSON.parse(body.toString('utf8')) as ProfileChanged);
    const { profileKey: _, revision: __, ...known } = told ?? {};
    const decisions = `/v1/profiles/${profileId}/identity`;
    return line({ record: 'profile', tenant, profileId, ...known, decisions });
  }

  private async *versions(profile: ProfileRef): AsyncGenerator<ArchivedVersion> {
    let after: ArchivePosition | undefined;
    for (;;) {
      const page = await this.archive.versions({ profile, after, limit: PAGE });
      yield* page;
      after = page.at(-1);
      if (page.length < PAGE) return;
    }
  }

  private async *facts(profile: ProfileRef): AsyncGenerator<object> {
    let before: { at: number; id: string } | undefined;
    for (;;) {
      const page = await this.reader.factsOf({ profile, before, limit: PAGE });
      for (const { fact, ...written } of page) yield publicFact(fact, written);
      before = page.at(-1)?.fact;
      if (page.length < PAGE) return;
    }
  }
}

function line(members: object): string {
  return `${JSON.stringify(members)}\n`;
}

/** The body stays as it came: parsing it would round what JavaScript cannot hold. */
function versionLine({ isReplaced, contentRevision, body }: ArchivedVersion): string {
  const record = isReplaced ? 'replaced' : 'interaction';
  const text = withoutGhosts(body.toString('utf8')).replaceAll('\n', ' ');
  return `{"record":"${record}","contentRevision":${contentRevision},"accepted":${text}}\n`;
}

/** A body with ghosts was rewritten already: nothing more is rounded. */
function withoutGhosts(text: string): string {
  if (!GHOST.test(text)) return text;
  const body = JSON.parse(text) as Interaction;
  const identifiers = body.identifiers.filter((each) => erasureOf(each) === undefined);
  return JSON.stringify({ ...body, identifiers });
}
