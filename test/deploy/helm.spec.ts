import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { renderProxy, renderUnavailable, SERVICES } from '#contracts';
import { SERVICE_PORTS } from '#runtime';
import { IDENTITY_GROUP } from '../../apps/identity/src/adapters/log/identity.consumer.js';
import { JOURNEY_GROUP } from '../../apps/journey/src/application/decode-records.js';
import { METRICS_GROUP } from '../../apps/metrics/src/adapters/log/metrics.consumer.js';
import { KNOWN_VARIABLES } from './known-variables.js';
import {
  type Container,
  type Manifest,
  manifestsOf,
  type PodSpec,
  schemaFaults,
} from './manifests.js';
import { restrictedFaults } from './restricted-profile.js';

/**
 * What `node deploy/helm/helm.mjs render` wrote; that it is what the chart gives now is the matter of the int-spec beside
 * this file, which needs Helm. Here nothing is needed.
 */
const rendered = readdirSync('test/deploy/rendered').map((file) => ({
  name: file.replace('.yaml', ''),
  manifests: manifestsOf(readFileSync(`test/deploy/rendered/${file}`, 'utf8')),
}));
const examples = readdirSync('deploy/helm/examples').map((file) => file.replace('.yaml', ''));

const podsOf = (manifests: readonly Manifest[]) =>
  manifests.flatMap(({ kind, metadata, spec }) =>
    spec?.template ? [{ kind, name: metadata.name, ...spec.template }] : [],
  );
const named = (manifests: readonly Manifest[], kind: string): Manifest[] =>
  manifests.filter((manifest) => manifest.kind === kind);
const single = <Value>(values: readonly Value[]): Value => {
  const [value] = values;
  if (value === undefined || values.length > 1)
    throw new Error(`expected one, got ${values.length}`);
  return value;
};

interface Mount {
  readonly name: string;
  readonly mountPath: string;
}

interface Source {
  readonly items?: readonly { readonly path: string }[];
}

interface Volume {
  readonly name: string;
  readonly projected?: {
    readonly sources: readonly { readonly secret?: Source; readonly configMap?: Source }[];
  };
}

/** Labels that a selector asks for are on the pod. */
function selects(selector: unknown, labels: Readonly<Record<string, string>>): boolean {
  const { matchLabels = {} } = selector as { matchLabels?: Record<string, string> };
  return Object.entries(matchLabels).every(([name, value]) => labels[name] === value);
}

describe('the chart', () => {
  it('has been rendered with three examples or more, each of them', () => {
    expect(rendered.map(({ name }) => name).sort()).toEqual(examples.sort());
    expect(examples.length).toBeGreaterThanOrEqual(3);
  });
});

