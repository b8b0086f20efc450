import { describe, expect, test } from 'vitest';
import { parseDeclaration } from '../../src/model/declaration.ts';
import { type Ancestor, type Exposure, hazardsOf, storeHazard } from '../../src/model/hazards.ts';

const ancestor = (path: string, mode: number, owner = 0, group = 0): Ancestor => ({
  ...{ path, mode, owner, group },
});
const OPEN = [ancestor('/', 0o755), ancestor('/srv', 0o755)];

interface Given {
  bind?: object;
  extra?: object;
  path?: string;
  exposure?: Partial<Exposure>;
}

/** The messages about one bind, whose source is `path` with all links followed. */
function hazards({ bind = {}, extra = {}, path = '/srv/app', exposure = {} }: Given): string[] {
  const text = JSON.stringify({
    path: '/web',
    binds: { '/data': { hostPath: '/srv/app', ...bind } },
    ...extra,
  });
  const found = hazardsOf(parseDeclaration(text), {
    source: () => ({ found: 'there', path, fileSystem: 'ext4', submount: '' }),
    exposure: () => ({ ancestors: OPEN, kind: 'directory', runsSetuid: true, ...exposure }),
  });
  expect(found.every(({ field }) => field === 'binds."/data"')).toBe(true);
  return found.map(({ message }) => message);
}

describe('a setuid program of the guest', () => {
  test('can be run by every user where all may pass', () => {
    expect(hazards({})).toEqual([
      'every user of the host can run setuid programs that root in the guest puts into "/srv/app", and so become root; keep it below a directory that belongs to root and has mode 0700, or on a file system mounted with nosuid',
    ]);
  });

  test.each([
    ['members of group 27', ancestor('/srv', 0o750, 0, 27)],
    ['user 1000', ancestor('/srv', 0o700, 1000)],
  ])('can be run by %s', (who, directory) => {
    expect(hazards({ exposure: { ancestors: [ancestor('/', 0o755), directory] } })).toEqual([
      expect.stringContaining(`${who} of the host can run`),
    ]);
  });

  test.each([0o700, 0o750, 0o600, 0o754])(
    'can be run by nobody below a directory of root of mode %o',
    mode => {
      const ancestors = [ancestor('/', 0o755), ancestor('/srv', mode), ancestor('/srv/open', 0o777)];
      expect(hazards({ exposure: { ancestors } })).toEqual([]);
    },
  );

  test('can be run if it is the file itself that is bound', () => {
    expect(hazards({ exposure: { kind: 'file' } })).toHaveLength(1);
    expect(hazards({ exposure: { kind: 'other' } })).toEqual([]);
    expect(hazards({ exposure: { kind: 'socket' } })).toEqual([]);
  });

  test('makes nobody root where it has no effect, or cannot be made', () => {
    expect(hazards({ exposure: { runsSetuid: false } })).toEqual([]);
    expect(hazards({ bind: { readOnly: true } })).toEqual([]);
    expect(hazards({ bind: { options: ['noidmap'] } })).toEqual([]);
    expect(hazards({ extra: { userNamespace: 'no' } })).toEqual([]);
  });

  test('makes one the owner of the source where only that is mapped', () => {
    const [hazard] = hazards({ bind: { options: ['rootidmap'] } });
    expect(hazard).toContain('so become its owner;');
  });
});

describe('what controls the host', () => {
  test.each([
    '/',
    '/etc',
    '/etc/nspawnd/containers',
    '/nix/var/nix',
    '/var',
    '/var/lib/nspawnd',
    '/root',
    '/usr',
  ])('is in a writable bind of %s', path => {
    expect(hazards({ path })).toEqual([
      expect.stringMatching(/^root in the guest can become root on the host: it can write /),
    ]);
    expect(hazards({ path, bind: { readOnly: true } })).toEqual([]);
  });

  test.each(['/etc/nspawndx', '/usrx', '/root/app', '/var/lib/app', '/nix'.concat('x')])(
    'is not in %s',
    path => {
      expect(hazards({ path, exposure: { runsSetuid: false } })).toEqual([]);
    },
  );

  test.each(['/run/docker.sock', '/run/podman/podman.sock', '/run/libvirt/libvirt-sock'])(
    'is behind %s, read-only or not',
    path => {
      const exposure = { kind: 'socket' } as const;
      expect(hazards({ path, exposure, bind: { readOnly: true } })).toEqual([
        `root in the guest can become root on the host through "${path}"`,
      ]);
    },
  );
});

describe('a source inside that of another bind', () => {
  const of = (outer: object, inner: object = {}) => {
    const binds = {
      '/data': { hostPath: '/srv/app', ...outer },
      '/more': { hostPath: '/srv/app/more', ...inner },
    };
    return hazardsOf(parseDeclaration(JSON.stringify({ path: '/web', binds })), {
      source: path => ({ found: 'there', path, fileSystem: 'ext4', submount: '' }),
      exposure: () => ({ ancestors: OPEN, kind: 'directory', runsSetuid: false }),
    });
  };

  test.each([{}, { readOnly: true }, { options: ['noidmap'] }])('can be replaced by a link (%j)', inner => {
    expect(of({}, inner)).toEqual([
      {
        field: 'binds."/more"',
        message:
          'root in the guest can become root on the host: "/srv/app/more" lies in the source of binds."/data", where it can be replaced by a link to anything on the host',
      },
    ]);
  });

  test('cannot be replaced where that is not writable, or is another directory', () => {
    expect(of({ readOnly: true })).toEqual([]);
    expect(of({ options: ['noidmap'] })).toEqual([]);
    expect(of({ hostPath: '/srv/application' })).toEqual([]);
    expect(of({}, { hostPath: '/srv/app' })).toEqual([]);
  });
});

test('of many hazards some are told one by one', () => {
  const binds = Object.fromEntries(Array.from({ length: 100 }, (_, at) => [`/d${at}`, {}]));
  const found = hazardsOf(parseDeclaration(JSON.stringify({ path: '/web', binds })), {
    source: path => ({ found: 'there', path, fileSystem: 'ext4', submount: '' }),
    exposure: () => ({ ancestors: OPEN, kind: 'directory', runsSetuid: true }),
  });
  expect(found).toHaveLength(32);
  expect(found.at(-1)).toEqual({ field: 'binds', message: '69 more are as dangerous' });
});

test('a store that cannot be mapped is a hazard, unless nothing is', () => {
  const store = new Set(['/nix/store']);
  const of = (extra: object) =>
    storeHazard(parseDeclaration(JSON.stringify({ path: '/web', ...extra })), store);
  expect(of({})).toEqual([{ field: '', message: expect.stringContaining('belong to nobody (65534)') }]);
  expect(of({ userNamespace: 'no' })).toEqual([]);
  expect(storeHazard(parseDeclaration('{"path":"/web"}'), new Set())).toEqual([]);
});

test('nothing is said of a source that is not there', () => {
  const declaration = parseDeclaration('{"path":"/web","binds":{"/etc/nspawnd":{}}}');
  const found = hazardsOf(declaration, {
    source: path => ({ found: 'missing', path, fileSystem: '', submount: '' }),
    exposure: () => ({ ancestors: OPEN, kind: 'other', runsSetuid: true }),
  });
  expect(found).toEqual([]);
});
