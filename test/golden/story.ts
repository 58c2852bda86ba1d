/**
 * A golden story: `story.md` tells it in a paragraph, `input.ndjson` holds its steps, one a line and in order of arrival, and
 * `expected.json` what everybody must see at each `show`. Told twice, through the pure functions and through the real stack,
 * it gives the same. `UPDATE_GOLDEN=1` writes what the pure functions say; read the difference before committing it.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export interface Call {
  readonly a: string;
  readonly b: string;
  readonly reason: string;
  readonly actor: string;
  readonly at?: string;
}

export type Step = {
  /** RFC 3339: when it arrives. The story's clock never goes back. */
  readonly at: string;
} & (
  | { readonly post: Readonly<Record<string, unknown>> }
  | { readonly merge: Call }
  | { readonly unmerge: Call }
  | { readonly withdraw: Call }
  /** Erases the profile that holds the identifier `type:value`. */
  | { readonly erase: string }
  /** Everything has arrived and what is due by `at` has happened: what do people see? */
  | { readonly show: string }
);

export interface Story {
  readonly name: string;
  readonly steps: readonly Step[];
}

/** What is seen at one `show`; lines of text, so that a difference is readable. */
export interface Scene {
  readonly show: string;
  readonly profiles: readonly SeenProfile[];
  /** `name: value (n …)`, those with something to count. */
  readonly kpis: readonly string[];
  /** Since the scene before. */
  readonly corrections: readonly string[];
}

export interface SeenProfile {
  /** `type:value standing` */
  readonly identifiers: readonly string[];
  /** Oldest first: `instant source/id type`. */
  readonly timeline: readonly string[];
  readonly facts: readonly string[];
}

const FOLDER = fileURLToPath(new URL('.', import.meta.url));

export function storyNames(): string[] {
  return readdirSync(FOLDER, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

export function readStory(name: string): Story {
  const lines = readFileSync(`${FOLDER}${name}/input.ndjson`, 'utf8').split('\n');
  const steps = lines.filter((line) => line.trim() !== '').map((line) => JSON.parse(line) as Step);
  return { name, steps };
}

export function expectedScenes(name: string): readonly Scene[] {
  const path = `${FOLDER}${name}/expected.json`;
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Scene[]) : [];
}

export function writeScenes(name: string, scenes: readonly Scene[]): void {
  writeFileSync(`${FOLDER}${name}/expected.json`, `${JSON.stringify(scenes, null, 2)}\n`);
}

/** Every (source, id) posted up to and including this step, in order. */
export function postedIn(steps: readonly Step[]): { source: string; id: string }[] {
  return steps.flatMap((step) =>
    'post' in step ? [{ source: String(step.post['source']), id: String(step.post['id']) }] : [],
  );
}
