import { ConfigError, createLogger, kafkaConfig, logConfig, parseConfig } from '@stagedoor/platform';
import { z } from 'zod';
import { createAcls } from './kafka/acls.ts';
import { openKafka } from './kafka/kafka-client.ts';

// Run once on a broker that asks who one is, before the topics are created: allows each app what it does, and no more.
// Needs KAFKA_* of a principal that may alter the cluster.
try {
  const config = parseConfig(z.object({ ...kafkaConfig.shape, ...logConfig.shape }), process.env, {
    app: 'create-acls',
  });
  const logger = createLogger({ name: 'create-acls', level: config.LOG_LEVEL, pretty: config.LOG_PRETTY });
  const rules = await createAcls(openKafka(config, logger, { clientId: 'create-acls' }));
  logger.info(
    { rules: rules.length, principals: [...new Set(rules.map(({ principal }) => principal))] },
    'rules are there',
  );
} catch (error) {
  process.stderr.write(`${error instanceof ConfigError ? error.message : `create-acls: ${String(error)}`}\n`);
  process.exitCode = 1;
}
