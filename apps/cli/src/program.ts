import { Command } from 'commander';
import { takeSecretFiles } from '#runtime';
import { deadLetters } from './commands/dead-letters.js';
import { demo } from './commands/demo.js';
import { doctor } from './commands/doctor.js';
import { erase } from './commands/erase.js';
import { importCommand } from './commands/import.js';
import { init } from './commands/init.js';
import { keys } from './commands/keys.js';
import { rejections } from './commands/rejections.js';
import { retention } from './commands/retention.js';
import { replay } from './commands/replay.js';
import { rules } from './commands/rules.js';
import { send } from './commands/send.js';
import { simulateCommand } from './commands/simulate.js';
import { start } from './commands/start.js';
import { tail } from './commands/tail.js';
import { verify } from './commands/verify.js';
import { EXIT, EXIT_HELP, exitCodeOf } from './exit-code.js';

/** Reads the command line and does what it says; secrets may stand in files. */
export async function main(): Promise<void> {
  try {
    takeSecretFiles(process.env);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(exitCodeOf(error));
  }
  await program().parseAsync();
}

export function program(): Command {
  const touchline = new Command('touchline')
    .description("Every channel's customer interactions on one timeline, with exact KPIs")
    .addHelpText('after', EXIT_HELP)
    .exitOverride((error) => process.exit(error.exitCode === 0 ? EXIT.done : EXIT.usage));
  const commands = [
    demo,
    start,
    init,
    send,
    importCommand,
    tail,
    simulateCommand,
    keys,
    rejections,
    rules,
    deadLetters,
    erase,
    retention,
    replay,
    doctor,
    verify,
  ];
  for (const command of commands) {
    touchline.addCommand(command().copyInheritedSettings(touchline));
  }
  return touchline;
}
