import type { Redis } from 'ioredis';
import type { NumberBlock } from '../../application/ports.ts';
import type {
  CallAnswer,
  Called,
  JoinAnswer,
  LeaveAnswer,
  LineCounts,
  LinePlace,
  LineSettings,
  Preparation,
  Slot,
  SlotName,
  WaitingLine,
} from '../../application/waiting-line.ts';
import { callAnswer, joinAnswer, leaveAnswer, placeAnswer } from './line-answers.ts';
import { LuaScript } from './lua-script.ts';
import { type RoomKeys, roomKeys } from './room-keys.ts';
import { ServerRun } from './server-run.ts';
import { pairs } from './stored-admission.ts';

// What the rate bucket holds at most: a loop that was away this long catches up, one that was away longer does not.
const BURST_MS = 500;
// Length of a UUID: what stands before the user in a slot's name.
const ID_LENGTH = 36;

/** The waiting line in Redis: one script per step. Keys are `prefix{schedule}:…`. */
export class RedisWaitingLine implements WaitingLine {
  readonly #redis: Redis;
  readonly #prefix: string;
  readonly #run: ServerRun;
  readonly #scripts: Record<
    | 'join'
    | 'find'
    | 'leave'
    | 'call'
    | 'settle'
    | 'release'
    | 'occupy'
    | 'configure'
    | 'giveNumbers'
    | 'prepare'
    | 'counts',
    LuaScript
  >;

