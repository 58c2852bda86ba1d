import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { TouchlineClient } from './adapters/touchline-client.js';

export interface ConnectionOptions {
  readonly url: string;
  readonly key?: string;
}

/** Options of every command that talks to a running Touchline. */
export function withConnection(command: Command): Command {
  return command
    .addOption(
      new Option('--url <url>', 'address of Touchline')
        .env('TOUCHLINE_URL')
        .default('http://127.0.0.1:3000'),
    )
    .addOption(
      new Option('--key <key>', 'API key; else the first keys of the data directory').env(
        'TOUCHLINE_KEY',
      ),
    );
}

/** Where the embedded stack keeps its data, its first keys, and where imports keep checkpoints. */
export const dataDirectory = (): string => process.env['TOUCHLINE_DATA_DIR'] || '.touchline';

export async function connect({ url, key }: ConnectionOptions): Promise<TouchlineClient> {
  return new TouchlineClient({ url, key: key ?? (await firstKey()) });
}

/** The admin key that the embedded stack wrote at its first start; none there = try without. */
async function firstKey(): Promise<string | undefined> {
  try {
    const text = await readFile(join(dataDirectory(), 'keys.json'), 'utf8');
    return (JSON.parse(text) as { admin?: string }).admin;
  } catch {
    return undefined;
  }
}
