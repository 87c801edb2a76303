import { shutdownSuite } from '@stagedoor/testkit/suites/shutdown';

shutdownSuite('result-worker');
