/**
 * The pod-security profile `restricted` of Kubernetes (Pod Security Standards, baseline included), rule by rule. What it
 * leaves out: Windows, which the chart does not offer.
 */
import type { Container, PodSpec } from './manifests.js';

type Members = Readonly<Record<string, unknown>>;

const VOLUMES: ReadonlySet<string> = new Set([
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
]);
const SECCOMP: readonly unknown[] = ['RuntimeDefault', 'Localhost'];
const PROBES = ['startupProbe', 'readinessProbe', 'livenessProbe'] as const;

const members = (value: unknown): Members => (value ?? {}) as Members;

/** One sentence a breach. */
export function restrictedFaults(pod: PodSpec): string[] {
  const whole = members(pod.securityContext);
  const containers = [...pod.containers, ...(pod.initContainers ?? [])];
  return [
    ...podFaults(pod, whole),
    ...containers.flatMap((container) =>
      containerFaults(container, whole).map((fault) => `${container.name}: ${fault}`),
    ),
  ];
}

function podFaults(pod: PodSpec, whole: Members): string[] {
  const faults: string[] = [];
  for (const name of ['hostNetwork', 'hostPID', 'hostIPC'])
    if (pod[name] === true) faults.push(`${name} is on`);
  for (const { name, ...kinds } of pod.volumes ?? [])
    for (const kind of Object.keys(kinds))
      if (!VOLUMES.has(kind)) faults.push(`volume ${String(name)} is a ${kind}`);
  if (whole['sysctls'] !== undefined) faults.push('sysctls are set');
  return faults;
}

function containerFaults(container: Container, whole: Members): string[] {
  const own = members(container['securityContext']);
  const either = (name: string): unknown => own[name] ?? whole[name];
  const faults: string[] = [];
  if (own['privileged'] === true) faults.push('is privileged');
  if (own['allowPrivilegeEscalation'] !== false) faults.push('may escalate its privileges');
  if (either('runAsNonRoot') !== true) faults.push('may run as root');
  if (either('runAsUser') === 0) faults.push('runs as root');
  if (!SECCOMP.includes(members(either('seccompProfile'))['type']))
    faults.push('has no seccomp profile');
  if (either('seLinuxOptions') !== undefined) faults.push('sets SELinux options');
  if ((own['procMount'] ?? 'Default') !== 'Default') faults.push('has another /proc');
  const { drop = [], add = [] } = members(own['capabilities']) as Record<string, string[]>;
  if (!drop.includes('ALL')) faults.push('keeps capabilities');
  if (add.some((capability) => capability !== 'NET_BIND_SERVICE')) faults.push('adds capabilities');
  const ports = (container['ports'] ?? []) as readonly Members[];
  if (ports.some(({ hostPort }) => hostPort !== undefined)) faults.push('takes a port of the host');
  for (const probe of PROBES) {
    const { httpGet, tcpSocket } = members(container[probe]);
    if (members(httpGet)['host'] !== undefined || members(tcpSocket)['host'] !== undefined)
      faults.push(`${probe} asks another host`);
  }
  return faults;
}
