import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Fault } from '#kernel';
import type { TouchlineClient } from '../adapters/touchline-client.js';
import { connect, type ConnectionOptions, withConnection } from '../connection.js';
import { EXIT } from '../exit-code.js';
import { act, newCommand } from '../new-command.js';
import { count, type Terminal, table } from '../terminal.js';

interface ActivateOptions extends ConnectionOptions {
  readonly reason: string;
  readonly actor: string;
  readonly wait: boolean;
}

interface Rules {
  readonly version: number;
  readonly levels: readonly (readonly {
    readonly type: string;
    readonly perProfile: number | null;
    readonly onConflict: string;
  }[])[];
  readonly hubLimit: number;
  readonly conversationLimit: number;
  readonly blocked: readonly string[];
  readonly history: readonly Activation[];
}

interface Activation {
  readonly version: number;
  readonly state: 'pending' | 'running' | 'done' | 'failed';
  readonly step: string | null;
  readonly actor: string;
  readonly reason: string;
  readonly requestedAt: string;
  readonly consequence: {
    readonly profiles: number;
    readonly identifiers: number;
    readonly interactions: number;
  } | null;
  readonly failure: { readonly code: string; readonly detail: string } | null;
}

interface Trial {
  readonly profilesBefore: number;
  readonly profilesAfter: number;
  readonly joined: { readonly count: number };
  readonly split: { readonly count: number };
  readonly needsReplay: readonly {
    readonly pointer: string;
    readonly detail: string;
    readonly interactions: number;
  }[];
}

const PATH = '/v1/identity/rules';
const POLL_MS = 500;

export function rules() {
  return newCommand('rules', 'Who is one customer: the rules, others tried out, others activated')
    .addCommand(show())
    .addCommand(attempt())
    .addCommand(activate());
}

function show() {
  return withConnection(newCommand('show', 'The rules in force, and their history')).action(
    act<ConnectionOptions>(async (terminal, options) => {
      const found = (await (await connect(options)).get(PATH)) as Rules;
      terminal.result(found, () => print(terminal, found));
    }),
  );
}

function print(terminal: Terminal, found: Rules): void {
  const { version, levels, hubLimit, conversationLimit, blocked, history } = found;
  terminal.line(
    `version ${version}, hub limit ${hubLimit}, conversation limit ${conversationLimit}`,
  );
  const types = levels.flatMap((level, index) =>
    level.map(({ type, perProfile, onConflict }) => [
      type,
      String(index + 1),
      perProfile === null ? 'any' : String(perProfile),
      onConflict,
    ]),
  );
  for (const line of table([['type', 'level', 'per profile', 'on conflict'], ...types]))
    terminal.line(line);
  terminal.line(`${blocked.length} blocked values; all of it with --json`);
  const past = history.map((one) => [
    String(one.version),
    one.state,
    one.requestedAt,
    one.actor,
    one.reason,
  ]);
  if (past.length === 0) return;
  for (const line of table([['version', 'state', 'asked for', 'by', 'because'], ...past]))
    terminal.line(line);
}

function attempt() {
  return withConnection(newCommand('try', 'What other rules would do to people; changes nothing'))
    .argument('<file>', 'JSON, as `rules show --json` prints it')
    .action(
      act<ConnectionOptions>(async (terminal, options, file = '') => {
        const client = await connect(options);
        const trial = (await client.post(`${PATH}?dryRun=true`, await read(file))) as Trial;
        terminal.result(trial, () => {
          const { profilesBefore, profilesAfter, joined, split, needsReplay } = trial;
          terminal.line(
            `${count(profilesBefore)} profiles would be ${count(profilesAfter)}: ${count(joined.count)} joined of several, ${count(split.count)} split.`,
          );
          for (const { pointer, detail, interactions } of needsReplay)
            terminal.line(
              `not to be activated: ${pointer}: ${count(interactions)} interactions ${detail}`,
            );
        });
      }),
    );
}

function activate() {
  return withConnection(newCommand('activate', 'Brings rules into force for everybody'))
    .argument('<file>', 'JSON, as `rules show --json` prints it')
    .requiredOption('--reason <text>', 'shown in the history')
    .requiredOption('--actor <name>', 'who wants it')
    .option('--no-wait', 'return as soon as it is recorded')
    .action(
      act<ActivateOptions>(async (terminal, options, file = '') => {
        const { reason, actor, wait } = options;
        const client = await connect(options);
        const body = { ...(await read(file)), reason, actor };
        const asked = (await client.post(PATH, body)) as Activation;
        const last = wait ? await follow(terminal, client, asked) : asked;
        terminal.result(last, () => tell(terminal, last));
        return last.state === 'failed' ? EXIT.failed : EXIT.done;
      }),
    );
}

/** Until it is finished. */
async function follow(
  terminal: Terminal,
  client: TouchlineClient,
  asked: Activation,
): Promise<Activation> {
  let last = asked;
  await terminal.steps([
    {
      title: `rules ${asked.version}`,
      run: async (report) => {
        while (last.state === 'pending' || last.state === 'running') {
          await sleep(POLL_MS);
          last = (await client.get(`${PATH}/activations/${asked.version}`)) as Activation;
          report(last.step ?? last.state);
        }
        return last.state;
      },
    },
  ]);
  return last;
}

function tell(terminal: Terminal, { version, state, consequence, failure }: Activation): void {
  if (failure) terminal.line(`Version ${version} was not activated: ${failure.detail}`);
  else if (!consequence) terminal.line(`Version ${version} is ${state}.`);
  else {
    const { profiles, identifiers, interactions } = consequence;
    terminal.line(
      `Version ${version} is in force: ${count(profiles)} profiles changed, ${count(identifiers)} identifiers and ${count(interactions)} interactions moved.`,
    );
  }
}

async function read(file: string): Promise<object> {
  const text = await readFile(file, 'utf8');
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {
    // Told below.
  }
  throw new Fault('malformed-json', `${file} does not hold a JSON object.`);
}
