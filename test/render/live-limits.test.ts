import { expect, test } from 'vitest';
import { LIMITS } from '../../src/model/declaration/limit-vocabulary.ts';
import { parseDeclaration } from '../../src/model/declaration.ts';
import { liveLimits } from '../../src/render/live-limits.ts';
import { render } from '../../src/render/render.ts';
import { FACTS, SYSTEM } from './facts.ts';

const INFINITY = 2n ** 64n - 1n;

// What PID 1 makes of each is compared with what it reads in the drop-in by limits-are-set-live.host.test.ts.
test.each([
  ['MemoryMax', '1.5G', 'MemoryMax', 't', 1_610_612_736n],
  ['MemoryHigh', '0.1G', 'MemoryHigh', 't', 107_374_182n],
  ['MemorySwapMax', 0, 'MemorySwapMax', 't', 0n],
  ['MemoryMax', 'infinity', 'MemoryMax', 't', INFINITY],
  ['TasksMax', 512, 'TasksMax', 't', 512n],
  ['TasksMax', 'infinity', 'TasksMax', 't', INFINITY],
  ['CPUQuota', '150.55%', 'CPUQuotaPerSecUSec', 't', 1_505_500n],
  ['CPUQuotaPeriodSec', '20ms', 'CPUQuotaPeriodUSec', 't', 20_000n],
  ['CPUWeight', 'idle', 'CPUWeight', 't', 0n],
  ['StartupIOWeight', 77, 'StartupIOWeight', 't', 77n],
  ['MemoryAccounting', false, 'MemoryAccounting', 'b', false],
  ['MemoryZSwapWriteback', 'on', 'MemoryZSwapWriteback', 'b', true],
  ['ManagedOOMSwap', 'kill', 'ManagedOOMSwap', 's', 'kill'],
  ['ManagedOOMPreference', 'omit', 'ManagedOOMPreference', 's', 'omit'],
  ['ManagedOOMMemoryPressureLimit', '60%', 'ManagedOOMMemoryPressureLimit', 'u', 2_576_980_377],
  [
    'ManagedOOMMemoryPressureDurationSec',
    '1min 500ms',
    'ManagedOOMMemoryPressureDurationUSec',
    't',
    60_500_000n,
  ],
])('%s=%s is the property %s', (setting, given, name, signature, value) => {
  expect(liveLimits(dropIn({}), dropIn({ [setting]: given }))).toEqual([{ setting, name, signature, value }]);
});

test('only what changed is set', () => {
  const before = dropIn({ MemoryMax: '1G', TasksMax: 10, CPUWeight: 5 });
  const after = dropIn({ MemoryMax: '2G', TasksMax: 10, CPUWeight: 6 });
  expect(liveLimits(before, after)?.map(({ name }) => name)).toEqual(['CPUWeight', 'MemoryMax']);
  expect(liveLimits(before, before)).toEqual([]);
});

const base = dropIn({ MemoryMax: '1G' });

test.each([
  ['a limit that went away, for whatever the template says', dropIn({})],
  ['a time-out', dropIn({ MemoryMax: '1G' }, { activation: { timeout: '5min' } })],
  ['a time-out besides a limit', dropIn({ MemoryMax: '2G' }, { activation: { timeout: '5min' } })],
  ['a limit that cannot be set beside one that can', dropIn({ MemoryMax: '2G', Slice: 'x.slice' })],
  ['a share of what the host has', dropIn({ MemoryMax: '10%' })],
  ['a share of the tasks', dropIn({ MemoryMax: '1G', TasksMax: '10%' })],
  ['a set', dropIn({ MemoryMax: '1G', AllowedCPUs: '0-1' })],
  ['a list', dropIn({ MemoryMax: '1G', IPAddressDeny: 'any' })],
  ['a list of two', dropIn({ MemoryMax: '1G', DeviceAllow: ['/dev/kvm rw', '/dev/fuse rw'] })],
  ['more than PID 1 reads in a file', dropIn({ MemoryMax: '14.99E' })],
  [
    'a span that PID 1 cuts off',
    dropIn({ MemoryMax: '1G', CPUQuotaPeriodSec: '5ms' }).replace('5ms', '0.5us'),
  ],
  ['a limit outside [Service]', base.replace('[Unit]\n', '[Unit]\nTasksMax=1\n')],
])('%s takes a daemon-reload', (_, after) => {
  expect(after).not.toBe(base);
  expect(liveLimits(base, after)).toBeUndefined();
});

test('every setting of one value is decided on', () => {
  const samples: Record<string, string> = {
    ...{
      bytes: '1G',
      'some bytes': '1G',
      tasks: '1',
      quota: '1%',
      percent: '1%',
      weight: '1',
      'cpu weight': '1',
    },
    ...{
      boolean: 'yes',
      period: '1s',
      'pressure span': '1s',
      'oom action': 'kill',
      'oom preference': 'omit',
    },
  };
  const not = [...LIMITS]
    .filter(([, { list }]) => !list)
    .map(([setting]) => setting)
    .filter(setting => {
      const sample = samples[LIMITS.get(setting)?.kind ?? ''] ?? '0';
      return liveLimits('[Service]\n', `[Service]\n${setting}=${sample}\n`) === undefined;
    });
  expect(not.sort()).toEqual([
    ...['AllowedCPUs', 'AllowedMemoryNodes', 'CPUAccounting', 'CPUSetPartition', 'CoredumpReceive', 'Slice'],
    ...['StartupAllowedCPUs', 'StartupAllowedMemoryNodes'],
  ]);
});

function dropIn(limits: object, declaration: object = {}): string {
  const text = JSON.stringify({ path: '/nix/var/nix/profiles/web', limits, ...declaration });
  const { files } = render('web', parseDeclaration(text), SYSTEM, FACTS);
  return files.find(({ kind }) => kind === 'drop-in')?.content ?? '';
}
