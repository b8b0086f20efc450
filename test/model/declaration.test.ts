import { describe, expect, test } from 'vitest';
import { DeclarationError, parseDeclaration } from '../../src/model/declaration.ts';

const PATH = '/nix/var/nix/profiles/web';

test('what is not given has the documented default', () => {
  expect(parse({})).toEqual({
    path: PATH,
    autoStart: true,
    activation: {
      strategy: 'restart',
      timeout: 90_000,
      rollback: true,
      probe: null,
      allowDegraded: false,
      settle: 3000,
    },
    binds: [],
    network: {
      veth: { enable: true, zone: null, config: { host: null, container: null } },
      forwardPorts: [],
      bridge: null,
      macvlan: [],
      ipvlan: [],
      interfaces: [],
      host: false,
    },
    store: 'host',
    nixDaemon: 'none',
    credentials: {},
    journal: 'volatile',
    dependsOn: [],
    limits: [],
    userNamespace: 'pick',
    settings: {},
  });
});

test("with the host's network there is no veth link by default", () => {
  expect(parse({ network: { host: true } }).network.veth.enable).toBe(false);
});

test('binds are sorted and filled in', () => {
  const binds = { '/b': { hostPath: '/srv/b', readOnly: true }, '/a': {} };
  expect(parse({ binds }).binds).toEqual([
    { path: '/a', hostPath: '/a', readOnly: false, options: [] },
    { path: '/b', hostPath: '/srv/b', readOnly: true, options: [] },
  ]);
});

test('binds are bounded in number', () => {
  const binds = (length: number) => Object.fromEntries(Array.from({ length }, (_, at) => [`/d${at}`, {}]));
  expect(parse({ binds: binds(256) }).binds).toHaveLength(256);
  expect(() => parse({ binds: binds(257) })).toThrow(
    'binds: there are 257 of them, and at most 256 are possible',
  );
});

describe('what is specified but not built is refused as such', () => {
  test.each([
    ['network.veth.config.container', { network: { veth: { config: { container: { Network: {} } } } } }],
    ['store', { store: 'closure' }],
    ['nixDaemon', { nixDaemon: 'host' }],
    ['credentials', { credentials: { key: { path: '/run/key' } } }],
    ['journal', { journal: 'persistent' }],
    ['userNamespace', { userNamespace: 'managed' }],
  ])('%s %j', (field, given) => {
    expect(problems(given)).toEqual([{ field, message: expect.stringContaining('not supported yet') }]);
  });
});

