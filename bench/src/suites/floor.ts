import type { Suite } from './suite.ts';

/** What every call has to cost, whatever it does, at the rates of the suites that run. Each suite adds the rows and messages that it was counted to write. */
export const floor: Suite = {
  name: 'floor',
  summary:
    "an authenticated POST that does nothing, through the edge, at each suite's rate; also with an admission token",
  besideSeconds: 0,
  windows: 0,
  emptyCalls: [
    { admission: false, ratePerSecond: 2_000 },
    { admission: true, ratePerSecond: 3_000 },
  ],
  async run(context) {
    const posts = await context.emptyPosts();
    return Object.fromEntries(
      posts.map(({ admission, ratePerSecond, record }) => [
        `floor${admission ? '-admission' : ''}-${ratePerSecond}`,
        record,
      ]),
    );
  },
};
