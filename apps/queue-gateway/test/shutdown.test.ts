import { shutdownSuite } from '@stagedoor/testkit/suites/shutdown';

shutdownSuite('queue-gateway');
