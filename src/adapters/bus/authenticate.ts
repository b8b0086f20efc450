import type { Socket } from 'node:net';
import { BusError, standardError } from './errors.ts';

/** No answer of a bus is longer: OK and 32 digits. */
const MAX_LINE = 1024;
const NEWLINE = 0x0a;

/**
 * Authenticates as our user id (EXTERNAL, "Authentication Protocol" in the D-Bus specification). Rejects with
 * `AuthFailed` and what the other side said instead. Afterwards the stream is paused, and carries messages.
 */
export async function authenticate(socket: Socket): Promise<void> {
  const uid = Buffer.from(String(process.getuid?.() ?? 0)).toString('hex');
  socket.write(`\0AUTH EXTERNAL ${uid}\r\n`);
  const answer = await readLine(socket);
  if (!answer.startsWith('OK ')) {
    // It may be anybody's: it goes into logs and reasons.
    const said = answer.replace(/[^\x20-\x7e]/g, ' ').trim();
    throw new BusError(standardError('AuthFailed'), `the bus refused us: ${said}`);
  }
  socket.write('BEGIN\r\n');
}

/** What came up to the next newline; the rest stays in the stream. */
function readLine(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let got: Buffer = Buffer.alloc(0);
    const receive = (chunk: Buffer) => {
      got = Buffer.concat([got, chunk]);
      const end = got.indexOf(NEWLINE);
      if (end < 0 && got.length <= MAX_LINE) return;
      socket.off('data', receive);
      socket.pause();
      if (end < 0) return reject(new BusError(standardError('AuthFailed'), 'the bus answers with no line'));
      if (end + 1 < got.length) socket.unshift(got.subarray(end + 1));
      resolve(got.toString('latin1', 0, end).trimEnd());
    };
    socket.on('data', receive);
  });
}
