import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, symlinkSync, truncateSync } from 'node:fs';
import { createServer, type Server } from 'node:net';

const SPARSE_BYTES = 400 * 1024 * 1024;

/** What may be at a path where a small file is expected: how it is made, and what a reader should say of it. */
export const ODD_THINGS: Readonly<Record<string, { make(path: string): void; why: RegExp }>> = {
  'a FIFO': { make: path => void execFileSync('mkfifo', [path]), why: /it is not a regular file \(a FIFO\)/ },
  'a directory': { make: path => mkdirSync(path), why: /it is not a regular file \(a directory\)/ },
  'a device': { make: path => symlinkSync('/dev/zero', path), why: /it is not a regular file \(a device\)/ },
  'a terminal': {
    make: path => symlinkSync('/dev/ptmx', path),
    why: /it is not a regular file \(a device\)/,
  },
  'a link to itself': {
    make: path => symlinkSync(path, path),
    why: /it is a link that leads nowhere but to links/,
  },
  'a sparse file of 400 MB': { make: makeSparse, why: /it is larger than (1|8) MiB/ },
};

function makeSparse(path: string): void {
  closeSync(openSync(path, 'w'));
  truncateSync(path, SPARSE_BYTES);
}

/** A socket somebody listens on; to be closed. */
export async function makeSocket(path: string): Promise<Server> {
  const server = createServer();
  await new Promise<void>(resolve => server.listen(path, resolve));
  return server;
}

export function removeThing(path: string): void {
  rmSync(path, { recursive: true, force: true });
}
