/** What every tool here exits with. */
export const exitCodes = { done: 0, found: 1, couldNotRun: 2 } as const;

/** The command line cannot be followed; its help is shown with it. */
export class UsageError extends Error {}

/** The tool cannot go on, for a reason that its user can understand. */
export class ToolError extends Error {}
