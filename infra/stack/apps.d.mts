import type { AppName } from './index.d.mts';

export interface App {
  name: AppName;
  /** The script instead of the app's own, to let something else stand in its place. */
  main?: string;
}

/** The apps as data, for `startStack({ apps })`. */
export const APPS: readonly App[];
