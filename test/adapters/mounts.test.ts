import { describe, expect, test } from 'vitest';
import { MountTable } from '../../src/adapters/mounts.ts';

const TABLE = new MountTable(
  `21 1 0:20 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
22 21 0:21 / /srv/data rw,nosuid,nodev shared:2 - tmpfs tmpfs rw,mode=755
23 22 0:22 /sub /srv/data/deep/er rw - ramfs none rw
24 21 0:23 / /srv/with\\040blank\\134 rw master:3 - btrfs /dev/sdb rw
25 21 0:24 / /mnt rw - ext4 /dev/sdc rw
26 25 0:25 /a /mnt rw,noexec - xfs /dev/sdd rw
27 21 0:26 /srv/other /proc/x rw - overlay overlay rw,lowerdir=/srv/other
`,
);

describe('the mount table', () => {
  test.each([
    ['/', '/', 'ext4'],
    ['/srv', '/', 'ext4'],
    ['/srv/database', '/', 'ext4'],
    ['/srv/data', '/srv/data', 'tmpfs'],
    ['/srv/data/deep', '/srv/data', 'tmpfs'],
    ['/srv/data/deep/er/x', '/srv/data/deep/er', 'ramfs'],
    ['/srv/with blank\\/x', '/srv/with blank\\', 'btrfs'],
    ['/srv/other', '/', 'ext4'],
  ])('knows what %s lies on', (path, point, type) => {
    expect(TABLE.at(path)).toMatchObject({ point, type });
  });

  test('knows what a path of many directories lies on', () => {
    const deep = '/d'.repeat(2000);
    expect(TABLE.at(`/srv/data/deep/er${deep}`)).toMatchObject({ point: '/srv/data/deep/er', type: 'ramfs' });
    expect(TABLE.at(`/mnt${deep}`)).toMatchObject({ type: 'xfs' });
    expect(TABLE.at(deep)).toMatchObject({ point: '/', type: 'ext4' });
  });

  test('takes the last of several mounts on one point for the one on top', () => {
    expect(TABLE.at('/mnt/x')).toMatchObject({ type: 'xfs', device: '0:25', options: ['rw', 'noexec'] });
  });

  test.each([
    ['/srv', '/srv/data'],
    ['/srv/data', '/srv/data/deep/er'],
    ['/srv/data/deep', '/srv/data/deep/er'],
    ['/srv/data/deep/er', undefined],
    ['/srv/dat', undefined],
    ['/mnt', undefined],
    ['/', '/srv/data'],
    ['/srv/with blank\\', undefined],
  ])('knows what is mounted below %s', (path, point) => {
    expect(TABLE.below(path)).toBe(point);
  });

  test('tells whether two namespaces see the same at a path', () => {
    const own = new MountTable(
      `31 1 0:20 / / ro - ext4 /dev/sda1 rw
32 31 0:20 /tmp/private /tmp rw - ext4 /dev/sda1 rw
33 31 0:21 /deep /srv/data/deep rw - tmpfs tmpfs rw
`,
    );
    expect(own.placeOf('/srv/data/deep/x')).toBe(TABLE.placeOf('/srv/data/deep/x'));
    expect(own.placeOf('/etc/x')).toBe(TABLE.placeOf('/etc/x'));
    expect(own.placeOf('/tmp/x')).not.toBe(TABLE.placeOf('/tmp/x'));
  });

  test('has nothing where it does not have the root', () => {
    expect(new MountTable('').at('/srv')).toBeUndefined();
    expect(new MountTable('').below('/srv')).toBeUndefined();
  });

  test('is that of this machine', () => {
    expect(MountTable.own().at('/proc/self')).toMatchObject({ type: 'proc', point: '/proc' });
    expect(MountTable.ofHost().at('/')).toBeDefined();
  });
});
