/** The command line of `npm run kafka`. */

/** The program behind each script of a Kafka distribution: `kafka-<name>.sh` starts this class. */
export const PROGRAMS = {
  topics: 'org.apache.kafka.tools.TopicCommand',
  configs: 'kafka.admin.ConfigCommand',
  'consumer-groups': 'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand',
  'reassign-partitions': 'org.apache.kafka.tools.reassign.ReassignPartitionsCommand',
  'leader-election': 'org.apache.kafka.tools.LeaderElectionCommand',
  'get-offsets': 'org.apache.kafka.tools.GetOffsetShell',
  'log-dirs': 'org.apache.kafka.tools.LogDirsCommand',
  cluster: 'org.apache.kafka.tools.ClusterTool',
  'metadata-quorum': 'org.apache.kafka.tools.MetadataQuorumCommand',
  'console-consumer': 'org.apache.kafka.tools.consumer.ConsoleConsumer',
};

export const HELP = `npm run -s kafka -- <name> [its arguments]    one of the Kafka distribution's own programs

For a broker of npm start, whose jars come without scripts: "kafka -- topics --list" is "kafka-topics.sh --list".
  ${Object.keys(PROGRAMS).join(', ')}

--bootstrap-server is filled in: KAFKA_BROKERS, or the broker of the npm start that runs here. Each program has --help.
Exit code: the program's; 2 where it could not be started.`;

/**
 * @param {string[]} args @param {() => string} brokers asked only where the line names none
 * @returns {{ help: true } | { help: false, args: string[] }} `args`: the class, and what it is given
 * @throws {Error} that says what is wrong
 */
export function commandOf([name, ...rest], brokers) {
  if (name === undefined || name === '--help' || name === '-h') return { help: true };
  if (!Object.hasOwn(PROGRAMS, name)) {
    throw new Error(`${name}: it is one of ${Object.keys(PROGRAMS).join(', ')}`);
  }
  const told = rest.some((word) => /^--(bootstrap-(server|controller)|help|version)(=|$)/.test(word));
  const broker = told ? [] : ['--bootstrap-server', brokers()];
  // kafka-cluster.sh reads it as an option of its subcommand, kafka-metadata-quorum.sh takes it before.
  const before = name === 'cluster' ? rest.slice(0, 1) : [];
  return { help: false, args: [PROGRAMS[name], ...before, ...broker, ...rest.slice(before.length)] };
}
