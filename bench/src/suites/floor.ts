import type { Suite } from './suite.ts';

/** What every call has to cost, whatever it does. Each suite adds the rows and messages that it was counted to write. */
export const floor: Suite = {
  name: 'floor',
  summary: 'an authenticated POST that does nothing, through the edge; also with an admission token',
  besideSeconds: 30,
  windows: 1.5,
  async run(context) {
    return { floor: await context.emptyPost(false), 'floor-admission': await context.emptyPost(true) };
  },
};
