import { describe, expect, it } from '@jest/globals';
import { REFUSALS, sentenceOf, verdictOn } from './refusal.js';

/** Errors as drivers throw them: a code, or only a text. */
const coded = (code: string): Error => Object.assign(new Error('a text'), { code });

describe('an error of a connection', () => {
  it.each([
    [coded('SELF_SIGNED_CERT_IN_CHAIN'), 'authority'],
    [coded('ERR_TLS_CERT_ALTNAME_INVALID'), 'name'],
    [coded('CERT_HAS_EXPIRED'), 'period'],
    [coded('28P01'), 'password'],
    [new Error('WRONGPASS invalid username-password pair or user is disabled.'), 'password'],
    [new Error('SASL SCRAM SHA512 authentication failed: …'), 'password'],
    [new Error('no pg_hba.conf entry for host "h", user "u", database "d", no encryption'), 'tls'],
    [new Error('The server does not support SSL connections'), 'plain'],
    [coded('ECONNRESET'), 'closed'],
    [coded('ECONNREFUSED'), undefined],
    [
      new Error('no pg_hba.conf entry for host "h", user "u", database "d", SSL encryption'),
      'password',
    ],
    ['no error', undefined],
  ])('%s is a refusal (%s) whatever wraps it', (error, verdict) => {
    expect(verdictOn(error)).toBe(verdict);
    expect(verdictOn(new Error('Kafka: outside', { cause: error }))).toBe(verdict);
  });

  it('is told with a variable to change, for every backend', () => {
    for (const backend of ['Kafka', 'Postgres', 'Redis'] as const)
      for (const refusal of REFUSALS.filter((one) => one !== 'period'))
        expect(sentenceOf(backend, refusal)).toMatch(/(KAFKA|DATABASE|REDIS)_[A-Z]+/);
  });
});
