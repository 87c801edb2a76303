/** Certificates of a stack whose servers speak TLS: an authority of its own, made once. */
import { join } from 'node:path';
import { repositoryRoot } from '../stack/folder.mjs';
import { runCommand } from '../stack/run-command.mjs';

const SERVERS = ['mysql', 'redis', 'kafka'];

/** @typedef {ReturnType<typeof certificateFiles>} Certificates */

/** Where certificates.sh lays what. @param {string} folder */
export function certificateFiles(folder) {
  const of = (server) => ({
    key: join(folder, `${server}.key`),
    certificate: join(folder, `${server}.crt`),
    /** Key and certificate in one. */
    pem: join(folder, `${server}.pem`),
  });
  return { ca: join(folder, 'ca.crt'), mysql: of('mysql'), redis: of('redis'), kafka: of('kafka') };
}

/**
 * @param {string} folder
 * @param {{ signal?: AbortSignal }} [options]
 * @throws {Error} where there is no openssl
 */
export async function makeCertificates(folder, { signal } = {}) {
  await runCommand('sh', [join(repositoryRoot, 'infra/services/certificates.sh'), folder, ...SERVERS], { signal });
  return certificateFiles(folder);
}
