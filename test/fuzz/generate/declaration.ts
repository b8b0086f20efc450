import { LIMITS } from '../../../src/model/declaration/limit-vocabulary.ts';
import { NETWORK_SETTINGS } from '../../../src/model/declaration/network-vocabulary.ts';
import { NSPAWN_SETTINGS } from '../../../src/model/declaration/nspawn-vocabulary.ts';
import type { Random } from '../../scenarios/soak/random.ts';
import type { Json } from './json.ts';
import { oddText } from './text.ts';

type Make = (random: Random) => Json;

/**
 * A declaration that is meant to be valid, with any of the keys of the format, also of those that are not built yet. One
 * value in a few is odd.
 */
export function someDeclaration(random: Random): { [key: string]: Json } {
  return { path: random.pick(PATHS), ...some(random, DECLARATION, 0.25) };
}

export function someSettings(random: Random): { [key: string]: Json } {
  return some(random, SETTINGS, 0.5);
}

/** Names of all keys, for whoever wants one. */
export const keysOfDeclarations = () => Object.keys(DECLARATION);

const PATHS = [
  '/nix/var/nix/profiles/web',
  '/nix/store/8bqkfx9b6jj2gbjwk2hbk8pw5m1q0a4f-nixos-system-web-25.11',
];
const flag: Make = random => random.chance(0.5);
const oneOf =
  (...values: Json[]): Make =>
  random =>
    random.pick(values);
const span = oneOf(
  '90s',
  '1min 30s',
  'infinity',
  '3s',
  '0s',
  '1ms',
  '500us',
  '2h',
  '1y',
  '0.5',
  '999999999y',
  '1e3s',
);
const orNull =
  (make: Make): Make =>
  random =>
    random.chance(0.3) ? null : make(random);
const odd: Make = random => oddText(random);
const orOdd =
  (make: Make): Make =>
  random =>
    random.chance(0.1) ? oddText(random) : make(random);
const path = orOdd(
  oneOf(
    '/srv/app',
    '/var/lib/app',
    '/data',
    '/a:b',
    '/a\\',
    '/with space',
    '/a ',
    '/%n',
    '/é',
    '/$HOME',
    '/"q"',
  ),
);
const list =
  (make: Make): Make =>
  random =>
    Array.from({ length: random.below(4) }, () => make(random));
const object =
  (shape: Record<string, Make>): Make =>
  random =>
    some(random, shape, 0.5);
const record =
  (key: Make, value: Make): Make =>
  random =>
    Object.fromEntries(Array.from({ length: random.below(4) }, () => [String(key(random)), value(random)]));

const port = oneOf(80, 443, 8080, 1, 65535, 0, 65536);
const interfaceName = orOdd(
  oneOf('eth0', 'eth0:lan', 'wan', 'enp3s0', 'a\\', 'x#y', 'a=b', ';a', 'br0', '1a'),
);
const value = orOdd(
  oneOf(
    'yes',
    'no',
    '1',
    '10.0.0.1/24',
    'a b',
    'a\\',
    'a\\\\',
    ' a',
    'a ',
    '#a',
    '',
    true,
    5,
    '%n',
    '"a',
    '$A',
  ),
);
const values: Make = random => (random.chance(0.3) ? list(value)(random) : value(random));

function vocabulary(sections: Readonly<Record<string, readonly string[]>>, structural: boolean): Make {
  const names = Object.keys(sections);
  return random =>
    Object.fromEntries(
      Array.from({ length: random.below(3) }, () => {
        const section = random.pick(names);
        const one: Make = record(oneOf(...(sections[section] ?? [])), structural ? orNull(values) : values);
        return [
          section,
          structural && random.chance(0.2) ? random.pick([null, list(one)(random)]) : one(random),
        ];
      }),
    );
}

/** By kind; of any other kind are all of them. */
const LIMIT_VALUES: Readonly<Record<string, readonly Json[]>> = {
  bytes: ['1G', '512M', 'infinity', '50%', 1024, '1.5K', '0', '99999999999T'],
  tasks: ['100', 'infinity', '50%', 4096],
  quota: ['50%', '200%', '0.01%', '100000000000%'],
  percent: ['50%', '0%', '100%', '12.34%'],
  weight: [100, 1, 10000, '42'],
  'cpu weight': ['idle', 100, 1],
  boolean: [true, false, 'yes', 'off', 'T'],
  span: ['100ms', '1s', '90', '584542y', '1us'],
  duration: ['100ms', '1s', '90', '584542y', '1us'],
  indexes: ['0-3', '0,2 4', '1', '4294967296', '3-1', '-'],
  'device weight': ['/dev/vda 100', '/a\\ 5', '/dev/%n 1'],
  'device bytes': ['/dev/vda 10M', '/ infinity'],
  'device span': ['/dev/vda 25ms', '/dev/null 1y'],
  device: ['/dev/fuse rwm', 'char-pts', 'block-* r', '/dev/%n rw', '/dev/a\\'],
  'oom action': ['auto', 'kill'],
  'oom preference': ['none', 'avoid', 'omit'],
  partition: ['member', 'root', 'isolated'],
  slice: ['machine.slice', 'a-b.slice', '\\x2d.slice', 'a\\.slice', '-.slice'],
  text: ['10.0.0.0/8', 'any', 'ipv4:tcp:80', 'eth0 lo', '~eth0', '%n', 'a\\', ' a', '/sys/fs/bpf/x'],
};

