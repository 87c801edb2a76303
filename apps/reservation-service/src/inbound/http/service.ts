import type { AdmissionVerifier, Clock, TokenVerifier } from '@stagedoor/platform';
import type { BlockCommand, BlockVerdict } from '../../application/block-seats.ts';
import type { CancelReservations } from '../../application/cancel-reservations.ts';
import type { ChangeVerdict, TermsPatch } from '../../application/change-schedule.ts';
import type { HoldSeats } from '../../application/hold-seats.ts';
import type { ConcertPlan, PublishedConcert } from '../../application/publish-concert.ts';
import type { CancellationQueries, CatalogueQueries, ReservationQueries } from '../../application/queries.ts';
import type { Rankings } from '../../application/rankings.ts';
import type { RequestPayments } from '../../application/request-payments.ts';
import type { ScheduleTermsCache } from '../../application/schedule-terms.ts';
import type { SeatMapView } from '../../application/seat-map-view.ts';
import type { Schedule } from '../../domain/schedule.ts';

/** What the routes call. */
export interface Service {
  clock: Clock;
  fans: TokenVerifier;
  admissions: AdmissionVerifier;
  holds: Pick<HoldSeats, 'hold'>;
  payments: Pick<RequestPayments, 'request'>;
  cancellations: Pick<CancelReservations, 'cancel'>;
  reservations: ReservationQueries;
  catalogue: CatalogueQueries;
  cancelledShows: CancellationQueries;
  schedules: Pick<ScheduleTermsCache, 'get'>;
  seatMaps: Pick<SeatMapView, 'read' | 'readSince'>;
  rankings: Pick<Rankings, 'top'>;
  operations: Operations;
}

/** What operators do. `actor` is who does it, for the audit log. */
export interface Operations {
  publishConcert(plan: ConcertPlan, actor: string): Promise<PublishedConcert>;
  changeSchedule(change: { scheduleId: number; patch: TermsPatch; actor: string }): Promise<ChangeVerdict>;
  cancelSchedule(cancellation: { scheduleId: number; reason: string; actor: string }): Promise<Schedule | null>;
  blockSeats(command: BlockCommand): Promise<BlockVerdict>;
  unblockSeats(command: BlockCommand): Promise<BlockVerdict>;
}
