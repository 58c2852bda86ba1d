import { join } from 'node:path';

/** `server.properties` of one node; with `secured` it has a listener of TLS and SCRAM beside its plain one. */
export function properties({ dir, node, nodes, secured }) {
  const copies = Math.min(3, nodes.length);
  const insync = Math.max(1, copies - 1);
  const voters = nodes.map(({ id, controllerPort }) => `${id}@127.0.0.1:${controllerPort}`);
  const clients = [`PLAINTEXT://127.0.0.1:${node.port}`];
  if (secured) clients.push(`SASL_SSL://127.0.0.1:${secured.port}`);
  return [
    'process.roles=broker,controller',
    `node.id=${node.id}`,
    `listeners=${[...clients, `CONTROLLER://127.0.0.1:${node.controllerPort}`].join(',')}`,
    `advertised.listeners=${clients.join(',')}`,
    'controller.listener.names=CONTROLLER',
    'listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SASL_SSL:SASL_SSL',
    `controller.quorum.voters=${voters.join(',')}`,
    `log.dirs=${join(dir, 'data')}`,
    'auto.create.topics.enable=false',
    `default.replication.factor=${copies}`,
    `min.insync.replicas=${insync}`,
    'offsets.topic.num.partitions=4',
    `offsets.topic.replication.factor=${copies}`,
    'transaction.state.log.num.partitions=4',
    `transaction.state.log.replication.factor=${copies}`,
    `transaction.state.log.min.isr=${insync}`,
    `share.coordinator.state.topic.replication.factor=${copies}`,
    `share.coordinator.state.topic.min.isr=${insync}`,
    'group.initial.rebalance.delay.ms=0',
    // A broker that died is missed sooner than by default (9 s).
    'broker.session.timeout.ms=5000',
    'broker.heartbeat.interval.ms=1000',
    ...(secured ? securedProperties(secured) : []),
    '',
  ].join('\n');
}

/** Nobody but the broker uses the plain listener: it has all rights. */
function securedProperties({ keyFile, isAuthorised }) {
  return [
    'inter.broker.listener.name=PLAINTEXT',
    'ssl.keystore.type=PEM',
    `ssl.keystore.location=${keyFile}`,
    'sasl.enabled.mechanisms=SCRAM-SHA-512',
    'listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;',
    ...(isAuthorised
      ? [
          'authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer',
          'super.users=User:ANONYMOUS',
        ]
      : []),
  ];
}

/** Arguments of the storage tool: users are there from the first start. */
export function scramUsers({ users = {} } = {}) {
  return Object.entries(users).flatMap(([name, password]) => [
    '--add-scram',
    `SCRAM-SHA-512=[name=${name},password=${password}]`,
  ]);
}
