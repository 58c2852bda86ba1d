import { readFileSync } from 'node:fs';
import { ConfigurationFault, type Environment } from './config.js';

/** Variables that hold secrets: each may stand in a file that `<NAME>_FILE` names, as orchestrators hand secrets out. */
export const SECRET_VARIABLES = [
  'DATABASE_URL',
  'REDIS_URL',
  'KAFKA_SASL_PASSWORD',
  'TOUCHLINE_SECRET',
  'TOUCHLINE_ADMIN_KEY',
  'TOUCHLINE_KEY',
] as const;

/**
 * The environment with the secrets that stand in files, without the line end that editors leave. Throws a
 * {@link ConfigurationFault} for a file that cannot be read and for a secret given both ways.
 */
export function withSecretFiles(
  environment: Environment,
  read: (path: string) => string = (path) => readFileSync(path, 'utf8'),
): Environment {
  const faults: string[] = [];
  const secrets: Record<string, string> = {};
  for (const name of SECRET_VARIABLES) {
    const path = environment[`${name}_FILE`];
    if (!path) continue;
    if (environment[name]) faults.push(`${name} and ${name}_FILE are both set: only one may be`);
    try {
      secrets[name] = read(path).trim();
      if (secrets[name] === '') faults.push(`${name}_FILE names a file that is empty`);
    } catch {
      faults.push(`${name}_FILE names a file that cannot be read: ${path}`);
    }
  }
  if (faults.length > 0) throw new ConfigurationFault(faults);
  return { ...environment, ...secrets };
}

/** {@link withSecretFiles} for a process that starts others: they get the secrets themselves, and would refuse the files beside them. */
export function takeSecretFiles(
  environment: Record<string, string | undefined>,
  read?: (path: string) => string,
): void {
  Object.assign(environment, withSecretFiles(environment, read));
  for (const name of SECRET_VARIABLES) delete environment[`${name}_FILE`];
}
