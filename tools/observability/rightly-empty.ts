/**
 * What has no data in a good run on the wallets of payment-worker, and why; by the place of the query. Each of these is
 * shown to have data otherwise: the alerts by promtool's unit tests, the metrics by the tests of what counts them.
 */
export const rightlyEmpty: Readonly<Record<string, string>> = {
  'stagedoor-services: Errors per second (A)': 'no request fails',
  'stagedoor-services: WebSockets (B)': 'no client is dropped',
  'stagedoor-services: Provider (A)': 'charges go to the wallets: no provider is called',
  'stagedoor-services: Provider, duration (A)': 'no provider is called',
  'stagedoor-services: Provider, duration (B)': 'no provider is called',
  'stagedoor-services: Provider, duration (C)': 'no provider is called',
  'stagedoor-messaging: Tried again (A)': 'no message fails',
  'stagedoor-messaging: Dead letters (A)': 'no message fails for good',
  'stagedoor-messaging: Dead letters (B)': 'no message fails for good',
  'stagedoor-messaging: Refunds (A)': 'no result comes late: the refunds of a good run are those of cancellations',
  'stagedoor-overview: Degraded (E)': 'npm run reconcile tells the node exporter, which does not run here',
  'alert StagedoorErrorRate': 'no request fails',
  'alert StagedoorDeadLetters': 'no message fails for good',
  'alert StagedoorDifferences': 'npm run reconcile tells the node exporter, which does not run here',
};
