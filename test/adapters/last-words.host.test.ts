import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { unitOf } from '../../src/model/name.ts';
import { pathOf } from '../../src/model/paths.ts';
import { bootWithRepository, program, report } from '../bus/programs.ts';
import { type Host, suites } from '../host/index.ts';
import { place, prepare } from '../render/machines.ts';

/** What each guest runs as its init. */
const INITS = {
  dies: String.raw`printf '\033[1;31mcannot\033[0m mount\r\033[K\033]0;x\007no /srv\n\n'; exit 1`,
  hangs: `echo 'waiting for a disk'; exec $system/busybox sleep 1000`,
  succeeds: `echo '[  OK  ] Reached target x.'; exit 1`,
  'stays-silent': 'exit 3',
};

describe.each(suites)('the last words that systemd of %s has of a guest', { timeout: 60_000 }, suite => {
  let host: Host;

  beforeAll(async () => {
    host = await bootWithRepository(suite);
    const facts = await prepare(host);
    for (const name of [...Object.keys(INITS), 'lacks-its-init', 'lacks-a-secret', 'killed'])
      await place(host, facts, name, { activation: { timeout: '2s' } }, { start: false });
    for (const [name, init] of Object.entries(INITS)) await replaceInit(name, init);
    await host.sh(`sed -i 's,/init$,/missing,' ${pathOf('nspawn', 'lacks-its-init')}`);
    await host.sh(`echo LoadCredential=x:/nonexistent >>${pathOf('drop-in', 'lacks-a-secret')}`);
    await host.sh(
      'sed -i s/Restart=.*/Restart=no/ /run/systemd/system/systemd-nspawn@*.d/*; systemctl daemon-reload',
    );
  }, 300_000);
  afterAll(() => host.stop());

  test.each([
    ['dies', 'no /srv'],
    ['hangs', 'waiting for a disk'],
    ['succeeds', ''],
    ['stays-silent', ''],
    ['lacks-its-init', expect.stringMatching(/^execv\(.*\/missing\) failed: No such file or directory$/)],
    ['lacks-a-secret', expect.stringMatching(/^Failed at step CREDENTIALS spawning /)],
  ])('that %s', async (name, words) => {
    await expect(host.run(['systemctl', 'start', unitOf(name)])).rejects.toThrow();
    expect(await lastWords(name)).toEqual([words, words]);
  });

  test('that was killed', async () => {
    await host.run(['systemctl', 'start', unitOf('killed')]);
    await host.sh('kill -9 $(machinectl show killed -p Leader --value)');
    await host.waitForUnit(unitOf('killed'), 'failed');
    expect(await lastWords('killed')).toEqual(['', '']);
  });

  async function lastWords(name: string): Promise<unknown> {
    await host.run(['journalctl', '--sync']);
    return report(host, program('adapters/programs/last-words.ts', name));
  }

  /** Puts a script beside the usual init and starts that instead. */
  async function replaceInit(name: string, script: string): Promise<void> {
    const nspawn = pathOf('nspawn', name);
    const system = await host.sh(`sed -n 's,^Parameters=\\(.*\\)/init$,\\1,p' ${nspawn}`);
    await host.write(`${system}/${name}`, `#!${system}/busybox sh\nsystem=${system}\n${script}\n`, 0o755);
    await host.sh(`sed -i 's,/init$,/${name},' ${nspawn}`);
  }
});
