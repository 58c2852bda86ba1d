import 'reflect-metadata';
import { plainToInstance } from 'class-transformer';
import { validateSync, type ValidationError } from 'class-validator';

export type Environment = Readonly<Record<string, string | undefined>>;
export type ConfigClass<Config extends object> = new () => Config;

/** The configuration cannot be used. `faults` holds one sentence a fault; the process exits with {@link CONFIG_EXIT_CODE}. */
export class ConfigurationFault extends Error {
  constructor(readonly faults: readonly string[]) {
    super(`The configuration is not valid:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
    this.name = 'ConfigurationFault';
  }
}

/** EX_CONFIG of sysexits.h. */
export const CONFIG_EXIT_CODE = 78;

/**
 * Makes validated configuration objects out of an environment, all faults of all classes at once. Members are named like
 * their variables, have defaults as initial values, and convert from text with `@Type(() => Number)`. Empty = not set.
 * `rules` answers one sentence for each fault that lies between several variables.
 */
export function loadConfigs<Configs extends readonly object[]>(
  classes: { readonly [Index in keyof Configs]: ConfigClass<Configs[Index]> },
  environment: Environment,
  rules: (configs: Configs) => readonly string[] = () => [],
): Configs {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  );
  const made = classes.map((type) => plainToInstance(type, given, { exposeDefaultValues: true }));
  const configs = made as unknown as Configs;
  const faults = made.flatMap((config) =>
    validateSync(config, { whitelist: true }).flatMap(sentences),
  );
  faults.push(...rules(configs));
  if (faults.length > 0) throw new ConfigurationFault([...new Set(faults)].sort());
  return configs;
}

export function loadConfig<Config extends object>(
  type: ConfigClass<Config>,
  environment: Environment,
): Config {
  return loadConfigs<[Config]>([type], environment)[0];
}

function sentences(error: ValidationError): string[] {
  return Object.values(error.constraints ?? {}).map((text) =>
    text.startsWith(error.property) ? text : `${error.property}: ${text}`,
  );
}
