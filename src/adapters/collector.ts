import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { GC_SOCKET } from '../model/paths.ts';
import { errorCode } from './files.ts';

/*
 * Nix's garbage collector takes its lock, opens its socket, looks for roots, and then removes what has none. A root that
 * is made after it looked goes unseen, unless the collector is told: a path and a newline; it answers with a 1 when
 * nothing of that path will be removed, or all of it has been (nix, src/libstore/gc.cc, addTempRoot).
 */

const ANSWER_MS = 60_000;

/**
 * Whether there may be a collector to be told of roots; its socket stays when it ends. A collection that begins later
 * sees every root that there is by now. (Its lock would tell, too, but reading /proc/locks takes some 10 ms, which a
 * machine that is about to be restarted need not wait for.)
 */
export function mayBeCollecting(): boolean {
  return existsSync(GC_SOCKET);
}

/**
 * Resolves when the collector has heard of roots that it may have looked for too early, or is not there any more: to
 * whether one was there, which may have removed what has a root now.
 */
export async function tellCollector(systems: ReadonlySet<string>): Promise<boolean> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let unanswered = systems.size;
  let wasThere = false;
  const socket = connect(GC_SOCKET, () => {
    wasThere = true;
    socket.write([...systems].map(system => `${system}\n`).join(''));
  });
  socket.on('data', answers => {
    unanswered -= answers.length;
    if (unanswered <= 0) resolve();
  });
  socket.on('error', error => (ABSENT.has(errorCode(error) ?? '') ? resolve() : reject(error)));
  socket.on('close', () => resolve());
  socket.setTimeout(ANSWER_MS, () => reject(new Error(`no answer within ${ANSWER_MS} ms`)));
  try {
    await promise;
    return wasThere;
  } catch (cause) {
    throw new Error('cannot tell the garbage collector of a root', { cause });
  } finally {
    socket.destroy();
  }
}

/** It hasn't opened its socket yet, and looks for roots after that; or it is done. */
const ABSENT: ReadonlySet<string> = new Set(['ENOENT', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE']);
