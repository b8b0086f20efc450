import { expect, test } from 'vitest';
import { parseDeclaration } from '../../src/model/declaration.ts';
import { type HostFacts, readHeader, render } from '../../src/render/render.ts';
import { FACTS, SYSTEM } from './facts.ts';

const base = fingerprint({});

test.each([
  ['another system', fingerprint({}, '/nix/store/x-other')],
  ['another start time-out', fingerprint({ activation: { timeout: '5min' } })],
  ['another strategy', fingerprint({ activation: { strategy: 'none' } })],
  ['limits, which a daemon-reload applies', fingerprint({ limits: { MemoryMax: '1G' } })],
  ['another version of systemd', fingerprint({}, SYSTEM, { systemdVersion: 257 })],
])('%s is no reason to restart', (_, other) => {
  expect(other).toBe(base);
});

test.each([
  ['a bind mount', fingerprint({ binds: { '/srv': {} } })],
  [
    'a network setting of the host',
    fingerprint({ network: { veth: { config: { host: { Network: { LLDP: false } } } } } }),
  ],
  ['a user range', fingerprint({ userNamespace: '655360:65536' })],
  ['a raw setting', fingerprint({ settings: { Exec: { Hostname: 'x' } } })],
  ['another slice', fingerprint({ limits: { Slice: 'x.slice' } })],
  [
    'a store that can no longer be idmapped',
    fingerprint({}, SYSTEM, { cannotIdmap: new Set(['/nix/store']) }),
  ],
])('%s is a reason to restart', (_, other) => {
  expect(other).not.toBe(base);
});

test('the order of keys changes nothing', () => {
  const one = {
    binds: { '/a': {}, '/b': {} },
    settings: { Exec: { Hostname: 'x', User: 'y' }, Files: { Bind: '/c' } },
  };
  const other = {
    settings: { Files: { Bind: '/c' }, Exec: { User: 'y', Hostname: 'x' } },
    binds: { '/b': {}, '/a': {} },
  };
  expect(fingerprint(other)).toBe(fingerprint(one));
});

test('the header of a .nspawn file tells system and fingerprint', () => {
  const { files, fingerprint } = rendered({});
  const [nspawn, network] = files;
  expect(readHeader(nspawn?.content ?? '')).toEqual({ ours: true, system: SYSTEM, fingerprint });
  expect(readHeader(network?.content ?? '')).toEqual({ ours: true });
});

test('a file without our first line is not ours, whatever follows', () => {
  const content = rendered({}).files[0]?.content ?? '';
  expect(readHeader(`# mine\n${content}`)).toEqual({ ours: false });
  expect(readHeader('')).toEqual({ ours: false });
});

function rendered(declaration: object, system = SYSTEM, facts: Partial<HostFacts> = {}) {
  const text = JSON.stringify({ path: '/nix/var/nix/profiles/web', ...declaration });
  return render('web', parseDeclaration(text), system, { ...FACTS, ...facts });
}

function fingerprint(...args: Parameters<typeof rendered>): string {
  return rendered(...args).fingerprint;
}
