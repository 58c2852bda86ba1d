import { describe, expect, it } from '@jest/globals';
import { Type } from 'class-transformer';
import { IsIn, IsInt, Min } from 'class-validator';
import { ConfigurationFault, loadConfig, loadConfigs } from './config.js';
import { kafkaOptions, loadInfrastructureConfig } from './infrastructure.config.js';

class Sample {
  @Type(() => Number)
  @IsInt()
  @Min(1)
  readonly SIZE: number = 5;
}

class Other {
  @IsIn(['on', 'off'])
  readonly MODE: 'on' | 'off' = 'off';
}

function faultsOf(load: () => unknown): readonly string[] {
  try {
    load();
  } catch (error) {
    if (error instanceof ConfigurationFault) return error.faults;
    throw error;
  }
  return [];
}

describe('a configuration', () => {
  it('takes defaults for what is absent or empty', () => {
    expect(loadConfig(Sample, {}).SIZE).toBe(5);
    expect(loadConfig(Sample, { SIZE: '' }).SIZE).toBe(5);
  });

  it('converts text, and holds nothing that it does not declare', () => {
    expect({ ...loadConfig(Sample, { SIZE: '7', PATH: '/bin' }) }).toEqual({ SIZE: 7 });
  });

  it('names all faults of all classes at once', () => {
    const faults = faultsOf(() => loadConfigs([Sample, Other], { SIZE: 'x', MODE: 'maybe' }));
    expect(faults.join('\n')).toMatch(/MODE must be one of[^]*SIZE must be an integer/);
  });
});

describe('the configuration of the infrastructure', () => {
  it('is that of a laptop when nothing is set', () => {
    expect(loadInfrastructureConfig({})).toMatchObject({
      HOST: '127.0.0.1',
      TOUCHLINE_LOG: 'postgres',
      TOUCHLINE_AUTH: 'on',
      TOUCHLINE_DATA_DIR: '.touchline',
    });
  });

  it.each([
    [{ TOUCHLINE_LOG: 'kafka' }, /KAFKA_BROKERS must be set/],
    [{ TOUCHLINE_LOG: 'kafka', KAFKA_BROKERS: 'localhost' }, /KAFKA_BROKERS must be host:port/],
    [{ DATABASE_URL: 'postgres://h/d' }, /TOUCHLINE_SECRET must be set/],
    [
      { DATABASE_URL: 'mysql://h/d', TOUCHLINE_SECRET: 's'.repeat(32) },
      /DATABASE_URL must be postgres/,
    ],
    [{ TOUCHLINE_SECRET: 'short' }, /TOUCHLINE_SECRET must be longer/],
    [{ KAFKA_SASL_USERNAME: 'touchline' }, /KAFKA_SASL_MECHANISM, .* must be set together/],
    [{ TOUCHLINE_AUTH: 'off', HOST: '0.0.0.0' }, /on loopback only/],
    [{ PORT: '70000' }, /PORT must not be greater/],
    [{ PORT: 'http' }, /PORT must be an integer/],
  ])('refuses %j', (environment, sentence) => {
    expect(faultsOf(() => loadInfrastructureConfig(environment)).join('\n')).toMatch(sentence);
  });

  it('reaches Kafka by TLS and SASL when told to', () => {
    const config = loadInfrastructureConfig({
      TOUCHLINE_LOG: 'kafka',
      KAFKA_BROKERS: 'b1:9093,b2:9093',
      KAFKA_TLS: 'on',
      KAFKA_SASL_MECHANISM: 'scram-sha-512',
      KAFKA_SASL_USERNAME: 'touchline',
      KAFKA_SASL_PASSWORD: 'from a file',
    });
    expect(kafkaOptions(config)).toMatchObject({
      brokers: ['b1:9093', 'b2:9093'],
      ssl: true,
      sasl: { mechanism: 'scram-sha-512', username: 'touchline', password: 'from a file' },
    });
    expect(kafkaOptions(loadInfrastructureConfig({}))).toMatchObject({ ssl: false });
  });

  it('never shows the values, which may be secrets', () => {
    const environment = { TOUCHLINE_SECRET: 'hunter2', DATABASE_URL: 'mysql://u:hunter2@h/d' };
    expect(faultsOf(() => loadInfrastructureConfig(environment)).join('\n')).not.toContain(
      'hunter2',
    );
  });
});