describe('a wrong field is named, with what is wrong', () => {
  test.each([
    [
      'activation.timeout',
      'cannot read "90 parsecs" as a time span',
      { activation: { timeout: '90 parsecs' } },
    ],
    ['activation.timeout', '"0" is no time at all', { activation: { timeout: '0' } }],
    ['activation.settle', '"infinity" is longer than an hour', { activation: { settle: 'infinity' } }],
    ['activation.settle', 'cannot read "-1s" as a time span', { activation: { settle: '-1s' } }],
    ['activation.timeout', 'must be a string, not 90', { activation: { timeout: 90 } }],
    ['activation.strategy', 'must be one of', { activation: { strategy: 'rolling' } }],
    ['activation.probe.command', 'must have a program', { activation: { probe: { command: [] } } }],
    [
      'activation.probe.command',
      '"curl" is not an absolute path',
      { activation: { probe: { command: ['curl', '-f'] } } },
    ],
    ['activation.probe.command', 'required', { activation: { probe: { timeout: '5s' } } }],
    [
      'activation.probe.timeout',
      'time span',
      { activation: { probe: { command: ['/x'], timeout: 'soon' } } },
    ],
    ['dependsOn[0]', 'not a valid machine name', { dependsOn: ['my db'] }],
    ['dependsOn', '"db" is given twice', { dependsOn: ['db', 'db'] }],
    ['autoStart', 'must be true or false, not "yes"', { autoStart: 'yes' }],
    ['autostart', 'unknown key', { autostart: true }],
    ['constructor', 'unknown key', { constructor: 1 }],
    ['path', '"web" is not an absolute path', { path: 'web' }],
    ['path', 'simplest form', { path: '/nix/../etc' }],
    ['binds."/a/"', 'simplest form', { binds: { '/a/': {} } }],
    ['binds."/a\\nb"', 'control character', { binds: { '/a\nb': {} } }],
    ['binds."/a\\u2028b"', 'control character', { binds: { '/a\u2028b': {} } }],
    ['binds."/a\\ud800"', 'not valid Unicode', { binds: { '/a\ud800': {} } }],
    ['binds."/nix/store/x"', 'not free', { binds: { '/nix/store/x': {} } }],
    ['binds."/proc/sys"', 'not free', { binds: { '/proc/sys': {} } }],
    ['binds."/"', 'not free', { binds: { '/': {} } }],
    ['binds."/a".hostPath', 'not an absolute path', { binds: { '/a': { hostPath: 'a' } } }],
    ['binds."/a".options', 'exclude each other', { binds: { '/a': { options: ['idmap', 'noidmap'] } } }],
    ['binds."/a".options[0]', 'is not one of', { binds: { '/a': { options: ['ro'] } } }],
    ['network.veth.zone', 'longer than the 12', { network: { veth: { zone: 'thirteenchars' } } }],
    ['network.veth.zone', 'no name for a zone', { network: { veth: { zone: 'a b' } } }],
    ['network.veth.zone', 'needs network.veth.enable', { network: { veth: { enable: false, zone: 'z' } } }],
    ['network.veth.enable', 'network.host', { network: { host: true, veth: { enable: true } } }],
    ['network.forwardPorts', 'network.host', { network: { host: true, forwardPorts: [{ hostPort: 1 }] } }],
    ['network.bridge', 'network.veth.zone', { network: { bridge: 'br0', veth: { zone: 'z' } } }],
    [
      'network.veth.config.host',
      'network.bridge',
      { network: { bridge: 'br0', veth: { config: { host: {} } } } },
    ],
    ['network.bridge', 'longer than the 15', { network: { bridge: 'sixteen-is-a-lot' } }],
    ['network.macvlan[0]', 'neither', { network: { macvlan: ['a:b:c'] } }],
    ['network.forwardPorts[0].hostPort', 'no port', { network: { forwardPorts: [{ hostPort: 65536 }] } }],
    [
      'network.forwardPorts[1].hostPort',
      'tcp port 80 is forwarded already',
      { network: { forwardPorts: [{ hostPort: 80 }, { hostPort: 80, containerPort: 8080 }] } },
    ],
    [
      'network.veth.config.host.Network.Adress',
      'no setting of [Network] in systemd.network(5)',
      { network: { veth: { config: { host: { Network: { Adress: '10.0.0.1/24' } } } } } },
    ],
    [
      'network.veth.config.host.Match',
      'unknown key',
      { network: { veth: { config: { host: { Match: { Name: '*' } } } } } },
    ],
    [
      'network.veth.config.host.Route[1].Metric',
      'must be',
      {
        network: {
          veth: { config: { host: { Route: [{ Gateway: '10.0.0.1' }, { Source: '::1', Metric: {} }] } } },
        },
      },
    ],
    [
      'network.veth.config.host.Route[1]',
      'is ignored without Gateway= or Destination= or Source= or PreferredSource=',
      { network: { veth: { config: { host: { Route: [{ Gateway: '10.0.0.1' }, { Metric: 5 }] } } } } },
    ],
    [
      'network.veth.config.host.Neighbor',
      'is ignored without LinkLayerAddress=',
      { network: { veth: { config: { host: { Neighbor: { Address: '10.0.0.1' } } } } } },
    ],
    ['network.veth.zone', 'no name for a zone', { network: { veth: { zone: 'a\\' } } }],
    ['network.veth.zone', 'no name for a zone', { network: { veth: { zone: 'a*' } } }],
    ['network.bridge', 'no name for an interface', { network: { bridge: 'br0\\' } }],
    ['network.macvlan[0]', 'no name for an interface', { network: { macvlan: ['eth0\\'] } }],
    ['network.ipvlan[0]', 'no name for an interface', { network: { ipvlan: ['"eth0"'] } }],
    ['network.interfaces[0]', 'no name for an interface', { network: { interfaces: ['eth0:a\\'] } }],
    ['userNamespace', 'must be "pick"', { userNamespace: '065536:65536' }],
    ['activation.timeout', 'longer than 100 years', { activation: { timeout: '101y' } }],
    ['activation.timeout', 'time span', { activation: { timeout: '600000y' } }],
    ['activation.timeout', 'time span', { activation: { timeout: '1.5.5' } }],
    ['activation.timeout', 'time span', { activation: { timeout: '1.0000001s' } }],
    ['limits.AllowedCPUs', 'cannot read "9999999"', { limits: { AllowedCPUs: '9999999' } }],
    ['limits.MemoryMax', 'cannot read "16E"', { limits: { MemoryMax: '16E' } }],
    ['limits.MemoryMax', 'cannot read "0.5"', { limits: { MemoryMax: 0.5 } }],
    ['limits.DeviceAllow', 'cannot read "/dev/%i rw"', { limits: { DeviceAllow: '/dev/%i rw' } }],
    ['limits.MemoryMax', 'cannot read "lots" as a size', { limits: { MemoryMax: 'lots' } }],
    ['limits.CPUQuota', 'cannot read "0%"', { limits: { CPUQuota: '0%' } }],
    ['limits.TasksMax', 'takes one value', { limits: { TasksMax: [1, 2] } }],
    ['limits.Delegate', 'no setting of systemd.resource-control(5)', { limits: { Delegate: true } }],
    ['limits.constructor', 'no setting', { limits: { constructor: 1 } }],
    ['userNamespace', 'must be "pick", "no" or "UID:RANGE"', { userNamespace: 'yes' }],
    ['userNamespace', 'not a multiple', { userNamespace: '100000:65536' }],
    ['userNamespace', "the host's root", { userNamespace: '0:65536' }],
    ['userNamespace', 'beyond the last', { userNamespace: '4294901760:65536' }],
    ['settings.Exec.Boot', 'own init', { settings: { Exec: { Boot: true } } }],
    ['settings.Exec.Parameters', 'use path', { settings: { Exec: { Parameters: 'x' } } }],
    ['settings.Exec.PrivateUsers', 'use userNamespace', { settings: { Exec: { PrivateUsers: 'no' } } }],
    [
      'settings.Files.PrivateUsersOwnership',
      'use userNamespace',
      { settings: { Files: { PrivateUsersOwnership: 'off' } } },
    ],
    ['settings.Exec.Enviroment', 'no setting of [Exec]', { settings: { Exec: { Enviroment: 'A=1' } } }],
    [
      'settings.Exec.Environment[1]',
      'control character',
      { settings: { Exec: { Environment: ['A=1', 'B=\nBoot=yes'] } } },
    ],
    ['settings.Exec.Environment', 'backslash', { settings: { Exec: { Environment: 'A=1\\' } } }],
    ['settings.Service', 'unknown key', { settings: { Service: {} } }],
  ])('%s: %s', (field, message, given) => {
    expect(problems(given)).toEqual([{ field, message: expect.stringContaining(message) }]);
  });
});

