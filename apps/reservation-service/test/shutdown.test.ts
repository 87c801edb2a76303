import { shutdownSuite } from '@stagedoor/testkit/suites/shutdown';

shutdownSuite('reservation-service');