const limits: Make = random =>
  Object.fromEntries(
    Array.from({ length: random.below(4) }, () => {
      const [setting, { kind, list: isList }] = random.pick([...LIMITS]);
      const one = orOdd(oneOf(...(LIMIT_VALUES[kind] ?? Object.values(LIMIT_VALUES).flat())));
      return [setting, isList && random.chance(0.4) ? list(one)(random) : one(random)];
    }),
  );

const linkConfig = object({
  host: orNull(vocabulary(NETWORK_SETTINGS, true)),
  container: orNull(vocabulary(NETWORK_SETTINGS, true)),
});

const DECLARATION: Record<string, Make> = {
  $schema: odd,
  autoStart: flag,
  activation: object({
    strategy: oneOf('restart', 'reload', 'dynamic', 'none', 'never'),
    timeout: orOdd(span),
    rollback: flag,
    probe: orNull(
      object({
        command: list(orOdd(oneOf('/bin/true', '-f', 'http://localhost', '$A', '%n'))),
        timeout: span,
      }),
    ),
    allowDegraded: flag,
    settle: orOdd(span),
    rehearse: flag,
    group: orNull(orOdd(oneOf('a', 'front-end'))),
    window: orNull(object({ start: orOdd(oneOf('Sat *-*-* 02:00', 'daily', '*:0/5')), duration: span })),
    inhibit: span,
  }),
  binds: record(
    path,
    object({
      hostPath: orNull(path),
      readOnly: flag,
      options: list(orOdd(oneOf('idmap', 'noidmap', 'rootidmap', 'owneridmap', 'rbind', 'norbind'))),
      create: orNull(
        object({
          mode: orOdd(oneOf('0750', '4755', '99')),
          user: oneOf(0, 1000, -1),
          group: oneOf(0, 65536),
        }),
      ),
    }),
  ),
  network: object({
    veth: object({ enable: flag, zone: orNull(orOdd(oneOf('dmz', 'a\\', 'lan'))), config: linkConfig }),
    extraVeths: record(
      interfaceName,
      object({ hostName: orNull(interfaceName), bridge: orNull(interfaceName), config: linkConfig }),
    ),
    forwardPorts: list(
      object({
        protocol: oneOf('tcp', 'udp', 'sctp'),
        hostPort: port,
        containerPort: orNull(port),
        hostAddress: orNull(orOdd(oneOf('127.0.0.1', '::1'))),
        hold: flag,
      }),
    ),
    bridge: orNull(interfaceName),
    macvlan: list(interfaceName),
    ipvlan: list(interfaceName),
    interfaces: list(interfaceName),
    host: flag,
  }),
  store: oneOf('closure', 'host'),
  nixDaemon: oneOf('none', 'host', 'private'),
  credentials: record(
    orOdd(oneOf('db', 'web.*', 'a:b')),
    object({ path, encrypted: flag, text: odd, import: flag }),
  ),
  journal: oneOf('persistent', 'volatile'),
  dependsOn: list(orOdd(oneOf('db', 'web', 'a.b', 'x-y', 'c1'))),
  limits,
  userNamespace: orOdd(
    oneOf('pick', 'managed', 'no', '65536:65536', '131072:131072', '0:65536', '4294901760:65536'),
  ),
  settings: vocabulary(NSPAWN_SETTINGS, false),
};

const SETTINGS: Record<string, Make> = {
  $schema: odd,
  parallel: oneOf(1, 4, 64, 0, 65, 1.5, '4'),
  maxDown: orNull(oneOf(1, 2, 64, 0)),
  logLevel: orOdd(oneOf('info', 'debug', 'silent', 'trace')),
  journalMaxUse: orOdd(oneOf('256M', '1G', '0', '-1')),
};

/** Each key with a probability; no key twice, as of any object. */
function some(
  random: Random,
  shape: Readonly<Record<string, Make>>,
  probability: number,
): { [key: string]: Json } {
  const made: { [key: string]: Json } = {};
  for (const [key, make] of Object.entries(shape)) if (random.chance(probability)) made[key] = make(random);
  return made;
}
