export type Backend = 'Kafka' | 'Postgres' | 'Redis';

/** Why a server that is there does not take us: waiting does not help, somebody must change something. */
export const REFUSALS = [
  'authority',
  'name',
  'period',
  'password',
  'mechanism',
  'tls',
  'plain',
] as const;
export type Refusal = (typeof REFUSALS)[number];

/** What an error says about it; `closed`: the server hung up, which a look at its port explains. */
export type Verdict = Refusal | 'closed' | undefined;

const BY_CODE: Readonly<Record<string, Verdict>> = {
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'authority',
  UNABLE_TO_GET_ISSUER_CERT: 'authority',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'authority',
  SELF_SIGNED_CERT_IN_CHAIN: 'authority',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'authority',
  CERT_SIGNATURE_FAILURE: 'authority',
  ERR_TLS_CERT_ALTNAME_INVALID: 'name',
  CERT_HAS_EXPIRED: 'period',
  CERT_NOT_YET_VALID: 'period',
  ECONNRESET: 'closed',
  ETIMEDOUT: 'closed',
  EPROTO: 'closed',
  '28P01': 'password',
};

/** Servers and drivers that give no code. The texts were seen (test/end-to-end/secured-backends). */
const BY_TEXT: readonly (readonly [RegExp, Verdict])[] = [
  [/^SASL .* authentication failed/, 'password'],
  [/WRONGPASS|NOAUTH|invalid password/, 'password'],
  [/requested SASL mechanism/, 'mechanism'],
  [/current SASL state/, 'plain'],
  [/no encryption$/, 'tls'],
  [/server does not support SSL/, 'plain'],
  [/pg_hba\.conf/, 'password'],
  [/Closed connection|Connection is closed|Connection timeout|Stream isn't writeable/, 'closed'],
];

interface Failure {
  readonly cause?: unknown;
  readonly code?: unknown;
  readonly message?: unknown;
}

/** Reads an error and its causes; the innermost that says something counts. */
export function verdictOn(error: unknown): Verdict {
  if (typeof error !== 'object' || error === null) return undefined;
  const { cause, code, message }: Failure = error;
  const deeper = verdictOn(cause);
  if (deeper !== undefined) return deeper;
  const byCode = typeof code === 'string' ? BY_CODE[code] : undefined;
  return byCode ?? BY_TEXT.find(([text]) => text.test(String(message)))?.[1];
}

interface Settings {
  readonly authority: string;
  readonly name: string;
  readonly password: string;
  readonly on: string;
  readonly off: string;
}

const SETTINGS: Readonly<Record<Backend, Settings>> = {
  Kafka: {
    authority: 'KAFKA_CA_FILE',
    name: 'KAFKA_BROKERS (or advertised.listeners of the brokers)',
    password: 'KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD',
    on: 'set KAFKA_TLS=on',
    off: 'set KAFKA_TLS=off, or name the port of TLS in KAFKA_BROKERS',
  },
  Postgres: {
    authority: 'DATABASE_CA_FILE',
    name: 'DATABASE_URL',
    password: 'user and password in DATABASE_URL',
    on: 'set DATABASE_CA_FILE, or add sslmode=verify-full to DATABASE_URL',
    off: 'take DATABASE_CA_FILE and sslmode out, or switch ssl on in the server',
  },
  Redis: {
    authority: 'REDIS_CA_FILE',
    name: 'REDIS_URL',
    password: 'user and password in REDIS_URL',
    on: 'write rediss:// in REDIS_URL',
    off: 'write redis:// in REDIS_URL, or name the port of TLS there',
  },
};

/** One sentence with the variable and what to do; never a value of one. */
export function sentenceOf(backend: Backend, refusal: Refusal): string {
  const { authority, name, password, on, off } = SETTINGS[backend];
  const sentences: Readonly<Record<Refusal, string>> = {
    authority: `the certificate is of an authority that is not trusted: name the file of the right one in ${authority}`,
    name: `the certificate is of another host: write the name that it is made out to in ${name}`,
    period: 'the certificate is not valid today: renew it, or set the clock',
    password: `it refuses the account: check ${password}`,
    mechanism:
      'it does not offer this way to log in: set KAFKA_SASL_MECHANISM to one that the listener has',
    tls: `the port wants TLS: ${on}`,
    plain: `the port has no TLS or no passwords: ${off}`,
  };
  return `${backend}: ${sentences[refusal]}`;
}
