import { readFileSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { GC_LOCK, GC_SOCKET } from '../model/paths.ts';
import { errorCode } from './files.ts';

/*
 * Nix's garbage collector takes its lock, opens its socket, looks for roots, and then removes what has none. A root that
 * is made after it looked goes unseen, unless the collector is told: a path and a newline; it answers with a 1 when
 * nothing of that path will be removed, or all of it has been (nix, src/libstore/gc.cc, addTempRoot).
 */

const ANSWER_MS = 60_000;

/** Whether garbage is being collected. A collection that begins later sees every root that there is by now. */
export function isCollecting(): boolean {
  const lock = statSync(GC_LOCK, { bigint: true, throwIfNoEntry: false });
  if (lock === undefined) return false;
  // proc_locks(5). Builders share the lock for a moment, only the collector has it alone.
  return new RegExp(`FLOCK +ADVISORY +WRITE .*:${lock.ino} `).test(readFileSync('/proc/locks', 'utf8'));
}

/** Resolves when the collector has heard of roots that it may have looked for too early, or is not there any more. */
export async function tellCollector(systems: ReadonlySet<string>): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let unanswered = systems.size;
  const socket = connect(GC_SOCKET, () => socket.write([...systems].map(system => `${system}\n`).join('')));
  socket.on('data', answers => {
    unanswered -= answers.length;
    if (unanswered <= 0) resolve();
  });
  socket.on('error', error => (ABSENT.has(errorCode(error) ?? '') ? resolve() : reject(error)));
  socket.on('close', () => resolve());
  socket.setTimeout(ANSWER_MS, () => reject(new Error(`no answer within ${ANSWER_MS} ms`)));
  try {
    await promise;
  } catch (cause) {
    throw new Error('cannot tell the garbage collector of a root', { cause });
  } finally {
    socket.destroy();
  }
}

/** It hasn't opened its socket yet, and looks for roots after that; or it is done. */
const ABSENT: ReadonlySet<string> = new Set(['ENOENT', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE']);
