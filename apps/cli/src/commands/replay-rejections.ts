import { readFile } from 'node:fs/promises';
import { Fault } from '#kernel';
import type { TouchlineClient } from '../adapters/touchline-client.js';
import { connect, type ConnectionOptions, withConnection } from '../connection.js';
import { EXIT } from '../exit-code.js';
import { act, newCommand } from '../new-command.js';
import { queryOf } from '../query.js';
import type { Terminal } from '../terminal.js';

/** Which rejections: those for which all that is given holds. */
export interface AlikeOptions extends ConnectionOptions {
  readonly code?: string;
  readonly source?: string;
  readonly pointer?: string;
}

interface ReplayOptions extends AlikeOptions {
  readonly patch?: string;
  readonly file?: string;
  readonly reason?: string;
  readonly dryRun?: boolean;
}

interface Replayed {
  readonly source: string;
  readonly id: string;
  readonly isRepeat: boolean;
}

interface ReplayedAlike {
  readonly accepted: readonly { readonly rejectionId: string }[];
  readonly rejected: readonly {
    readonly rejectionId: string;
    readonly code: string;
    readonly pointer: string;
  }[];
  readonly next: string | null;
}

/** One by its id, or all alike by code, source, pointer. */
export function replayRejections() {
  return withConnection(
    newCommand('replay', 'Accept one (by its id) or all alike, as posted or edited'),
  )
    .argument('[rejectionId]')
    .option('--code <code>', 'all of this code')
    .option('--source <source>', 'all of this source')
    .option('--pointer <pointer>', 'all of this place')
    .option('--patch <json>', 'JSON merge patch on what was posted')
    .option('--file <path>', 'the edited interaction, for one')
    .option('--reason <text>')
    .option('--dry-run', 'all alike: only tell what would become of them')
    .action(
      act<ReplayOptions>(async (terminal, options, rejectionId) => {
        refuseMixed(options, rejectionId);
        const client = await connect(options);
        return rejectionId === undefined
          ? replayAlike(terminal, client, options)
          : replayOne(terminal, client, { ...options, rejectionId });
      }),
    );
}

function refuseMixed({ code, source, pointer, file, patch, dryRun }: ReplayOptions, id?: string) {
  const isAlike = [code, source, pointer].some((value) => value !== undefined);
  if (isAlike === (id !== undefined))
    throw new Fault('invalid-parameter', 'Name a rejection id, or --code, --source, --pointer.');
  if (file !== undefined && (isAlike || patch !== undefined))
    throw new Fault('invalid-parameter', '--file is for one rejection, without --patch.');
  if (dryRun === true && id !== undefined)
    throw new Fault('invalid-parameter', '--dry-run is for all alike.');
}

async function replayOne(
  terminal: Terminal,
  client: TouchlineClient,
  options: ReplayOptions & { readonly rejectionId: string },
): Promise<void> {
  const { rejectionId, reason } = options;
  const path = `/v1/rejections/${encodeURIComponent(rejectionId)}/replay?${queryOf({ reason })}`;
  const done = (await client.postText(path, await editOf(options))) as Replayed;
  terminal.result(done, () => {
    const how = done.isRepeat ? 'had been accepted before' : 'accepted';
    terminal.line(`${done.source}/${done.id} ${how}.`);
  });
}

async function replayAlike(
  terminal: Terminal,
  client: TouchlineClient,
  options: ReplayOptions,
): Promise<number> {
  const { code, source, pointer, reason, dryRun } = options;
  const edit = await editOf(options);
  const sum = { accepted: 0, rejected: 0 };
  let cursor: string | undefined;
  do {
    const asked = { code, source, pointer, reason, cursor, limit: '200' };
    const query = queryOf({ ...asked, dryRun: dryRun === true ? 'true' : undefined });
    const page = (await client.postText(`/v1/rejections/replay?${query}`, edit)) as ReplayedAlike;
    sum.accepted += page.accepted.length;
    sum.rejected += page.rejected.length;
    for (const one of page.rejected)
      terminal.line(`${one.rejectionId} stays: ${one.code} at ${one.pointer || '(all)'}`);
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  terminal.result({ dryRun: dryRun === true, ...sum }, () => {
    const would = dryRun === true ? 'would be ' : '';
    terminal.line(`${sum.accepted} ${would}accepted, ${sum.rejected} still not valid.`);
  });
  return sum.rejected > 0 ? EXIT.rejections : EXIT.done;
}

async function editOf({ patch, file }: ReplayOptions) {
  if (patch !== undefined) return { type: 'application/merge-patch+json', content: patch };
  if (file === undefined) return undefined;
  return { type: 'application/json', content: await readFile(file, 'utf8') };
}
