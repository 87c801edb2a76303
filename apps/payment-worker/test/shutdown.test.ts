import { shutdownSuite } from '@stagedoor/testkit/suites/shutdown';

shutdownSuite('payment-worker');