describe.each(rendered)('the chart with the values of $name', ({ manifests }) => {
  const pods = podsOf(manifests);

  it('is valid by the schemas of Kubernetes and KEDA', () => {
    expect(manifests.length).toBeGreaterThan(20);
    expect(manifests.flatMap(schemaFaults)).toEqual([]);
  });

  it('keeps the pod-security profile `restricted`', () => {
    expect(pods.map(({ spec }) => restrictedFaults(spec)).flat()).toEqual([]);
  });

  it('gives every container a read-only root, requests and a limit of memory, and no token of the API server', () => {
    for (const { name, spec } of pods) {
      expect({ name, token: spec['automountServiceAccountToken'] }).toEqual({ name, token: false });
      for (const container of spec.containers)
        expect(container).toMatchObject({
          securityContext: { readOnlyRootFilesystem: true },
          resources: {
            requests: { cpu: expect.anything(), memory: expect.anything() },
            limits: { memory: expect.anything() },
          },
          image: expect.stringMatching(/:v?\d/),
        });
    }
  });

  it('guards all that stays: probes, a budget for disruptions, a network policy', () => {
    const staying = pods.filter(({ kind }) => kind === 'Deployment');
    expect(staying).toHaveLength(SERVICES.length + 1);
    for (const { metadata, spec } of staying) {
      const container = single(spec.containers);
      expect(container).toMatchObject({
        readinessProbe: { httpGet: { port: 'http' } },
        livenessProbe: { httpGet: { path: '/health/live', port: 'http' } },
      });
      for (const kind of ['PodDisruptionBudget', 'NetworkPolicy']) {
        const guards = named(manifests, kind).filter((guard) =>
          selects(guard.spec?.['selector'] ?? guard.spec?.['podSelector'], metadata.labels),
        );
        expect({ pod: metadata.labels, kind, guards: guards.length }).toMatchObject({ guards: 1 });
      }
    }
  });

  it('hands secrets over by reference and sets only variables that the programs read', () => {
    expect(named(manifests, 'Secret')).toEqual([]);
    const containers = pods.flatMap(({ spec }) => spec.containers);
    for (const { name, env = [] } of containers.filter((container) => container.name !== 'haproxy'))
      for (const variable of env) {
        expect({
          name,
          variable: variable.name,
          isKnown: KNOWN_VARIABLES.has(variable.name),
        }).toEqual({ name, variable: variable.name, isKnown: true });
        expect(variable.value ?? '').not.toMatch(/^(postgres|rediss?):\/\//);
      }
    const owner = pods.filter(({ spec }) => spec.containers.some(hasAdminKey));
    expect(owner.map(({ metadata }) => metadata.labels['app.kubernetes.io/component'])).toEqual([
      'ingestion',
    ]);
  });

  it('mounts every file that a variable names, from a Secret or a ConfigMap', () => {
    for (const { name, spec } of pods) {
      const volumes = (spec['volumes'] ?? []) as unknown as readonly Volume[];
      for (const { env = [], ...container } of spec.containers) {
        const mounts = (container['volumeMounts'] ?? []) as readonly Mount[];
        const files = mounts.flatMap((mount) => {
          const volume = volumes.find((one) => one.name === mount.name);
          const sources = volume?.projected?.sources ?? [];
          return sources.flatMap(({ secret, configMap }) =>
            [...(secret?.items ?? []), ...(configMap?.items ?? [])].map(
              ({ path }) => `${mount.mountPath}/${path}`,
            ),
          );
        });
        const named = env.filter((variable) => /_FILE$|_CA_CERTS$/.test(variable.name));
        for (const { name: variable, value } of named)
          expect({ name, variable, files }).toMatchObject({
            files: expect.arrayContaining([value]),
          });
      }
    }
  });

  it('runs init before a version: a hook that needs nothing of the chart itself', () => {
    const job = single(named(manifests, 'Job'));
    expect(job.metadata.annotations).toMatchObject({ 'helm.sh/hook': 'pre-install,pre-upgrade' });
    const spec = job.spec?.template?.spec;
    expect(single(spec?.containers ?? [])).toMatchObject({ args: ['init'] });
    expect(spec?.['serviceAccountName']).toBeUndefined();
  });

  it("has the proxy's configuration of the route table and tells it where the services are", () => {
    const map = single(named(manifests, 'ConfigMap'));
    expect(map.data?.['haproxy.cfg']?.trim()).toBe(renderProxy().trim());
    expect(map.data?.['unavailable.http']?.trim()).toBe(renderUnavailable().trim());
    const proxy = pods.find(({ spec }) => spec.containers[0]?.name === 'haproxy');
    for (const service of SERVICES) {
      const address = proxy?.spec.containers[0]?.env?.find(
        ({ name }) => name === `${service.toUpperCase()}_ADDRESS`,
      );
      const [host = '', port] = address?.value?.split(':') ?? [];
      expect(Number(port)).toBe(SERVICE_PORTS[service]);
      const found = named(manifests, 'Service').map(({ metadata }) => metadata.name);
      expect(found).toContain(host.split('.')[0]);
    }
  });

  it('scales workers by the group they are, and never beyond the partitions', () => {
    const groups = [IDENTITY_GROUP, JOURNEY_GROUP, METRICS_GROUP];
    const env = single(named(manifests, 'Job')).spec?.template?.spec.containers[0]?.env ?? [];
    const valueOf = (name: string): string => env.find((one) => one.name === name)?.value ?? '';
    const deployments = new Map(
      named(manifests, 'Deployment').map((one) => [one.metadata.name, one]),
    );
    for (const { spec } of named(manifests, 'ScaledObject')) {
      const { maxReplicaCount, scaleTargetRef, triggers } = spec as unknown as ScaledObjectSpec;
      expect(maxReplicaCount).toBeLessThanOrEqual(Number(valueOf('TOUCHLINE_PARTITIONS')));
      const { consumerGroup, bootstrapServers } = single(triggers).metadata;
      const group = consumerGroup.slice(valueOf('KAFKA_TOPIC_PREFIX').length);
      expect(groups).toContain(group);
      expect(scaleTargetRef.name.endsWith(`-${group}`)).toBe(true);
      expect(bootstrapServers).toBe(valueOf('KAFKA_BROKERS'));
      // Who scales says how many; two would fight.
      expect(deployments.get(scaleTargetRef.name)?.spec?.['replicas']).toBeUndefined();
    }
  });
});

interface ScaledObjectSpec {
  readonly maxReplicaCount: number;
  readonly scaleTargetRef: { readonly name: string };
  readonly triggers: readonly {
    readonly metadata: { readonly consumerGroup: string; readonly bootstrapServers: string };
  }[];
}

const hasAdminKey = ({ env = [] }: Container): boolean =>
  env.some(({ name }) => name === 'TOUCHLINE_ADMIN_KEY_FILE');

describe('what the tests above hold the chart against', () => {
  const { manifests } = single(rendered.filter(({ name }) => name === 'production'));
  const deployment = named(manifests, 'Deployment')[0] as Manifest;
  const pod = deployment.spec?.template?.spec as PodSpec;
  const container = single(pod.containers);

  it('has an example with every kind that the chart can make', () => {
    const kinds = new Set(rendered.flatMap((one) => one.manifests.map(({ kind }) => kind)));
    for (const kind of [
      'HorizontalPodAutoscaler',
      'ScaledObject',
      'TriggerAuthentication',
      'Ingress',
    ])
      expect(kinds).toContain(kind);
  });

  it.each([
    ['an unknown member', { ...deployment, spec: { ...deployment.spec, replica: 2 } }],
    ['a number as text', { ...deployment, spec: { ...deployment.spec, replicas: 'two' } }],
    ['a kind without schema', { ...deployment, kind: 'DaemonSet' }],
    ['a member too few', { ...deployment, spec: { ...deployment.spec, selector: undefined } }],
  ])('notices %s', (_, manifest) => {
    expect(schemaFaults(JSON.parse(JSON.stringify(manifest)) as Manifest)).not.toEqual([]);
  });

  it.each<[string, PodSpec]>([
    ['the network of the host', { ...pod, hostNetwork: true }],
    ['a folder of the host', { ...pod, volumes: [{ name: 'x', hostPath: { path: '/' } }] }],
    ['no seccomp profile', { ...pod, securityContext: { runAsNonRoot: true } }],
    ['root', { ...pod, securityContext: { ...pod.securityContext, runAsUser: 0 } }],
    ['capabilities', { ...pod, containers: [{ ...container, securityContext: {} }] }],
    [
      'a privileged first container',
      { ...pod, initContainers: [{ ...container, securityContext: { privileged: true } }] },
    ],
    ['a port of the host', { ...pod, containers: [{ ...container, ports: [{ hostPort: 80 }] }] }],
  ])('notices %s', (_, spec) => {
    expect(restrictedFaults(pod)).toEqual([]);
    expect(restrictedFaults(spec)).not.toEqual([]);
  });

  it('has values with a default for all that the schema knows', () => {
    const values = parse(readFileSync('deploy/helm/touchline/values.yaml', 'utf8'), {
      merge: true,
    }) as object;
    const schema = JSON.parse(readFileSync('deploy/helm/touchline/values.schema.json', 'utf8')) as {
      properties: object;
    };
    expect(Object.keys(values).sort()).toEqual(
      Object.keys(schema.properties)
        .filter((name) => name !== 'global')
        .sort(),
    );
  });
});
