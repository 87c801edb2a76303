import type { JourneyJob, JourneyResult } from './journey-job.ts';
import type { LoadJob, LoadResult } from './load-job.ts';
import type { SocketsJob, SocketsResult } from './sockets-job.ts';

/** What a generator can be asked to do, and what it answers. */
export type GeneratorTask =
  | { kind: 'calls'; job: LoadJob }
  | { kind: 'journeys'; job: JourneyJob }
  | { kind: 'sockets'; job: SocketsJob };

export interface ResultOf {
  calls: LoadResult;
  journeys: JourneyResult;
  sockets: SocketsResult;
}
