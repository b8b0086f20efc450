import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LIMIT_SINCE, LIMIT_UNTIL, LIMITS } from '../../src/model/declaration/limit-vocabulary.ts';
import { DeclarationError, parseDeclaration } from '../../src/model/declaration.ts';
import { microsecondsOf } from '../../src/model/time-span.ts';
import { type HostFacts, type RenderedFile, render } from '../../src/render/render.ts';
import { bootHost, type Host, suites } from '../host/index.ts';
import { complaints, prepare, property } from './machines.ts';
import { expectMeaning, GOOD } from './values/limit-values.ts';
import { mutations } from './values/random.ts';

const SYSTEM = '/nix/store/00000000000000000000000000000000-shell';
const SEED = 20_261_128;
const MUTATIONS = 400;

/** Where a property has another name than the setting. */
const PROPERTIES: Readonly<Record<string, string>> = {
  CPUQuota: 'CPUQuotaPerSecUSec',
  CPUQuotaPeriodSec: 'CPUQuotaPeriodUSec',
  ManagedOOMMemoryPressureDurationSec: 'ManagedOOMMemoryPressureDurationUSec',
  IODeviceLatencyTargetSec: 'IODeviceLatencyTargetUSec',
};

const VALUES = new Map([...LIMITS].map(([setting], at) => [setting, acceptedValues(setting, SEED + at)]));

test('each good value is accepted, and some that are made of it at random', () => {
  for (const [setting, { kind }] of LIMITS) {
    const accepted = VALUES.get(setting) ?? [];
    expect([setting, GOOD[kind].filter(value => !accepted.includes(value))]).toEqual([setting, []]);
  }
  expect([...VALUES.values()].flat().length).toBeGreaterThan(2000);
});

describe.each(suites)('systemd of %s', { timeout: 120_000 }, suite => {
  let host: Host;
  let facts: HostFacts;

  beforeAll(async () => {
    host = await bootHost({ suite, guests: false });
    facts = await prepare(host);
  }, 300_000);

  afterAll(() => host.stop());

  test('PID 1 reads every value that is accepted as it is meant, and has no complaint', async () => {
    const settings = [...LIMITS.keys()].filter(
      setting => (LIMIT_SINCE.get(setting) ?? 0) <= facts.systemdVersion,
    );
    const rounds = Math.max(...settings.map(setting => VALUES.get(setting)?.length ?? 0));
    const written = Array.from({ length: rounds }, (_, round) => {
      const pick = (setting: string) => {
        const values = VALUES.get(setting) ?? [];
        return values[round % values.length] ?? '';
      };
      return new Map(settings.map(setting => [setting, pick(setting)]));
    });
    const whole = new Map([
      ['MemoryHigh', '100%'],
      ['TasksMax', '100%'],
    ]);
    await writeDropIns(host, facts, [...written, whole]);
    const shown = await shownLimits(host, settings, rounds + 1);
    expect(await complaints(host)).toEqual([]);
    const all = shown.at(-1);
    const bytes = BigInt(all?.get('MemoryHigh')?.[0] ?? 0);
    const tasks = BigInt(all?.get('TasksMax')?.[0] ?? 0);
    const wrong = written.flatMap((limits, round) =>
      [...limits].flatMap(([setting, value]) => {
        if (facts.systemdVersion >= (LIMIT_UNTIL.get(setting) ?? Number.POSITIVE_INFINITY)) return [];
        const got = shown[round]?.get(PROPERTIES[setting] ?? setting) ?? [];
        const { kind = 'slice' } = LIMITS.get(setting) ?? {};
        try {
          expectMeaning(kind, value, got, { bytes, tasks });
          return [];
        } catch (error) {
          return [`${setting}=${value} is ${got.join('; ')}: ${(error as Error).message.split('\n')[0]}`];
        }
      }),
    );
    expect(wrong).toEqual([]);
  });

  test('and every time-out', async () => {
    const spans = [
      '1ms',
      '1.5s',
      '1000us',
      '1001us',
      '2min 500ms',
      '.5h',
      '1w 1d',
      '1M',
      '99y',
      '36525d',
      '90',
      'infinity',
    ];
    const units = spans.map((timeout, at) => {
      const text = JSON.stringify({ path: '/x', activation: { timeout } });
      return render(`t${at}`, parseDeclaration(text), SYSTEM, facts).files;
    });
    await host.run(['bash', '-eu'], { input: units.map(files => scriptFor(files)).join('') });
    for (const [at, span] of spans.entries()) {
      const [start, limit] = await Promise.all(
        ['TimeoutStartUSec', 'StartLimitIntervalUSec'].map(key => property(host, `t${at}`, key)),
      );
      expect([span, microsecondsOf(start ?? '')]).toEqual([span, microsecondsOf(span)]);
      expect([span, microsecondsOf(limit ?? '')]).toEqual([span, expect.any(BigInt)]);
    }
    expect(await complaints(host)).toEqual([]);
  });
});

/** The good values of a setting, and the changed ones that are accepted all the same. */
function acceptedValues(setting: string, seed: number): string[] {
  const good = GOOD[LIMITS.get(setting)?.kind ?? 'slice'];
  const made = [...mutations(good, seed, MUTATIONS)].filter(value => isAccepted(setting, value));
  return [...new Set([...good, ...made])].filter(value => isAccepted(setting, value));
}

function isAccepted(setting: string, value: string): boolean {
  try {
    parseDeclaration(JSON.stringify({ path: '/x', limits: { [setting]: value } }));
    return true;
  } catch (error) {
    if (error instanceof DeclarationError) return false;
    throw error;
  }
}

/** A drop-in for each instance l0, l1, …, none of which PID 1 has loaded. */
async function writeDropIns(host: Host, facts: HostFacts, all: ReadonlyMap<string, string>[]): Promise<void> {
  const script = all.map((limits, at) => {
    const text = JSON.stringify({ path: '/x', limits: Object.fromEntries(limits) });
    return scriptFor(render(`l${at}`, parseDeclaration(text), SYSTEM, facts).files);
  });
  await host.run(['bash', '-eu'], { input: script.join('') });
}

function scriptFor(files: readonly RenderedFile[]): string {
  const dropIn = files.find(({ kind }) => kind === 'drop-in');
  const { path = '', content = '' } = dropIn ?? {};
  return `mkdir -p "$(dirname ${path})"; cat >${path} <<'END OF FILE'\n${content}END OF FILE\n`;
}

async function shownLimits(host: Host, settings: string[], count: number): Promise<Map<string, string[]>[]> {
  const properties = settings.map(setting => PROPERTIES[setting] ?? setting).join(',');
  const units = Array.from({ length: count }, (_, at) => `systemd-nspawn@l${at}.service`);
  const { stdout } = await host.run(['systemctl', 'show', '-p', `LoadState,${properties}`, ...units]);
  return stdout.split('\n\n').map(unit => {
    const shown = Map.groupBy(unit.split('\n'), line => line.slice(0, line.indexOf('=')));
    expect(shown.get('LoadState')).toEqual(['LoadState=loaded']);
    return new Map(
      [...shown].map(([key, lines]) => [
        key,
        lines.map(line => line.slice(key.length + 1)).filter(one => one !== ''),
      ]),
    );
  });
}
