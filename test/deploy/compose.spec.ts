import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { SERVICES } from '#contracts';
import { SECRET_VARIABLES, SERVICE_PORTS } from '#runtime';
import { KNOWN_VARIABLES, variablesOf } from './known-variables.js';

interface ComposeService {
  readonly image: string;
  readonly build?: { readonly args: Readonly<Record<string, string>> };
  readonly environment?: Readonly<Record<string, string | number>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly secrets?: readonly string[];
  readonly networks: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly profiles?: readonly string[];
  readonly cap_drop: readonly string[];
  readonly security_opt: readonly string[];
  readonly read_only?: boolean;
}

interface Compose {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean }>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
}

const compose = parse(readFileSync('docker-compose.yml', 'utf8'), { merge: true }) as Compose;
const services = Object.entries(compose.services);
const service = (name: string): ComposeService => {
  const found = compose.services[name];
  if (found === undefined) throw new Error(`there is no service ${name}`);
  return found;
};
/** Of one machine and its own network: where everything is, how it is reached, and secrets (which are files). */
const DECIDED = new Set([
  ...SECRET_VARIABLES,
  'PORT',
  'HOST',
  'TOUCHLINE_AUTH',
  'TOUCHLINE_DRAIN_MS',
  'TOUCHLINE_DATA_DIR',
  'TOUCHLINE_LOG',
  'TOUCHLINE_PRINT_KEYS',
  'TOUCHLINE_KEEP_KEYS',
  'KAFKA_TLS',
  'KAFKA_CA_FILE',
  'KAFKA_SASL_MECHANISM',
  'KAFKA_SASL_USERNAME',
  'DATABASE_CA_FILE',
  'REDIS_CA_FILE',
]);
const PROFILES = [...new Set(services.flatMap(([, { profiles = [] }]) => profiles))];
/** `${NAME:-default}` as its default. */
const byDefault = (text: string): string => text.replaceAll(/\$\{\w+:-([^}]*)\}/g, '$1');

/** A program that checks what was written here by its own rules; in CI it must be there. */
function version(command: string, ...args: string[]): string | undefined {
  const { status, stdout } = spawnSync(command, args, { encoding: 'utf8' });
  if (status === 0) return stdout.split('\n')[0];
  if (process.env['CI'] === 'true') throw new Error(`${command} is missing, and CI requires it`);
  return undefined;
}
const dockerCompose = version('docker-compose', 'version', '--short');
const haproxy = version('haproxy', '-v');