  constructor(redis: Redis, prefix: string) {
    this.#redis = redis;
    this.#prefix = prefix;
    this.#run = new ServerRun(redis);
    this.#scripts = {
      join: new LuaScript(redis, 'join', 4),
      find: new LuaScript(redis, 'find', 4),
      leave: new LuaScript(redis, 'leave', 4),
      call: new LuaScript(redis, 'call', 4),
      settle: new LuaScript(redis, 'settle', 4),
      release: new LuaScript(redis, 'release', 2),
      occupy: new LuaScript(redis, 'occupy', 4),
      configure: new LuaScript(redis, 'configure', 1),
      giveNumbers: new LuaScript(redis, 'give-numbers', 2),
      prepare: new LuaScript(redis, 'prepare', 2),
      counts: new LuaScript(redis, 'counts', 4),
    };
  }

  async join(scheduleId: number, userId: string): Promise<JoinAnswer> {
    return joinAnswer(await this.#ofFan('join', scheduleId, [userId]));
  }

  async find(scheduleId: number, userId: string): Promise<LinePlace> {
    return placeAnswer(await this.#ofFan('find', scheduleId, [userId]));
  }

  async restore(scheduleId: number, userId: string, sequence: number): Promise<LinePlace> {
    return placeAnswer(await this.#ofFan('find', scheduleId, [userId, sequence]));
  }

  async leave(scheduleId: number, userId: string): Promise<LeaveAnswer> {
    return leaveAnswer(await this.#ofFan('leave', scheduleId, [userId]));
  }

  async call(scheduleId: number, admissionIds: readonly string[], ttlMs: number): Promise<CallAnswer> {
    const keys = this.#keys(scheduleId);
    const run = await this.#run.id();
    const answer = (await this.#scripts.call.run(
      [keys.room, keys.waiting, keys.calling, keys.inside],
      [run, ttlMs, BURST_MS, ...admissionIds],
    )) as unknown[];
    return callAnswer(answer);
  }

  async settle(
    scheduleId: number,
    serving: number,
    inside: readonly Called[],
    spent: readonly Called[],
  ): Promise<string[]> {
    const keys = this.#keys(scheduleId);
    const run = await this.#run.id();
    return (await this.#scripts.settle.run(
      [keys.room, keys.calling, keys.inside, keys.current],
      [
        run,
        serving,
        ...inside.flatMap((called) => ['INSIDE', called.userId, called.admissionId]),
        ...spent.flatMap((called) => ['SPENT', called.userId, called.admissionId]),
      ],
    )) as string[];
  }

  async release(scheduleId: number, ended: readonly SlotName[]): Promise<void> {
    if (ended.length === 0) return;
    const { inside, current } = this.#keys(scheduleId);
    await this.#scripts.release.run(
      [inside, current],
      ended.flatMap(({ admissionId, userId }) => [admissionId, userId]),
    );
  }

  async keep(scheduleId: number, slots: readonly SlotName[]): Promise<void> {
    if (slots.length === 0) return;
    const { inside } = this.#keys(scheduleId);
    const named = slots.map(({ admissionId, userId }) => `${admissionId}:${userId}`);
    await this.#redis.call('ZADD', inside, 'XX', ...named.flatMap((name) => ['+inf', name]));
  }

  async occupy(scheduleId: number, slots: readonly Slot[]): Promise<void> {
    if (slots.length === 0) return;
    const keys = this.#keys(scheduleId);
    await this.#scripts.occupy.run(
      [keys.waiting, keys.calling, keys.inside, keys.current],
      slots.flatMap((slot) => [
        slot.admissionId,
        slot.userId,
        slot.sequence,
        slot.admittedAt.getTime(),
        slot.endsAt.getTime(),
        slot.kept ? 1 : 0,
      ]),
    );
  }

  async inside(scheduleId: number): Promise<(SlotName & { kept: boolean })[]> {
    const flat = await this.#redis.zrange(this.#keys(scheduleId).inside, '0', '-1', 'WITHSCORES');
    return pairs(flat).map(([name, endsAt]) => ({
      admissionId: name.slice(0, ID_LENGTH),
      userId: name.slice(ID_LENGTH + 1),
      kept: endsAt === 'inf',
    }));
  }

  async configure(scheduleId: number, settings: LineSettings): Promise<void> {
    await this.#scripts.configure.run([this.#keys(scheduleId).room], settingsOf(settings));
  }

  async claimFetch(scheduleId: number, ttlMs: number): Promise<boolean> {
    return (await this.#redis.set(this.#keys(scheduleId).fetching, '1', 'PX', ttlMs, 'NX')) === 'OK';
  }

  async giveNumbers(scheduleId: number, { low, high }: NumberBlock): Promise<void> {
    const { room, fetching } = this.#keys(scheduleId);
    const run = await this.#run.id();
    await this.#scripts.giveNumbers.run([room, fetching], [run, low, high]);
  }

  async prepare(scheduleId: number, { settings, numbers, serving, inside, recoverMs }: Preparation): Promise<void> {
    const { room, fetching } = this.#keys(scheduleId);
    const run = await this.#run.id();
    // First the slots, in parts that do not hold the server up: until the room is known nobody is called.
    for (let start = 0; start < inside.length; start += SLOTS_PER_CALL) {
      await this.occupy(scheduleId, inside.slice(start, start + SLOTS_PER_CALL));
    }
    await this.#scripts.prepare.run(
      [room, fetching],
      [run, numbers.low, numbers.high, serving, recoverMs, ...settingsOf(settings)],
    );
  }

  async remains(scheduleId: number): Promise<number | null> {
    const { room, waiting, calling } = this.#keys(scheduleId);
    const [known, waits, called] = await Promise.all([
      this.#redis.exists(room),
      this.#redis.zcard(waiting),
      this.#redis.hlen(calling),
    ]);
    return known === 0 ? null : waits + called;
  }

  async forget(scheduleId: number): Promise<void> {
    await this.#redis.unlink(...Object.values(this.#keys(scheduleId)));
  }

  async counts(scheduleId: number): Promise<LineCounts | null> {
    const keys = this.#keys(scheduleId);
    const run = await this.#run.id();
    const answer = (await this.#scripts.counts.run(
      [keys.room, keys.waiting, keys.calling, keys.inside],
      [run],
    )) as unknown[];
    if (answer[0] !== 'COUNTS') return null;
    return { waiting: Number(answer[1]), inside: Number(answer[2]), serving: Number(answer[3]) };
  }

  async #ofFan(
    script: 'join' | 'find' | 'leave',
    scheduleId: number,
    args: readonly (string | number)[],
  ): Promise<unknown[]> {
    const keys = this.#keys(scheduleId);
    const run = await this.#run.id();
    return (await this.#scripts[script].run(
      [keys.room, keys.waiting, keys.calling, keys.current],
      [run, ...args],
    )) as unknown[];
  }

  #keys(scheduleId: number): RoomKeys {
    return roomKeys(this.#prefix, scheduleId);
  }
}

const SLOTS_PER_CALL = 500;

function settingsOf({ version, mode, ratePerSecond, maxInside, opensAt, closesAt }: LineSettings): (string | number)[] {
  return [version, mode, ratePerSecond, maxInside, opensAt.getTime(), closesAt?.getTime() ?? ''];
}
