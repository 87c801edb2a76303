/**
 * A broker that asks who one is: clients by TLS and SCRAM-SHA-512, the controller by its certificate, and nothing is
 * allowed but what rules allow (libs/messaging/src/kafka/acls.ts).
 */

/** The broker itself, towards itself. */
export const BROKER_USER = 'kafka';

/** The user that makes the rules; the apps never get it. */
export const ADMIN_USER = 'stagedoor';

/** May create topics and nothing else (TOPICS_PRINCIPAL in libs/messaging). */
export const TOPICS_USER = 'topics';

const MECHANISM = 'SCRAM-SHA-512';

/**
 * @param {{ listeners: string[], ca: string, pem: string, brokerPassword: string }} settings `listeners`: those of
 *   clients, the broker's own first; `pem`: the broker's key and certificate
 * @returns {string[]} lines of server.properties
 */
export function securityConfig({ listeners, ca, pem, brokerPassword }) {
  const login = `org.apache.kafka.common.security.scram.ScramLoginModule required username="${BROKER_USER}" password="${brokerPassword}";`;
  return [
    'ssl.keystore.type=PEM',
    `ssl.keystore.location=${propertyPath(pem)}`,
    'ssl.truststore.type=PEM',
    `ssl.truststore.location=${propertyPath(ca)}`,
    `sasl.enabled.mechanisms=${MECHANISM}`,
    `sasl.mechanism.inter.broker.protocol=${MECHANISM}`,
    `inter.broker.listener.name=${listeners[0]}`,
    ...listeners.map(
      (name) => `listener.name.${name.toLowerCase()}.${MECHANISM.toLowerCase()}.sasl.jaas.config=${login}`,
    ),
    'listener.name.controller.ssl.client.auth=required',
    'authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'allow.everyone.if.no.acl.found=false',
    `super.users=User:CN=kafka;User:${BROKER_USER};User:${ADMIN_USER}`,
  ];
}

/** A backslash begins an escape in a properties file. */
export const propertyPath = (path) => path.replaceAll('\\', '\\\\');

/**
 * What `kafka-storage format` is told, so that the users are there before the first connection.
 * @param {{ name: string, password: string }[]} users
 */
export const scramArguments = (users) =>
  users.flatMap(({ name, password }) => ['--add-scram', `${MECHANISM}=[name=${name},password=${password}]`]);

/**
 * What a client logs in with.
 * @param {{ name: string, password: string, ca: string }} user
 */
export const loginEnvironment = ({ name, password, ca }) => ({
  KAFKA_SSL: 'true',
  KAFKA_SSL_CA_FILE: ca,
  KAFKA_SASL_MECHANISM: MECHANISM.toLowerCase(),
  KAFKA_SASL_USERNAME: name,
  KAFKA_SASL_PASSWORD: password,
});
