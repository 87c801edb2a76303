/**
 * One database transaction. `Tx` is what the application may touch within it: its repositories and its outbox.
 * `work` is called again from the start after a deadlock or a lock wait, so it must keep nothing outside of `tx`.
 */
export interface UnitOfWork<Tx> {
  run<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
}
