import type { SqlTransaction } from '@stagedoor/platform';

/** One step of a plan, as MariaDB and MySQL both tell it. */
export interface PlanStep {
  table: string | null;
  /** `ALL` reads the table, `index` a whole index. */
  type: string | null;
  possible_keys: string | null;
  key: string | null;
  Extra: string | null;
}

/** Asks for a plan in rows: MySQL 9's plain EXPLAIN answers with a tree, in which a test that looks for rows finds nothing. */
export const EXPLAIN = 'EXPLAIN FORMAT=TRADITIONAL';

/** The plans of every statement that ran, except plain INSERTs; by the statement's text. */
export class QueryPlans {
  readonly plans = new Map<string, PlanStep[]>();

  /** Asks for each statement's plan just before it runs: what a fast machine hides at first is a lock on every row. */
  explaining(sql: SqlTransaction): SqlTransaction {
    const explain = async (text: string, params: unknown[]) => {
      if (/^\s*INSERT/.test(text)) return;
      const steps = await sql.query<PlanStep>(`${EXPLAIN} ${text}`, params);
      if (steps.some((step) => step.type === undefined)) throw new Error(`no plan in rows for ${text}`);
      this.plans.set(text.replace(/\s+/g, ' '), steps);
    };
    return {
      ...sql,
      async query(text, params) {
        await explain(text, params);
        return sql.query(text, params);
      },
      async execute(text, params) {
        await explain(text, params);
        return sql.execute(text, params);
      },
    };
  }

  /** The statements with a step of their plan for which this holds. */
  statementsWhere(holds: (step: PlanStep) => boolean): string[] {
    return [...this.plans].filter(([, steps]) => steps.some(holds)).map(([text]) => text.slice(0, 200));
  }
}
