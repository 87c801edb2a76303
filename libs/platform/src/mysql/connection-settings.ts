import { readFileSync } from 'node:fs';
import type { ConnectionConfig } from 'mariadb';

// A row lock that is not had within this is given up; the default of 50 s would outlive every caller.
const LOCK_WAIT_TIMEOUT_S = 5;
// The longest that one statement may run, so that a bad plan ends by itself.
const STATEMENT_TIMEOUT_S = 30;
// A process that is stopped in the middle of a transaction (a suspended machine, a node without CPU) keeps its row locks, and
// its own timers stand still with it: after this long without a statement the server rolls it back. Below the session timeout
// of a consumer, so that whoever takes over its messages does not wait for its rows as well.
const IDLE_TRANSACTION_TIMEOUT_S = 8;
// MySQL knows no such limit of a transaction, only that of a connection, which the pool's idle ones meet, too: it finds them
// closed, and opens others.
const IDLE_CONNECTION_TIMEOUT_S = 60;

/**
 * What every connection of an app is told first. The same rules on MariaDB and MySQL, whatever the server's own
 * configuration: UTC, strict writing, READ COMMITTED, bounded waits. The first comment is read by MariaDB alone, the
 * second by MySQL alone, because the two name the statement's limit differently.
 */
const sessionSettings = [
  `SET time_zone = '+00:00',
       sql_mode = 'ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION',
       innodb_lock_wait_timeout = ${LOCK_WAIT_TIMEOUT_S}
       /*M! , max_statement_time = ${STATEMENT_TIMEOUT_S}, idle_transaction_timeout = ${IDLE_TRANSACTION_TIMEOUT_S} */
       /*!80000 , max_execution_time = ${STATEMENT_TIMEOUT_S * 1000}, wait_timeout = ${IDLE_CONNECTION_TIMEOUT_S} */`,
  'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED',
];

const CONNECT_TIMEOUT_MS = 3_000;
// Finds a connection whose other end is gone without a word (a pulled cable, a failed-over database).
const KEEP_ALIVE_MS = 10_000;

/**
 * What the driver is told for `mysql://user:password@host:port/database?ssl=true&ca=<file>`. `allowPublicKeyRetrieval=true`
 * is for MySQL's default login without TLS on a trusted network.
 * @throws TypeError for a URL or parameter that it does not know
 */
export function connectionSettings(url: string): ConnectionConfig & { database: string } {
  const { hostname, port, username, password, pathname, searchParams } = new URL(url);
  const known = ['ssl', 'ca', 'allowPublicKeyRetrieval'];
  for (const name of searchParams.keys()) {
    if (!known.includes(name)) throw new TypeError(`the database URL has an unknown parameter ${name}`);
  }
  const ca = searchParams.get('ca');
  return {
    // An IPv6 address stands in brackets in a URL, and only there.
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? 3306 : Number(port),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    database: decodeURIComponent(pathname.slice(1)),
    ...(searchParams.get('ssl') === 'true' && { ssl: ca === null ? {} : { ca: readFileSync(ca, 'utf8') } }),
    ...(searchParams.get('allowPublicKeyRetrieval') === 'true' && { allowPublicKeyRetrieval: true }),
    // Parameters compare byte by byte, as the columns do; a case-insensitive default would have to be converted away.
    collation: 'UTF8MB4_BIN',
    initSql: sessionSettings,
    connectTimeout: CONNECT_TIMEOUT_MS,
    keepAliveDelay: KEEP_ALIVE_MS,
    // The driver prints to the console otherwise.
    logger: { warning: () => {} },
  };
}
