import { describe, expect, test } from 'vitest';
import { type BindSource, obstacleOf } from '../../src/model/bind-source.ts';
import type { Bind } from '../../src/model/declaration.ts';

const bind = (extra: Partial<Bind> = {}): Bind => ({
  ...{ path: '/data', hostPath: '/srv/data', readOnly: false, options: [] },
  ...extra,
});
const source = (extra: Partial<BindSource> = {}): BindSource => ({
  ...{ found: 'there', path: '/srv/data', fileSystem: 'ext4', submount: '' },
  ...extra,
});

describe('a bind mount can be made', () => {
  test.each(['ext4', 'xfs', 'btrfs', 'tmpfs', 'zfs', ''])('of a source on %j', fileSystem => {
    expect(obstacleOf(bind(), 'pick', source({ fileSystem }))).toBeUndefined();
  });

  test('of a source that we cannot see', () => {
    expect(obstacleOf(bind(), 'pick', source({ found: 'unseen' }))).toBeUndefined();
  });

  test.each(['ramfs', 'overlay', 'fuse.sshfs'])('of %s, unmapped, where that is asked for', fileSystem => {
    const unmapped = bind({ options: ['noidmap'] });
    expect(obstacleOf(unmapped, 'pick', source({ fileSystem, submount: '/srv/data/x' }))).toBeUndefined();
    expect(obstacleOf(bind(), 'no', source({ fileSystem, submount: '/srv/data/x' }))).toBeUndefined();
  });

  test.each(['idmap', 'rootidmap', 'owneridmap'])('of what is not known to be mapped, with %s', option => {
    expect(obstacleOf(bind({ options: [option] }), 'pick', source({ fileSystem: 'fuse' }))).toBeUndefined();
  });

  test('of a tree of mounts, without those below', () => {
    const one = bind({ options: ['norbind'] });
    expect(obstacleOf(one, 'pick', source({ submount: '/srv/data/x' }))).toBeUndefined();
  });
});

describe('a bind mount cannot be made', () => {
  test.each(['ramfs', 'devtmpfs', 'overlay', 'ext2', 'nfs4', 'fuse'])('of a source on %s', fileSystem => {
    const why = obstacleOf(bind(), '65536:65536', source({ fileSystem }));
    expect(why).toMatch(
      new RegExp(
        `^cannot bind binds\\."/data": "/srv/data" is on ${fileSystem}, which cannot be mounted with mapped owners; .*\\["noidmap"\\]`,
      ),
    );
  });

  test('of what is known not to be mapped, even if asked for', () => {
    const mapped = bind({ options: ['idmap'] });
    expect(obstacleOf(mapped, 'pick', source({ fileSystem: 'ramfs' }))).toContain('is on ramfs');
  });

  test('of a tree of mounts', () => {
    expect(obstacleOf(bind({ options: ['rbind'] }), 'pick', source({ submount: '/srv/data/x' }))).toBe(
      'cannot bind binds."/data": "/srv/data/x" is mounted below "/srv/data", and several mounts cannot be mapped as one; set its options to ["norbind"] to leave that out, or set its options to ["noidmap"], and its files belong to nobody in the guest',
    );
  });

  test.each(['pick', 'no'])('of nothing, with userNamespace %j', userNamespace => {
    const why = obstacleOf(bind({ options: ['noidmap'] }), userNamespace, source({ found: 'missing' }));
    expect(why).toBe('the source of binds."/data" does not exist on the host: "/srv/data"');
  });
});
