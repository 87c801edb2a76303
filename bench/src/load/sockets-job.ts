/** Many open WebSockets, each of another fan, all subscribed to one schedule. */
export interface SocketsJob {
  host: string;
  port: number;
  scheduleId: number;
  /** Fans' tokens, one per line. */
  tokensFile: string;
  count: number;
  /** How long pushes are listened for once all are open. */
  listenMs: number;
}

export interface SocketsResult {
  opened: number;
  /** Of each serving number that was pushed: how many had it, and how long after the first the last had it, in ms. */
  pushes: { serving: number; receivers: number; spreadMs: number }[];
}
