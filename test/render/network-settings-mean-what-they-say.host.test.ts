import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { notANetworkValue } from '../../src/model/declaration/network-values.ts';
import { NETWORK_SETTINGS, NETWORK_SINCE_258 } from '../../src/model/declaration/network-vocabulary.ts';
import { DeclarationError, parseDeclaration } from '../../src/model/declaration.ts';
import { bootHost, type Host, suites } from '../host/index.ts';
import { COMPANIONS, NETWORK_SAMPLES } from './values/network-values.ts';
import { mutations } from './values/random.ts';

const SEED = 20_261_128;
const MUTATIONS = 60;

const SETTINGS = Object.entries(NETWORK_SETTINGS).flatMap(([section, keys]) =>
  keys.map(key => ({ section, key })),
);

const ACCEPTED = SETTINGS.map(({ section, key }, at) => {
  const good = NETWORK_SAMPLES.filter(value => isAccepted(section, key, value));
  const made = [...mutations(good, SEED + at, MUTATIONS)].filter(value => isAccepted(section, key, value));
  return { section, key, values: [...new Set([...good, ...made])] };
});

/** What concerns other settings of the file or the host, not how a value was read. */
const BY_THE_WAY =
  /NetDev could not be found|without static address|is specified but DHCPv4|[Dd]uplicated|More than 128 NTP|Timezone=.*No such file/;

/** It is in no manual yet. */
const UNKNOWN = ['Network.DHCPRelay'];

test('there is something that each setting accepts', () => {
  expect(
    ACCEPTED.filter(({ values }) => values.length === 0).map(({ section, key }) => `${section}.${key}`),
  ).toEqual(UNKNOWN);
  expect(ACCEPTED.flatMap(({ values }) => values).length).toBeGreaterThan(3000);
});

describe.each(suites)('networkd of %s', { timeout: 120_000 }, suite => {
  let host: Host;

  beforeAll(async () => {
    host = await bootHost({ suite, guests: false });
    const unlimited = '[Journal]\nRateLimitIntervalSec=0\n';
    await host.write('/etc/systemd/journald.conf.d/unlimited.conf', unlimited);
    await host.run(['systemctl', 'restart', 'systemd-journald']);
  }, 300_000);

  afterAll(() => host.stop());

  test('reads every value that is accepted without a complaint, and knows the settings', async () => {
    const isOld = suite === 'trixie';
    const written = ACCEPTED.filter(
      ({ section, key }) => !isOld || !NETWORK_SINCE_258.has(`${section}.${key}`),
    );
    const files = written.map(({ section, key, values }, at) => {
      const { [key]: _, ...companions } = COMPANIONS[section] ?? {};
      const besides = Object.entries(companions)
        .map(([name, value]) => `${name}=${value}\n`)
        .join('');
      const sections = values.map(value => `[${section}]\n${key}=${value}\n${besides}`);
      return {
        path: `/run/systemd/network/70-v${at}.network`,
        text: `[Match]\nName=none${at}\n${sections.join('')}`,
      };
    });
    const script = files.map(({ path, text }) => `cat >${path} <<'END OF FILE'\n${text}END OF FILE\n`);
    await host.run(['bash', '-eu'], { input: `mkdir -p /run/systemd/network\n${script.join('')}` });
    await host.sh('networkctl reload; networkctl list >/dev/null; journalctl --sync');
    const { stdout } = await host.run(['journalctl', '-b', '-u', 'systemd-networkd', '-o', 'cat']);
    const complaints = stdout.split('\n').flatMap(line => {
      const [, file, number, message = ''] = /70-v(\d+)\.network:(\d+): (.*)/.exec(line) ?? [];
      if (file === undefined || BY_THE_WAY.test(message)) return [];
      const text = files[Number(file)]?.text.split('\n')[Number(number) - 1];
      const about = written[Number(file)];
      // Of the section as a whole, or what it must have besides.
      if (about === undefined || !text?.startsWith(`${about.key}=`)) return [];
      return [`${about.section}.${text}: ${message}`];
    });
    expect(complaints).toEqual([]);
  });
});

function isAccepted(section: string, key: string, value: string): boolean {
  if (notANetworkValue(`${section}.${key}`, value) !== undefined) return false;
  const host = { [section]: { ...COMPANIONS[section], [key]: value } };
  try {
    parseDeclaration(JSON.stringify({ path: '/x', network: { veth: { config: { host } } } }));
    return true;
  } catch (error) {
    if (error instanceof DeclarationError) return false;
    throw error;
  }
}
