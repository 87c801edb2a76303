/** How likely it is that something fails at each step; all 0 once the faults are over. */
export interface FaultRates {
  /** The process crashes right here. */
  crash: number;
  /** The database ends a transaction as a deadlock's victim. */
  deadlock: number;
  /** The connection breaks before the commit arrives. */
  lostCommit: number;
  /** The connection breaks after the commit and before anybody hears of it. */
  unknownCommit: number;
  /** A send fails before, or after, the broker has written it. */
  lostSend: number;
  unconfirmedSend: number;
  /** A record is written once more, some time later. */
  duplicate: number;
  failedOffsetCommit: number;
  /** A message is written as nobody can read it. */
  corrupt: number;
  /** A call never reaches the payment provider, its answer never comes back, either is slow. */
  lostCall: number;
  unansweredCall: number;
  slowCall: number;
  /** A step of the waiting line is not done, or done and never heard of. */
  lostLineStep: number;
  unansweredLineStep: number;
}

export const noFaults: FaultRates = {
  crash: 0,
  deadlock: 0,
  lostCommit: 0,
  unknownCommit: 0,
  lostSend: 0,
  unconfirmedSend: 0,
  duplicate: 0,
  failedOffsetCommit: 0,
  corrupt: 0,
  lostCall: 0,
  unansweredCall: 0,
  slowCall: 0,
  lostLineStep: 0,
  unansweredLineStep: 0,
};
