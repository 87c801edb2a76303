/** Who has a port that we need, and how to go out of each other's way. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { PORTS, whyNotFree } from './ports.mjs';

const TCP_LISTEN = '0A';

/**
 * The socket inodes that listen on a port, out of /proc/net/tcp or tcp6.
 * @param {string} table @param {number} port
 */
export function listeningInodes(table, port) {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0');
  return table
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[3] === TCP_LISTEN && fields[1]?.endsWith(`:${wanted}`))
    .map((fields) => fields[9]);
}

/**
 * @param {number} port
 * @returns {{ pid: number, command: string } | null} null if it cannot be seen (another user's process)
 */
export function portOwner(port) {
  return existsSync('/proc/net/tcp') ? ownerByProc(port) : ownerByLsof(port);
}

function ownerByProc(port) {
  const inodes = new Set();
  for (const file of ['/proc/net/tcp', '/proc/net/tcp6']) {
    if (existsSync(file)) for (const inode of listeningInodes(readFileSync(file, 'latin1'), port)) inodes.add(inode);
  }
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      for (const descriptor of readdirSync(`/proc/${pid}/fd`)) {
        const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${descriptor}`))?.[1];
        if (inode && inodes.has(inode)) return { pid: Number(pid), command: commandOf(pid) };
      }
    } catch {
      // Another user's process, or one that has just ended.
    }
  }
  return null;
}

function commandOf(pid) {
  const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  return command.length > 80 ? `${command.slice(0, 77)}...` : command;
}

function ownerByLsof(port) {
  try {
    const output = execFileSync('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpc'], { encoding: 'utf8' });
    const pid = /^p(\d+)$/m.exec(output)?.[1];
    return pid ? { pid: Number(pid), command: /^c(.*)$/m.exec(output)?.[1] ?? '' } : null;
  } catch {
    return null;
  }
}

/**
 * One line for each port that is taken.
 * @param {import('./ports.mjs').Ports} ports
 * @param {string[]} names those that are needed
 */
export async function portConflicts(ports, names, { why = whyNotFree, ownerOf = portOwner } = {}) {
  const lines = [];
  for (const name of names) {
    const reason = await why(ports[name]);
    if (reason === null) continue;
    if (reason === 'EACCES') {
      lines.push(
        `Port ${ports[name]} (${name}) is for root only. Move ours: ${PORTS[name].variable}=<a port above 1023>.`,
      );
      continue;
    }
    const owner = ownerOf(ports[name]);
    const who = owner
      ? `process ${owner.pid} (${owner.command})`
      : 'a process of another user, which cannot be seen from here';
    lines.push(
      `Port ${ports[name]} (${name}) is taken by ${who}. Stop it, or move ours: ${PORTS[name].variable}=<another port>.`,
    );
  }
  return lines;
}
