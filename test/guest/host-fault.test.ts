import { expect, test } from 'vitest';
import { BusError, standardError } from '../../src/adapters/bus/errors.ts';
import { HostFault, remedyFor } from '../../src/adapters/guest/host-fault.ts';

const node = (code: string, syscall: string) =>
  Object.assign(new Error(`${syscall} ${code}`), { code, syscall, errno: -1 });
const connecting = (cause: Error) => new BusError('NoServer', 'cannot connect to the bus', { cause });
const said = (text: string) => connecting(new BusError('AuthFailed', `the bus refused us: ${text}`));

test.each([
  ['no socket', connecting(node('ENOENT', 'connect')), 'nspawnd-guest.socket'],
  ['a socket that nobody listens to', connecting(node('ECONNREFUSED', 'connect')), 'nspawnd-guest.socket'],
  ['a full queue', connecting(node('EAGAIN', 'connect')), 'nspawnd-guest.socket'],
  [
    'too many connections, or a bridge that was killed',
    connecting(new Error('the bus closed the connection')),
    'nspawnd-guest@',
  ],
  ['a bridge that was killed as we spoke', connecting(node('ECONNRESET', 'read')), 'nspawnd-guest@'],
  [
    'a bridge that is not installed',
    said('/bin/sh: 1: exec: systemd-stdio-bridge: not found'),
    'nspawnd-guest@',
  ],
  ['a host without memory', said('Failed to connect: Cannot allocate memory'), 'nspawnd-guest@'],
  ['a machine that machined does not know', said('Failed to start bus client: Host is down'), 'machined'],
])('%s is a fault of the host', (_, error, remedy) => {
  expect(remedyFor(error)).toContain(remedy);
  expect(new HostFault('cannot connect to the guest web', error, remedy).message).toMatch(
    /^cannot connect to the guest web: .*\(.*\)$/,
  );
});

test.each([
  ['no socket of a bus', said('Failed to start bus client: No such file or directory')],
  ['a bus that nobody listens to', said('Failed to start bus client: Connection refused')],
  ['a bus that is full', said('Failed to start bus client: Resource temporarily unavailable')],
  ['garbage', said('Failed to start bus client: Protocol error')],
  ['silence', connecting(new Error('no answer within 10000 ms'))],
  [
    'a bus that goes after it has greeted us',
    new BusError('Disconnected', 'the bus closed the connection: gone'),
  ],
  [
    'a connection that is reset after that',
    new BusError(standardError('Disconnected'), 'gone', { cause: node('ECONNRESET', 'read') }),
  ],
  ['anything else', 'thrown'],
])('%s is the affair of the guest', (_, error) => {
  expect(remedyFor(error)).toBeUndefined();
});
