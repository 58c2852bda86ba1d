import { Command } from 'commander';
import { EXIT, exitCodeOf } from './exit-code.js';
import { Terminal } from './terminal.js';

/** A command with `--json`. */
export function newCommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option('--json', 'the last line of output is the result as JSON');
}

/** Runs an action with a terminal; its return is the exit code, and faults become messages and exit codes. */
export function act<Options extends object>(
  action: (terminal: Terminal, options: Options, ...operands: string[]) => Promise<number | void>,
): (...given: unknown[]) => Promise<void> {
  return async (...given) => {
    const command = given.at(-1) as Command;
    const options = command.optsWithGlobals<Options & { json?: boolean }>();
    const terminal = new Terminal(options.json === true);
    const operands = given.slice(0, -2) as string[];
    try {
      process.exitCode = (await action(terminal, options, ...operands)) ?? EXIT.done;
    } catch (error) {
      terminal.error(error);
      process.exitCode = exitCodeOf(error);
    }
  };
}
