import { startApplication, type Application } from './application.js';
import { CONFIG_EXIT_CODE, ConfigurationFault } from './config.js';
import { describeError } from './describe-error.js';
import { withSecretFiles } from './secret-files.js';
import type { Service, ProcessName } from './service.js';

const FAILURE_EXIT_CODE = 1;
/** Orchestrators kill after their grace period; we stop before it. */
const STOP_DEADLINE_MS = 10_000;

export type BootstrapOptions<Config extends object> =
  | ({ readonly name: ProcessName } & Service<Config>)
  | { readonly name: ProcessName; readonly services: readonly Service[] };

/**
 * The life of a service process: reads the environment, starts, stops on SIGTERM (after it has told the proxy) and
 * SIGINT within 10 s. Exit codes: 0
 * stopped as asked, 1 failed (a dead subscription included), 78 configuration.
 */
export async function bootstrap<Config extends object>(
  options: BootstrapOptions<Config>,
): Promise<void> {
  const services: readonly Service[] = 'services' in options ? options.services : [options];
  let application: Application | undefined;
  let isEnding = false;
  const end = (code: number, { isLeaving = false } = {}): void => {
    if (isEnding) return;
    isEnding = true;
    void stopAndExit(application, { code, isLeaving });
  };
  // Node would print the error whole: its message and its members (parameters of a query) may hold identifiers.
  process.on('uncaughtException', (error) => {
    explain(error);
    end(FAILURE_EXIT_CODE);
  });
  // Who sends SIGTERM may have others to send our callers to; who presses Ctrl-C has not.
  process.on('SIGTERM', () => end(0, { isLeaving: true }));
  process.on('SIGINT', () => end(0));
  try {
    application = await startApplication({
      name: options.name,
      services,
      environment: withSecretFiles(process.env),
      onFailure: () => end(FAILURE_EXIT_CODE),
    });
    console.error(`${options.name} listens on ${application.url}`);
  } catch (error) {
    explain(error);
    process.exit(error instanceof ConfigurationFault ? CONFIG_EXIT_CODE : FAILURE_EXIT_CODE);
  }
}

interface Ending {
  readonly code: number;
  readonly isLeaving: boolean;
}

async function stopAndExit(
  application: Application | undefined,
  { code, isLeaving }: Ending,
): Promise<void> {
  setTimeout(() => process.exit(FAILURE_EXIT_CODE), STOP_DEADLINE_MS).unref();
  try {
    if (isLeaving) await application?.leave();
    await application?.stop();
    process.exit(code);
  } catch (error) {
    explain(error);
    process.exit(FAILURE_EXIT_CODE);
  }
}

function explain(error: unknown): void {
  if (error instanceof ConfigurationFault) console.error(error.message);
  else console.error(JSON.stringify(describeError(error)));
}
