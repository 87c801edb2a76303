/** What repositories and the outbox write through: one open database transaction. */
export interface SqlTransaction {
  /**
   * Runs a SELECT. Parameters: string, number, bigint, boolean, null, Date (written as UTC) and Buffer. Rows hold BIGINT
   * and COUNT as number where safe (else bigint), SUM and DECIMAL as string, DATETIME as Date, BLOB as Buffer.
   */
  query<Row>(sql: string, params: unknown[]): Promise<Row[]>;
  /** Runs anything else; answers how many rows it affected. */
  execute(sql: string, params: unknown[]): Promise<number>;
  /** Called once the transaction has committed, never when it rolled back; must not throw. */
  afterCommit(callback: () => void): void;
}
