import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { NSPAWN_SETTINGS, NSPAWN_SINCE_258 } from '../../src/model/declaration/nspawn-vocabulary.ts';
import { DeclarationError, parseDeclaration } from '../../src/model/declaration.ts';
import { bootHost, type Host, suites } from '../host/index.ts';
import { GOOD_NSPAWN } from './values/nspawn-values.ts';
import { mutations } from './values/random.ts';

const SEED = 20_261_128;
const MUTATIONS = 300;

const ACCEPTED = new Map(
  Object.entries(GOOD_NSPAWN).map(([name, good], at) => [
    name,
    [...new Set([...good, ...mutations(good, SEED + at, MUTATIONS)])].filter(value =>
      isAccepted(name, value),
    ),
  ]),
);

test('each good value is accepted, and there is one for each setting that may be given', () => {
  for (const [name, good] of Object.entries(GOOD_NSPAWN))
    expect([name, good.filter(value => !ACCEPTED.get(name)?.includes(value))]).toEqual([name, []]);
  const settings = Object.entries(NSPAWN_SETTINGS).flatMap(([section, all]) =>
    all.map(one => `${section}.${one}`),
  );
  const refused = settings.filter(name => GOOD_NSPAWN[name] === undefined);
  for (const name of refused)
    expect([name, isAccepted(name, 'yes'), isAccepted(name, '/x')]).toEqual([name, false, false]);
  expect(refused.length).toBe(9);
});

describe.each(suites)('systemd-nspawn of %s', { timeout: 120_000 }, suite => {
  let host: Host;

  beforeAll(async () => {
    host = await bootHost({ suite, guests: false });
    await host.sh('mkdir -p /srv/root/usr');
  }, 300_000);

  afterAll(() => host.stop());

  test('reads every value that is accepted without a complaint, and knows the settings', async () => {
    const isOld = suite === 'trixie';
    const written = [...ACCEPTED]
      .filter(([name]) => !isOld || !NSPAWN_SINCE_258.has(name))
      // A port that is given twice is a complaint of its own.
      .flatMap(([name, values]) =>
        (name === 'Network.Port' ? (GOOD_NSPAWN[name] ?? []) : values).map(value => [name, value] as const),
      );
    expect(written.length).toBeGreaterThan(500);
    const lines = written.map(([name, value]) => {
      const [section, key] = name.split('.');
      return `[${section}]\n${key}=${value}\n`;
    });
    await host.write('/run/systemd/nspawn/values.nspawn', lines.join(''));
    const argv = ['systemd-nspawn', '-M', 'values', '-D', '/srv/root', '--settings=trusted', '/bin/true'];
    const { stderr } = await host.run(argv, { reject: false });
    const complaints = stderr.split('\n').flatMap(line => {
      const [, number, message] = /values\.nspawn:(\d+): (.*)/.exec(line) ?? [];
      const about = written[Math.floor((Number(number) - 1) / 2)];
      return number === undefined ? [] : [`${about?.join('=')}: ${message}`];
    });
    expect(complaints).toEqual([]);
    // It went on to what the values ask for together, which can't be had.
    expect(stderr).not.toMatch(/Failed to parse|not valid/);
  });
});

function isAccepted(name: string, value: string): boolean {
  const [section = '', key = ''] = name.split('.');
  try {
    parseDeclaration(JSON.stringify({ path: '/x', settings: { [section]: { [key]: value } } }));
    return true;
  } catch (error) {
    if (error instanceof DeclarationError) return false;
    throw error;
  }
}
