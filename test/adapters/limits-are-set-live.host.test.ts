import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseDeclaration } from '../../src/model/declaration.ts';
import { unitOf } from '../../src/model/name.ts';
import { pathOf } from '../../src/model/paths.ts';
import { type HostFacts, render } from '../../src/render/render.ts';
import { bootWithRepository, program, report } from '../bus/programs.ts';
import { type Host, suites } from '../host/index.ts';
import { place, prepare, property } from '../render/machines.ts';

const ROUNDS = [
  {
    ...{ MemoryMin: 1000, MemoryLow: '1.1M', MemoryHigh: '0.1G', MemoryMax: '1.123G', MemorySwapMax: 0 },
    ...{ MemoryZSwapMax: '5M', StartupMemoryLow: '1M', StartupMemoryHigh: '2G', StartupMemoryMax: '3G' },
    ...{ StartupMemorySwapMax: '3G', StartupMemoryZSwapMax: 7, TasksMax: 77, CPUQuota: '150.55%' },
    ...{
      CPUQuotaPeriodSec: '20ms',
      CPUWeight: 77,
      StartupCPUWeight: 9,
      IOWeight: 10_000,
      IOAccounting: true,
    },
    ...{ StartupIOWeight: 12, MemoryAccounting: false, TasksAccounting: false, IPAccounting: true },
    ...{ MemoryZSwapWriteback: false, ManagedOOMSwap: 'kill', ManagedOOMMemoryPressure: 'kill' },
    ...{ ManagedOOMMemoryPressureLimit: '33.33%', ManagedOOMMemoryPressureDurationSec: '1500ms' },
    ...{ ManagedOOMPreference: 'omit' },
  },
  {
    ...{
      MemoryMin: 'infinity',
      MemoryLow: 0,
      MemoryHigh: '3T',
      MemoryMax: 'infinity',
      MemorySwapMax: 'infinity',
    },
    ...{ MemoryZSwapMax: 0, StartupMemoryLow: 0, StartupMemoryHigh: 'infinity', StartupMemoryMax: '7E' },
    ...{ StartupMemorySwapMax: 0, StartupMemoryZSwapMax: '1.5M', TasksMax: 'infinity', CPUQuota: '0.01%' },
    ...{
      CPUQuotaPeriodSec: '1s',
      CPUWeight: 'idle',
      StartupCPUWeight: 'idle',
      IOWeight: 1,
      IOAccounting: false,
    },
    ...{ StartupIOWeight: 1, MemoryAccounting: true, TasksAccounting: true, IPAccounting: false },
    ...{ MemoryZSwapWriteback: true, ManagedOOMSwap: 'auto', ManagedOOMMemoryPressure: 'auto' },
    ...{ ManagedOOMMemoryPressureLimit: '100%', ManagedOOMMemoryPressureDurationSec: '2h' },
    ...{ ManagedOOMPreference: 'none' },
  },
];

describe.each(suites)('changed limits on systemd of %s', { timeout: 60_000 }, suite => {
  let host: Host;
  let facts: HostFacts;

  beforeAll(async () => {
    host = await bootWithRepository(suite);
    facts = await prepare(host);
    await place(host, facts, 'web', {});
  }, 300_000);
  afterAll(() => host.stop());

  test('mean to the running unit what they mean to the next start, and PID 1 wants no reload', async () => {
    const invocation = await property(host, 'web', 'InvocationID');
    for (const limits of ROUNDS) {
      const { settings } = await setLive(limits);
      expect(settings).toEqual(Object.keys(limits).sort());
      const live = await properties();
      expect(live).toContain('NeedDaemonReload=no');
      expect(await dropped()).toHaveLength(settings.length);
      await host.run(['systemctl', 'daemon-reload']);
      expect(live).toEqual(await properties());
    }
    expect(await property(host, 'web', 'InvocationID')).toBe(invocation);
    expect(await host.sh('ls /run/systemd/system.control')).toBe('');
  });

  test("do not come back when they are gone from the drop-in; an administrator's own do", async () => {
    await place(host, facts, 'web', { limits: { MemoryMax: '1G', TasksMax: 100, MemoryHigh: '1G' } });
    await setLive({ MemoryMax: '2G', TasksMax: 200, MemoryHigh: '2G' });
    const byHand = 'MemoryHigh=3G';
    await host.run(['systemctl', 'set-property', '--runtime', unitOf('web'), byHand]);
    await host.run(['systemctl', 'stop', unitOf('web')]);
    await host.write(pathOf('drop-in', 'web'), dropIn({}));

    const directory = `/run/systemd/system.control/${unitOf('web')}.d`;
    expect(await dropped()).toEqual([`${directory}/50-MemoryMax.conf`, `${directory}/50-TasksMax.conf`]);
    await host.run(['systemctl', 'daemon-reload']);
    await host.run(['systemctl', 'start', unitOf('web')]);
    expect(await property(host, 'web', 'MemoryMax')).toBe('infinity');
    expect(await property(host, 'web', 'TasksMax')).toBe('16384');
    expect(await property(host, 'web', 'MemoryHigh')).toBe(String(3 * 2 ** 30));
  });

  /** Lets the program do what the daemon does with a changed declaration. */
  async function setLive(limits: object): Promise<{ settings: string[]; ms: number }> {
    const argv = program('adapters/programs/live-limits.ts', 'web');
    return (await report(host, argv, { input: dropIn(limits) })) as { settings: string[]; ms: number };
  }

  async function dropped(): Promise<string[]> {
    return (await report(host, program('adapters/programs/drop-control-files.ts', 'web'))) as string[];
  }

  async function properties(): Promise<string[]> {
    const shown = await host.sh(`systemctl show --all ${unitOf('web')}`);
    return shown
      .split('\n')
      .filter(line => /^(NeedDaemonReload|[A-Za-z]*(Memory|CPU|Tasks|IO|IP|OOM)[A-Z][A-Za-z]*)=/.test(line))
      .filter(line => !/(Current|Available|Peak|NSec|Bytes|Operations|Packets|Pressure[A-Z]*Path)/.test(line))
      .sort();
  }

  function dropIn(limits: object): string {
    const text = JSON.stringify({ path: '/nix/var/nix/profiles/x', limits });
    const { files } = render('web', parseDeclaration(text), '/nix/store/x', facts);
    return files.find(({ kind }) => kind === 'drop-in')?.content ?? '';
  }
});
