import { ConfigError, createLogger, kafkaConfig, logConfig, parseConfig } from '@stagedoor/platform';
import { z } from 'zod';
import { openKafka } from './kafka/kafka-client.ts';
import { createTopics } from './kafka/topics.ts';

// Run before the services start: creates the topics of the contracts, and puts their settings right. Needs KAFKA_*.
try {
  const config = parseConfig(z.object({ ...kafkaConfig.shape, ...logConfig.shape }), process.env, {
    app: 'create-topics',
  });
  const logger = createLogger({ name: 'create-topics', level: config.LOG_LEVEL, pretty: config.LOG_PRETTY });
  const { created, repaired, differences } = await createTopics(
    openKafka(config, logger, { clientId: 'create-topics' }),
  );
  logger.info({ created, repaired }, 'topics are there');
  for (const difference of differences) logger.warn(difference);
} catch (error) {
  process.stderr.write(`${error instanceof ConfigError ? error.message : `create-topics: ${String(error)}`}\n`);
  process.exitCode = 1;
}
