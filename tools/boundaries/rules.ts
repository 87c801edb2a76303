import { posix } from 'node:path';

/** One import of one file: `specifier` as written, `typeOnly` where nothing is left of it at run time. */
export interface Import {
  file: string;
  specifier: string;
  typeOnly: boolean;
}

interface Rule {
  name: string;
  forbids(from: string, to: string, found: Import): boolean;
}

const APP = /^apps\/([^/]+)\//;
const appOf = (path: string): string | undefined => APP.exec(path)?.[1];
const inRoom = (path: string, room: string): boolean => path.includes(`/src/${room}/`);
const isTest = (path: string): boolean =>
  path.endsWith('.test.ts') || path.includes('/test/') || path.includes('/testing/');
const isLocal = (target: string): boolean => /^(apps|libs|e2e|simulation|operations|bench|infra|tools)\//.test(target);

/** What the domain may use from outside: the contracts, and what only computes. */
const PURE_PACKAGES = ['@stagedoor/contracts'];

/** The boundaries of design §2 and §7. Paths are relative to the repository, packages are named as imported. */
export const rules: readonly Rule[] = [
  {
    name: 'no app imports an app',
    forbids: (from, to) => appOf(from) !== undefined && appOf(to) !== undefined && appOf(from) !== appOf(to),
  },
  {
    name: 'no lib imports an app',
    forbids: (from, to) => from.startsWith('libs/') && !from.startsWith('libs/testkit/') && appOf(to) !== undefined,
  },
  {
    name: 'no app and no lib imports the testkit, except in tests',
    forbids: (from, to) => /^(apps|libs)\/(?!testkit\/)/.test(from) && !isTest(from) && to === '@stagedoor/testkit',
  },
  {
    name: 'libs/contracts imports no other lib; libs/platform no lib but contracts',
    forbids: (from, to) =>
      (from.startsWith('libs/contracts/') && to.startsWith('@stagedoor/')) ||
      (from.startsWith('libs/platform/src/') &&
        !isTest(from) &&
        to.startsWith('@stagedoor/') &&
        to !== '@stagedoor/contracts'),
  },
  {
    name: 'nothing imports the simulation',
    forbids: (from, to) => !from.startsWith('simulation/') && /^simulation(\/|$)/.test(to),
  },
  {
    name: "an operator's tool imports no app and no testkit, except in tests; no app and no lib imports it",
    forbids: (from, to) =>
      (from.startsWith('operations/') && !isTest(from) && (appOf(to) !== undefined || to === '@stagedoor/testkit')) ||
      (/^(apps|libs)\//.test(from) && to.startsWith('operations/')),
  },
  {
    name: 'domain/ imports nothing outside itself and the contracts',
    forbids: (from, to) =>
      inRoom(from, 'domain') && !isTest(from) && (isLocal(to) ? !inRoom(to, 'domain') : !PURE_PACKAGES.includes(to)),
  },
  {
    name: 'application/ reaches the outside only through ports',
    forbids: (from, to, { typeOnly }) =>
      APP.test(from) &&
      inRoom(from, 'application') &&
      !isTest(from) &&
      (isLocal(to)
        ? !inRoom(to, 'application') && !inRoom(to, 'domain')
        : !typeOnly && !PURE_PACKAGES.includes(to) && to !== '@stagedoor/platform'),
  },
  {
    name: 'only app.ts constructs adapters',
    forbids: (from, to, { typeOnly }) =>
      APP.test(from) &&
      inRoom(to, 'outbound') &&
      !inRoom(from, 'outbound') &&
      !isTest(from) &&
      !typeOnly &&
      !/^apps\/[^/]+\/src\/(app|migrate)\.ts$/.test(from),
  },
  {
    name: 'outbound/ knows no inbound/',
    forbids: (from, to) => inRoom(from, 'outbound') && inRoom(to, 'inbound'),
  },
];

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\s+(type\s+)?(?:([^'";]*?)\s+from\s+)?['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/g;

const everyNameIsAType = (clause: string): boolean =>
  /^\{[^}]*\}$/.test(clause.trim()) &&
  clause
    .trim()
    .slice(1, -1)
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
    .every((name) => name.startsWith('type '));

/** Every import and re-export that a file's text makes, dynamic ones too. */
export function importsIn(file: string, text: string): Import[] {
  return Array.from(text.matchAll(IMPORT), ([, type, clause, specifier, dynamic]) => ({
    file,
    specifier: (specifier ?? dynamic) as string,
    typeOnly: type !== undefined || (clause !== undefined && everyNameIsAType(clause)),
  }));
}

/** One line for each boundary that an import crosses; none when it may stand. */
export function violations(found: Import): string[] {
  const target = found.specifier.startsWith('.')
    ? posix.normalize(posix.join(posix.dirname(found.file), found.specifier))
    : found.specifier;
  const appPackage = ['queue-gateway', 'reservation-service', 'payment-worker', 'result-worker'].find(
    (app) => target === app || target.startsWith(`${app}/`),
  );
  const resolved = appPackage === undefined ? target : `apps/${target}${target === appPackage ? '/' : ''}`;
  return rules
    .filter((rule) => rule.forbids(found.file, resolved, found))
    .map((rule) => `${found.file}: imports ${found.specifier}: ${rule.name}`);
}
