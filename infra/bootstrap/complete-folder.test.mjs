import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fillFolder, isComplete } from './complete-folder.mjs';
import { downloadKafkaJars, kafkaJarsFolder } from './kafka-jars.mjs';

let parent;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'stagedoor-test-'));
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

describe('a downloaded folder', () => {
  test('has its name only once it is complete', async () => {
    const folder = join(parent, 'jars');
    await fillFolder(folder, (partial) => {
      expect(isComplete(folder)).toBe(false);
      writeFileSync(join(partial, 'a.jar'), 'a');
    });
    expect(readdirSync(parent)).toEqual(['jars']);
  });

  test('is not there after a failure, and the next attempt begins anew', async () => {
    const folder = join(parent, 'jars');
    const interrupted = fillFolder(folder, (partial) => {
      writeFileSync(join(partial, 'a.jar'), 'hal');
      throw new Error('the line went dead');
    });
    await expect(interrupted).rejects.toThrow('the line went dead');
    expect(existsSync(folder)).toBe(false);
    await fillFolder(folder, (partial) => writeFileSync(join(partial, 'a.jar'), 'whole'));
    expect(readFileSync(join(folder, 'a.jar'), 'utf8')).toBe('whole');
  });

  test('what a killed download has left is removed, what a running one has is not', async () => {
    const folder = join(parent, 'jars');
    // No process has such a pid: Linux ends at 2^22.
    mkdirSync(`${folder}.partial-99999999`);
    mkdirSync(`${folder}.partial-${process.ppid}`);
    await fillFolder(folder, () => {});
    expect(readdirSync(parent).sort()).toEqual(['jars', `jars.partial-${process.ppid}`]);
  });

  test('two at once end with one whole folder', async () => {
    const folder = join(parent, 'jars');
    await fillFolder(folder, async () => {
      mkdirSync(folder);
      writeFileSync(join(folder, 'a.jar'), 'the other one was quicker');
    });
    expect(readFileSync(join(folder, 'a.jar'), 'utf8')).toBe('the other one was quicker');
    expect(readdirSync(parent)).toEqual(['jars']);
  });
});

describe("Kafka's jars", () => {
  const tools = { maven: 'mvn', java: process.execPath };
  const outputOf = (args) =>
    args.find((arg) => arg.startsWith('-DoutputDirectory=')).slice('-DoutputDirectory='.length);

  test('a Maven that ends well without the broker is no success', async () => {
    const run = async (_, args) => writeFileSync(join(outputOf(args), 'scala-library-2.13.jar'), '');
    await expect(downloadKafkaJars(tools, { cache: parent, run })).rejects.toThrow('kafka_2.13');
    expect(isComplete(kafkaJarsFolder(parent))).toBe(false);
  });

  test('are fetched once', async () => {
    let runs = 0;
    const run = async (_, args) => {
      runs += 1;
      for (const jar of ['kafka_2.13-4.1.1.jar', 'kafka-tools-4.1.1.jar', 'slf4j-simple-1.7.36.jar']) {
        writeFileSync(join(outputOf(args), jar), '');
      }
    };
    await downloadKafkaJars(tools, { cache: parent, run });
    await downloadKafkaJars(tools, { cache: parent, run });
    expect(runs).toBe(1);
    expect(isComplete(kafkaJarsFolder(parent))).toBe(true);
  });
});
