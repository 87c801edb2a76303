import { describe, expect, test } from 'vitest';
import { hardOpenFiles } from '../stack/open-files.mjs';
import { judge, memAvailable } from './preflight.mjs';

const GIB = 1024 ** 3;
const good = {
  diskBytes: 50 * GIB,
  memoryBytes: 16 * GIB,
  openFiles: 65_536,
  isWritable: true,
  nodeMajor: 20,
  first: true,
  folder: '/home/fan/.stagedoor',
};

describe('preflight', () => {
  test('a good machine, and one about which nothing is known', () => {
    expect(judge(good)).toEqual({ errors: [], warnings: [] });
    expect(judge({ ...good, diskBytes: null, memoryBytes: null, openFiles: null })).toEqual({
      errors: [],
      warnings: [],
    });
  });

  test('the first start needs more disk than the second', () => {
    expect(judge({ ...good, diskBytes: 2 * GIB }).errors).toEqual([
      '2.0 GiB are free on the disk of /home/fan/.stagedoor, 3.0 GiB are needed. STAGEDOOR_HOME=<folder> moves it.',
    ]);
    expect(judge({ ...good, diskBytes: 2 * GIB, first: false }).errors).toEqual([]);
  });

  test('little memory is said, too little is refused', () => {
    expect(judge({ ...good, memoryBytes: 2 * GIB })).toMatchObject({
      errors: [],
      warnings: [expect.stringContaining('for a crowd')],
    });
    expect(judge({ ...good, memoryBytes: GIB }).errors).toEqual([
      '1.0 GiB of memory are available, 1.5 GiB are needed.',
    ]);
  });

  test("somebody else's folder, and an old Node", () => {
    expect(judge({ ...good, isWritable: false }).errors).toEqual([expect.stringContaining('belongs to another user')]);
    expect(judge({ ...good, nodeMajor: 18 }).errors).toEqual(['This is Node 18; 20 or newer is needed.']);
  });

  test('open files', () => {
    expect(judge({ ...good, openFiles: 4096 })).toMatchObject({
      errors: [],
      warnings: [expect.stringContaining('ulimit -n 65536')],
    });
    expect(judge({ ...good, openFiles: 256 }).errors).toHaveLength(1);
  });

  test('what the kernel says about itself', () => {
    expect(memAvailable('MemTotal:       24640692 kB\nMemAvailable:   24123456 kB\n')).toBe(24_123_456 * 1024);
    expect(
      hardOpenFiles(
        'Limit  Soft  Hard  Units\nMax open files            1024                 524288               files\n',
      ),
    ).toBe(524_288);
    expect(hardOpenFiles('Max open files            1024                 unlimited               files\n')).toBeNull();
  });
});
