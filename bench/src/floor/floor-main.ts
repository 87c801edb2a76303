import { createConnection } from 'mariadb';
import { FloorMessages } from './floor-messages.ts';
import { FloorRows } from './floor-rows.ts';
import { FLOOR_BATCH, type FloorMessage, type FloorTask } from './floor-task.ts';

/** A process of its own: prepares, says so, waits for the word, writes everything, says so. */
const tell = (message: FloorMessage) => process.send?.(message);

async function prepare({ mysqlUrl, brokers, work, operations }: FloorTask): Promise<() => Promise<void>> {
  const { hostname, port, username, password } = new URL(mysqlUrl);
  const connection = await createConnection({
    host: hostname,
    port: Number(port),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    dateStrings: true,
  });
  const rows = await FloorRows.prepare(connection, work, operations);
  const messages = await FloorMessages.prepare(brokers, work, operations);
  const batches = Math.max(1, Math.floor(operations / FLOOR_BATCH));
  return async () => {
    for (let batch = 0; batch < batches; batch++) {
      await rows.write(batch, batches, messages.textOf(batch, batches));
      await messages.send(batch, batches);
    }
    await messages.allRead();
  };
}

let write: (() => Promise<void>) | undefined;
process.on('message', (task: FloorTask | 'go') => {
  const step =
    task === 'go'
      ? Promise.resolve(write?.()).then(() => tell({ kind: 'done' }))
      : prepare(task).then((prepared) => {
          write = prepared;
          tell({ kind: 'ready' });
        });
  step.catch((error: unknown) =>
    tell({ kind: 'failed', message: String(error instanceof Error ? error.stack : error) }),
  );
});
process.on('disconnect', () => process.exit());