describe('docker-compose.yml', () => {
  it.each(['', ...PROFILES])(
    `with profile '%s' is valid to docker-compose (${dockerCompose ?? 'NOT CHECKED: docker-compose is not on this machine'})`,
    (profile) => {
      if (dockerCompose === undefined) return;
      const { status, stderr } = spawnSync(
        'docker-compose',
        ['--profile', profile, 'config', '--quiet'],
        {
          encoding: 'utf8',
        },
      );
      expect({ status, stderr }).toMatchObject({ status: 0 });
    },
  );

  it('has in each profile all that its services depend on', () => {
    for (const profile of ['', ...PROFILES]) {
      const started = services.filter(
        ([, { profiles }]) => profiles === undefined || profiles.includes(profile),
      );
      const names = started.map(([name]) => name);
      const needed = started.flatMap(([, { depends_on = {} }]) => Object.keys(depends_on));
      expect({ profile, missing: needed.filter((name) => !names.includes(name)) }).toEqual({
        profile,
        missing: [],
      });
    }
  });

  it('ends services before what they hand their work to', () => {
    for (const name of SERVICES)
      for (const other of ['kafka', 'postgres', 'redis'])
        expect(service(name).depends_on?.[other]?.condition).toBe('service_healthy');
  });

  it('starts nothing for a command: after a restore nothing else may run', () => {
    expect(service('cli').depends_on).toBeUndefined();
    const mates = services.filter(([, { profiles }]) => profiles?.includes('cli'));
    expect(mates.map(([name]) => name)).toEqual(['cli']);
  });

  it('publishes on the loopback only, and nothing but proxies and pages', () => {
    const published = services.filter(([, { ports }]) => ports !== undefined);
    expect(published.map(([name]) => name).sort()).toEqual([
      'grafana',
      'prometheus',
      'proxy',
      'tools-proxy',
    ]);
    for (const [, { ports, networks }] of services) {
      for (const port of ports ?? []) expect(byDefault(port)).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
      expect(networks.includes('outside')).toBe(ports !== undefined);
    }
    expect(compose.networks['inside']?.internal).toBe(true);
  });

  it('pins every image, and gives no container more than it needs', () => {
    for (const [name, { image, cap_drop, security_opt }] of services) {
      expect(byDefault(image)).toMatch(/^[a-z0-9./-]+:v?\d+(\.\d+)+(-[a-z]+)?$/);
      expect({ name, cap_drop, security_opt }).toMatchObject({
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
      });
    }
    for (const name of [...SERVICES, 'init', 'cli', 'demo', 'proxy'])
      expect(service(name).read_only).toBe(true);
  });

  it('hands secrets out as files, never in the environment, and has a maker for each', () => {
    const maker = readFileSync('deploy/compose/make-secrets.sh', 'utf8');
    for (const name of Object.keys(compose.secrets)) expect(maker).toContain(`make ${name} `);
    const open = services.flatMap(([, { environment }]) =>
      Object.keys(environment ?? {}).filter((name) =>
        /(SECRET|PASSWORD|KEY|DATABASE_URL)$/.test(name),
      ),
    );
    expect(open).toEqual([]);
    for (const [, { environment = {}, secrets = [] }] of services)
      for (const [name, value] of Object.entries(environment))
        if (name.endsWith('_FILE'))
          expect(secrets.map((secret) => `/run/secrets/${secret}`)).toContain(value);
  });

  it('builds each of the four services, after init, which waits for what it fills', () => {
    for (const name of SERVICES) {
      const { build, environment, depends_on } = service(name);
      expect(build?.args['APP']).toBe(name);
      expect(environment?.['PORT']).toBe(SERVICE_PORTS[name]);
      expect(depends_on?.['init']?.condition).toBe('service_completed_successfully');
      expect(service('proxy').depends_on?.[name]?.condition).toBe('service_healthy');
    }
    for (const name of ['kafka', 'postgres'])
      expect(service('init').depends_on?.[name]?.condition).toBe('service_healthy');
  });

  it('sets only variables that the programs read', () => {
    const unknown = services
      .filter(([, { image }]) => image.startsWith('touchline/'))
      .flatMap(([, { environment }]) => Object.keys(environment ?? {}))
      .filter((name) => !KNOWN_VARIABLES.has(name));
    expect(unknown).toEqual([]);
  });

  it('lets its operator set whatever it does not decide itself', () => {
    for (const name of SERVICES) {
      const { environment = {} } = service(name);
      const left = variablesOf(name).filter((variable) => !DECIDED.has(variable));
      expect({ name, missing: left.filter((variable) => !(variable in environment)) }).toEqual({
        name,
        missing: [],
      });
      for (const variable of left)
        expect(environment[variable]).toMatch(new RegExp(`^\\$\\{${variable}:-.*\\}$`));
    }
  });

  it('mounts only what the repository has', () => {
    const mounts = services.flatMap(([, { volumes }]) => volumes ?? []);
    const folders = mounts.filter((mount) => mount.startsWith('./'));
    expect(folders.length).toBeGreaterThan(3);
    for (const mount of folders) {
      const [folder = '', , mode] = mount.split(':');
      expect({ folder, mode, exists: existsSync(folder) }).toEqual({
        folder,
        mode: 'ro',
        exists: true,
      });
    }
  });
});

describe('the secrets', () => {
  it('are made once, each its own, in a folder closed to others', () => {
    const folder = mkdtempSync(join(tmpdir(), 'touchline-secrets-'));
    const make = () =>
      spawnSync('sh', ['deploy/compose/make-secrets.sh', folder], { encoding: 'utf8' }).status;
    const read = () => readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
    expect(make()).toBe(0);
    const first = read();
    expect(new Set(first).size).toBe(Object.keys(compose.secrets).length);
    expect(make()).toBe(0);
    expect(read()).toEqual(first);
    rmSync(folder, { recursive: true });
  });
});

describe('the proxies', () => {
  it.each(['deploy/proxy', 'deploy/tools'])(
    `%s is valid to HAProxy (${haproxy ?? 'NOT CHECKED: haproxy is not on this machine'})`,
    (folder) => {
      if (haproxy === undefined) return;
      const scratch = mkdtempSync(join(tmpdir(), 'touchline-proxy-'));
      const file = join(scratch, 'haproxy.cfg');
      // The image has its folder elsewhere than this checkout.
      const text = readFileSync(`${folder}/haproxy.cfg`, 'utf8');
      writeFileSync(file, text.replaceAll('/usr/local/etc/haproxy', join(process.cwd(), folder)));
      const { status, stderr } = spawnSync('haproxy', ['-c', '-f', file], { encoding: 'utf8' });
      rmSync(scratch, { recursive: true });
      expect({ status, stderr }).toMatchObject({ status: 0 });
    },
  );
});