test('a missing path is said to be required', () => {
  expect(problemsOf('{}')).toEqual([{ field: 'path', message: 'required' }]);
});

test('all problems are reported at once, also in the message', () => {
  const given = { autoStart: 1, store: 'closure', colour: 'red' };
  expect(
    problems(given)
      .map(({ field }) => field)
      .sort(),
  ).toEqual(['autoStart', 'colour', 'store']);
  expect(() => parse(given)).toThrow(
    'autoStart: must be true or false, not 1; store: "closure" is not supported yet',
  );
});

test('the error carries the code of the D-Bus contract', () => {
  expect(() => parse({ autoStart: 1 })).toThrow(expect.objectContaining({ code: 'InvalidDeclaration' }));
});

function parse(given: object) {
  return parseDeclaration(JSON.stringify({ path: PATH, ...given }));
}

function problems(given: object) {
  return problemsOf(JSON.stringify({ path: PATH, ...given }));
}

function problemsOf(text: string) {
  try {
    parseDeclaration(text);
  } catch (error) {
    if (error instanceof DeclarationError) return error.problems;
    throw error;
  }
  return [];
}

describe('what is quoted of a file is bounded, and has nothing that a terminal would not show', () => {
  const nasty = '\u009b31m\u202eevil\u2066\u0085';
  const long = 'x'.repeat(100_000);
  test.each([
    ['an unknown key', { [nasty]: 1 }],
    ['a long unknown key', { [long]: 1 }],
    ['a value of the wrong kind', { autoStart: nasty }],
    ['a long value of the wrong kind', { autoStart: long }],
    ['no choice', { store: nasty }],
    ['a time span', { activation: { timeout: nasty } }],
    ['a path', { path: nasty }],
    ['a key that is a path', { binds: { [nasty]: {} } }],
    ['an option', { binds: { '/a': { options: [nasty] } } }],
    ['a limit', { limits: { MemoryMax: nasty } }],
    ['the name of a limit', { limits: { [nasty]: '1G' } }],
    ['a zone', { network: { veth: { zone: nasty } } }],
    ['an interface', { network: { macvlan: [nasty] } }],
    ['an interface with two colons', { network: { macvlan: [`a:b:${nasty}`] } }],
    ['a dependency', { dependsOn: [nasty] }],
    ['user IDs', { userNamespace: nasty }],
    ['a raw section', { settings: { [nasty]: {} } }],
    ['a raw setting', { settings: { Exec: { [nasty]: '1' } } }],
    ['a raw value', { settings: { Exec: { Hostname: nasty } } }],
    ['an argument', { activation: { probe: { command: ['/bin/true', `\0${nasty}`] } } }],
  ])('%s', (_, given) => {
    const shown = problems(given).map(({ field, message }) => `${field}: ${message}`);
    expect(shown).not.toEqual([]);
    for (const one of shown) {
      expect(one).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      expect(one.length).toBeLessThan(2000);
    }
  });
});

test('a system may be good at once, without being watched', () => {
  expect(parse({ activation: { settle: '0s' } }).activation.settle).toBe(0);
  expect(parse({ activation: { settle: '1min 30s' } }).activation.settle).toBe(90_000);
});
