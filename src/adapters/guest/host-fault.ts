import { messageOf } from '../../model/errors.ts';
import { BusError, standardError } from '../bus/errors.ts';

/** Something on the host keeps us from a guest, which says nothing of the guest. The message names the remedy. */
export class HostFault extends BusError {
  constructor(what: string, cause: unknown, remedy: string) {
    super(standardError('NoServer'), `${what}: ${messageOf(cause)} (${remedy})`);
    this.name = 'HostFault';
  }
}

const SOCKET = 'on the host, see: systemctl status nspawnd-guest.socket';
const BRIDGE = "on the host, see: journalctl -u 'nspawnd-guest@*'";
const MACHINED = 'on the host, see: machinectl; systemctl status systemd-machined';

/**
 * What is to be done on the host about an error of connecting to a guest; undefined where it is the guest's affair. By
 * where it comes from: what the kernel says of our own socket, and a bridge that is gone without a word, is the host's. A
 * bridge that can't get through says why (in English, by LC_ALL=C of its unit), and none of these words come from the guest.
 */
export function remedyFor(error: unknown): string | undefined {
  // A connection that once was goes when the guest wants it to, and a bridge that is left resets ours.
  if (!(error instanceof Error) || ('code' in error && error.code === LOST)) return undefined;
  if ('syscall' in error && 'errno' in error) return error.syscall === 'connect' ? SOCKET : BRIDGE;
  const { message } = error;
  if (SILENT.test(message)) return BRIDGE;
  if (UNREGISTERED.test(message)) return MACHINED;
  if (EXHAUSTED.test(message)) return BRIDGE;
  return remedyFor(error.cause);
}

const LOST = standardError('Disconnected');
/** MaxConnections= of the socket is reached, the bridge can't be started, or was killed. */
const SILENT = /^the bus closed the connection$/;
/** machined does not know the machine, as when it was started while machined was not there. */
const UNREGISTERED = /^the bus refused us: .*: Host is down$/;
const EXHAUSTED =
  /^the bus refused us: .*: (Cannot allocate memory|Too many open files( in system)?|No space left on device|not found)$/;
