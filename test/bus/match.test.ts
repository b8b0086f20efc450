import { describe, expect, test } from 'vitest';
import { socketPath } from '../../src/adapters/bus/address.ts';
import { type Match, matchesArguments, matchesHeader, matchRule } from '../../src/adapters/bus/match.ts';
import type { Message } from '../../src/adapters/bus/message.ts';
import { Owners } from '../../src/adapters/bus/owners.ts';

const SENDER = 'org.example';

describe('a subscription', () => {
  test('asks the bus for all that it names', () => {
    const match: Match = {
      sender: SENDER,
      pathNamespace: '/a',
      interface: 'b.c',
      member: 'D',
      arg0namespace: "e'f",
    };
    expect(matchRule(match)).toBe(
      "type='signal',sender='org.example',path_namespace='/a',interface='b.c',member='D',arg0namespace='e'\\''f'",
    );
  });

  const signal = { path: '/a/b', interface: 'i.j', member: 'M' } as Message;
  test.each<[boolean, Omit<Match, 'sender'>]>([
    [true, {}],
    [true, { path: '/a/b', interface: 'i.j', member: 'M' }],
    [false, { path: '/a' }],
    [false, { interface: 'i' }],
    [false, { member: 'N' }],
    [true, { pathNamespace: '/a' }],
    [true, { pathNamespace: '/a/b' }],
    [true, { pathNamespace: '/' }],
    [false, { pathNamespace: '/a/bc' }],
    [false, { pathNamespace: '/a/b/c' }],
  ])('is %s for the header of a signal: %j', (expected, match) => {
    expect(matchesHeader({ sender: SENDER, ...match }, signal)).toBe(expected);
  });

  test('does not take /ab for something below /a', () => {
    expect(matchesHeader({ sender: SENDER, pathNamespace: '/a' }, { ...signal, path: '/ab' })).toBe(false);
  });

  test.each<[boolean, Omit<Match, 'sender'>, string | undefined]>([
    [true, { arg0: 'a' }, 'a'],
    [false, { arg0: 'a' }, 'b'],
    [false, { arg0: 'a' }, undefined],
    [true, { arg0namespace: 'a.b' }, 'a.b'],
    [true, { arg0namespace: 'a.b' }, 'a.b.c'],
    [false, { arg0namespace: 'a.b' }, 'a.bc'],
  ])('is %s for arguments: %j %s', (expected, match, first) => {
    expect(matchesArguments({ sender: SENDER, ...match }, first)).toBe(expected);
  });
});

describe('the owner of a name', () => {
  test('is unknown until the bus told, and told when it changes', () => {
    const owners = new Owners();
    const seen: string[] = [];
    owners.onChange('org.example', owner => seen.push(owner));
    expect(owners.startTracking('org.example')).toBe(true);
    expect(owners.startTracking('org.example')).toBe(false);
    expect(owners.owner('org.example')).toBe('');
    owners.learned('org.example', ':1.1');
    for (const owner of [':1.1', '', ':1.2', ':1.2']) owners.changed('org.example', owner, () => undefined);
    expect(seen).toEqual(['', ':1.2']);
    expect(owners.owner('org.example')).toBe(':1.2');
  });

  test('of a unique name and of the bus is itself', () => {
    const owners = new Owners();
    expect(owners.startTracking(':1.7')).toBe(false);
    expect(owners.owner(':1.7')).toBe(':1.7');
    expect(owners.owner('org.freedesktop.DBus')).toBe('org.freedesktop.DBus');
  });

  test('is told to all who listen, also when one of them fails', () => {
    const owners = new Owners();
    const errors: unknown[] = [];
    const seen: string[] = [];
    owners.onChange('org.example', () => {
      throw new Error('first');
    });
    owners.onChange('org.example', owner => seen.push(owner));
    owners.startTracking('org.example');
    owners.changed('org.example', ':1.1', error => errors.push(error));
    expect(seen).toEqual([':1.1']);
    expect(errors).toEqual([new Error('first')]);
  });
});

describe('a bus address', () => {
  test.each([
    ['unix:path=/run/dbus/system_bus_socket', '/run/dbus/system_bus_socket'],
    ['tcp:host=localhost,port=1;unix:guid=7,path=/a%20b', '/a b'],
    ['unix:abstract=/tmp/x', '\0/tmp/x'],
  ])('%s leads to its socket', (address, path) => {
    expect(socketPath(address)).toBe(path);
  });

  test('without a unix socket is an error', () => {
    expect(() => socketPath('tcp:host=localhost,port=1')).toThrow('cannot use the bus address "tcp:');
  });
});
