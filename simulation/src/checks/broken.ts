/** A rule that does not hold. */
export interface Broken {
  invariant: string;
  detail: string;
}
