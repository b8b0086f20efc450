import { connect } from 'node:net';
import { startTimer } from '../timer.ts';
import { HostFault, remedyFor } from './host-fault.ts';

/** nspawnd-guest.socket: systemd enters guests for us, we have no right to. */
export const BRIDGE = '/run/nspawnd/guest';
/** A guest is also asked for its journal while somebody waits for its verdict. */
const TIMEOUT_MS = 5000;
const MAX_BYTES = 1024 * 1024;

/**
 * What `journalctl` prints in a guest, at most 1 MiB of it; as much as there is when it takes too long, '' where it can't
 * be run. Rejects with a HostFault when the socket of the bridge is not there.
 *
 * It is the guest's program, run by the guest's service manager, and so sees what the guest sees. The host's, with
 * --machine=, opens directories of the guest by their names: where a guest makes /var/log/journal a link, it reads the
 * journal of the host.
 */
export function journalctl(guest: string, args: readonly string[]): Promise<string> {
  // A line each, see nspawnd-guest@.service.
  const lines = [`journal ${guest}`, ...args, ''];
  if (lines.some(line => line.includes('\n')))
    throw new Error('cannot read a journal: a line break in an argument');
  return new Promise((resolve, reject) => {
    const socket = connect(BRIDGE);
    const chunks: Buffer[] = [];
    let size = 0;
    const deadline = startTimer(TIMEOUT_MS, () => socket.destroy());
    socket.write(`${lines.join('\n')}\n`);
    socket.on('data', chunk => {
      chunks.push(chunk);
      size += chunk.length;
      if (size > MAX_BYTES) socket.destroy();
    });
    socket.once('error', cause => {
      const remedy = 'syscall' in cause && cause.syscall === 'connect' ? remedyFor(cause) : undefined;
      if (remedy !== undefined)
        reject(new HostFault(`cannot read the journal of the guest ${guest}`, cause, remedy));
    });
    socket.once('close', () => {
      deadline[Symbol.dispose]();
      resolve(Buffer.concat(chunks).subarray(0, MAX_BYTES).toString());
    });
  });
}
