import { encode, Variant } from '../../../src/adapters/bus/encode.ts';
import { encodeHeader, METHOD_CALL, type Outgoing } from '../../../src/adapters/bus/message.ts';
import type { Random } from '../../scenarios/soak/random.ts';
import { someType, someValue } from './bus-value.ts';
import { mutatedBytes } from './bytes.ts';
import { oddText } from './text.ts';

const DBUS = 'org.freedesktop.DBus';
const MANAGER = 'org.nixos.nspawn1.Manager';
const CONTAINER = 'org.nixos.nspawn1.Container';
const PATHS = [
  '/org/nixos/nspawn1',
  '/org/nixos/nspawn1/container/web',
  '/org/nixos/nspawn1/container/no_2fsuch',
  '/',
  '/org/nixos',
  '/x',
];
const INTERFACES = [
  MANAGER,
  MANAGER,
  CONTAINER,
  `${DBUS}.Properties`,
  `${DBUS}.Introspectable`,
  `${DBUS}.Peer`,
  `${DBUS}.ObjectManager`,
  'org.freedesktop.LogControl1',
  'a.b',
  '',
];
const MEMBERS: Readonly<Record<string, readonly string[]>> = {
  [MANAGER]: [
    'ListContainers',
    'GetContainer',
    'Plan',
    'Reload',
    'Start',
    'Stop',
    'Restart',
    'Retry',
    'Rollback',
    'Hold',
    'Unhold',
    'WaitSettled',
    'ListUpdates',
  ],
  [CONTAINER]: ['Start', 'Stop', 'Restart', 'Retry', 'Rollback', 'Hold', 'Unhold'],
  [`${DBUS}.Properties`]: ['Get', 'GetAll', 'Set'],
  [`${DBUS}.Introspectable`]: ['Introspect'],
  [`${DBUS}.Peer`]: ['Ping', 'GetMachineId'],
  [`${DBUS}.ObjectManager`]: ['GetManagedObjects'],
};
const SIGNATURES: Readonly<Record<string, string>> = {
  ...{
    GetContainer: 's',
    Start: 's',
    Stop: 's',
    Restart: 's',
    Retry: 's',
    Rollback: 'ss',
    Hold: 's',
    Unhold: 's',
  },
  ...{ WaitSettled: 'st', ListUpdates: 'su', Get: 'ss', GetAll: 's', Set: 'ssv' },
};

/** A call to our objects by anybody: of our methods mostly, with arguments that fit, nearly fit, or don't. */
export function someCall(
  random: Random,
  serial: number,
  way: { sender?: string; destination?: string },
): Buffer {
  const iface = random.pick(INTERFACES);
  const member = random.chance(0.9)
    ? random.pick(MEMBERS[iface] ?? ['Ping', 'Stop', 'toString', '__proto__'])
    : 'constructor';
  const fits = random.chance(0.8) && Object.hasOwn(SIGNATURES, member) ? SIGNATURES[member] : undefined;
  const signature = fits ?? someType(random);
  const values =
    fits === undefined ? [someValue(random, signature).sent] : [...fits].map(type => argument(random, type));
  const header = {
    ...{ type: METHOD_CALL, serial, ...way, path: random.pick(PATHS), interface: iface, member, signature },
    flags: random.pick([0, 0, 0, 1, 4]),
  } as Outgoing;
  const body = encode(signature, values);
  const sent = random.chance(0.9) ? body : mutatedBytes(random, body);
  return Buffer.concat([encodeHeader(header, sent.length), sent]);
}

function argument(random: Random, type: string): unknown {
  if (type === 't') return random.pick([0n, 1n, 1000n, 2n ** 64n - 1n]);
  if (type === 'u') return random.pick([0, 1, 2 ** 32 - 1]);
  if (type === 'v') return new Variant('s', 'debug');
  const names = [
    'web',
    '',
    'no-such',
    '../nspawnd/web',
    '../../../run/foo/victim',
    'a\0b',
    `${'x'.repeat(300)}`,
    'State',
    CONTAINER,
    MANAGER,
  ];
  const text = random.chance(0.7) ? random.pick(names) : oddText(random);
  return text.replaceAll('\0', '');
}
