/** `.stagedoor` in the repository, or what STAGEDOOR_HOME says. */
export function homeFolder(env?: NodeJS.ProcessEnv): string;
