import { type Clock, Problem } from '@stagedoor/platform';
import { etaSeconds, type PollBounds, pollAfterMs, positionOf } from '../domain/place.ts';
import { openingOf, type RoomPhase } from '../domain/room.ts';
import type { AdmissionTokens, FanOfSchedule, Tickets } from './ports.ts';
import type { KnownRoom, RoomDirectory } from './room-directory.ts';
import type { CurrentAdmission } from './waiting-line.ts';

/** What a fan is told about their place (design §6). */
export interface PlaceAnswer {
  state: 'WAITING' | 'ADMITTED' | 'PREQUEUE';
  /** From 1; 0 once admitted. */
  position: number;
  /** How many are in front. */
  ahead: number;
  /** Null while nobody can say: the room is paused. */
  etaSeconds: number | null;
  ticket: string;
  pollAfterMs: number;
  /** An operator's word to those who wait. */
  message?: string;
  admissionToken?: string;
  admissionExpiresAt?: string;
}

/** A signed admission, as it is shown. */
export interface ShownAdmission {
  admissionToken: string;
  admissionExpiresAt: string;
}

/** Puts into words where a fan stands. */
export class PlaceAnswers {
  readonly #directory: RoomDirectory;
  readonly #tickets: Tickets;
  readonly #tokens: AdmissionTokens;
  readonly #polls: PollBounds;
  readonly #clock: Clock;

  constructor(parts: {
    directory: RoomDirectory;
    tickets: Tickets;
    tokens: AdmissionTokens;
    polls: PollBounds;
    clock: Clock;
  }) {
    this.#directory = parts.directory;
    this.#tickets = parts.tickets;
    this.#tokens = parts.tokens;
    this.#polls = parts.polls;
    this.#clock = parts.clock;
  }

  /** @throws Problem QUEUE_CLOSED where nobody will be called any more */
  waiting(room: KnownRoom, fan: FanOfSchedule, sequence: number): PlaceAnswer {
    const phase = this.#directory.phase(room);
    if (phase === 'closed') throw new Problem('QUEUE_CLOSED');
    const position = positionOf(sequence, room.serving);
    const eta = this.#eta(room, phase, position);
    const { message } = room.settings;
    return {
      state: phase === 'prequeue' ? 'PREQUEUE' : 'WAITING',
      position,
      ahead: position - 1,
      etaSeconds: eta,
      ticket: this.#tickets.issue(fan, sequence),
      pollAfterMs: pollAfterMs(eta, sequence, this.#polls),
      ...(message !== null && { message }),
    };
  }

  admitted(fan: FanOfSchedule, admission: CurrentAdmission): PlaceAnswer {
    return {
      state: 'ADMITTED',
      position: 0,
      ahead: 0,
      etaSeconds: 0,
      ticket: this.#tickets.issue(fan, admission.sequence),
      pollAfterMs: this.#polls.maxMs,
      ...this.show(fan, admission),
    };
  }

  /** The admission's token. */
  show(fan: FanOfSchedule, admission: CurrentAdmission): ShownAdmission {
    return {
      admissionToken: this.#tokens.sign({ ...fan, ...admission }),
      admissionExpiresAt: admission.endsAt.toISOString(),
    };
  }

  #eta(room: KnownRoom, phase: RoomPhase, position: number): number | null {
    const { ratePerSecond } = room.settings;
    const observed = room.speed.perSecond;
    return etaSeconds(position, {
      phase,
      perSecond: observed === null ? ratePerSecond : Math.min(observed, ratePerSecond),
      untilOpeningMs: Math.max(0, openingOf(room.settings).getTime() - this.#clock.now().getTime()),
    });
  }
}
