import { expect, it } from 'vitest';
import type { Host } from '../host/index.ts';
import { onEachSystemd } from './world.ts';

const SOCKET = 'nspawnd-guest.socket';
const BRIDGE = '/run/systemd/system/nspawnd-guest@.service.d';
/** Shorter than what the host is in disorder for. */
const DECLARATION = { activation: { timeout: '5s' } };

/** Waits for what the daemon says of `web`; it is not made to look. */
function becomes(host: Host, property: string, until: (value: string) => boolean): Promise<string> {
  return host.waitForProperty<string>({
    destination: 'org.nixos.nspawn1',
    path: '/org/nixos/nspawn1/container/web',
    interface: 'org.nixos.nspawn1.Container',
    property,
    until,
  });
}

onEachSystemd('where the host keeps nspawnd from a guest', get => {
  let good = '';

  it('begins well', async () => {
    const { begin, container } = get();
    await begin(DECLARATION);
    good = (await container('web')).running;
  });

  it.each([
    {
      ...{
        what: 'socket-down',
        seconds: 10,
        words: /connect ENOENT.*systemctl status nspawnd-guest\.socket/,
      },
      ...{ spoil: `systemctl stop ${SOCKET}`, mend: `systemctl start ${SOCKET}` },
    },
    {
      ...{ what: 'socket-masked', seconds: 0, words: /connect E.*systemctl status nspawnd-guest\.socket/ },
      spoil: `systemctl mask --runtime --now ${SOCKET}`,
      mend: `systemctl unmask --runtime ${SOCKET}; systemctl start ${SOCKET}`,
    },
    {
      ...{ what: 'bridges-killed', seconds: 0, words: /closed the connection.*nspawnd-guest@/ },
      spoil: `mkdir -p ${BRIDGE}
printf '[Service]\\nExecStart=\\nExecStart=/bin/kill -9 $MAINPID 0\\n' >${BRIDGE}/kill.conf; systemctl daemon-reload`,
      mend: `rm -r ${BRIDGE}; systemctl daemon-reload`,
    },
  ])(
    'as by $what, a good system is waited for, however long, and good',
    async ({ what, spoil, mend, seconds, words }) => {
      const { host, deploy, settle, container } = get();
      using updates = await host.watchSignals({ sender: 'org.nixos.nspawn1', member: 'UpdateFinished' });
      await host.sh(spoil);
      const next = await deploy('web', what);
      const reason = await becomes(host, 'Reason', text =>
        text.startsWith('cannot ask the guest for its health'),
      );
      expect(reason).toMatch(words);
      expect(await container('web')).toMatchObject({ state: 'updating', running: next, quarantined: [] });
      await host.run([
        'systemd-run',
        `--on-active=${seconds}`,
        '--timer-property=AccuracySec=1ms',
        '/bin/sh',
        '-c',
        mend,
      ]);
      await becomes(host, 'State', state => state !== 'updating');
      expect(await container('web')).toMatchObject({ state: 'running', lastGood: next, quarantined: [] });
      expect((await updates.next()).body).toEqual(['web', good, next, 'done']);
      expect(await settle('web')).toBe(0);
      good = next;
    },
  );

  it('nobody waits for ever, and what could not be judged is good when it is over', async () => {
    const { host, deploy, settle, container } = get();
    await host.sh(`systemctl stop ${SOCKET}`);
    const next = await deploy('web', 'for-long');
    expect(await settle('web')).toBe(3);
    const web = await container('web');
    expect(web).toMatchObject({ state: 'failed', running: next, lastGood: good, quarantined: [] });
    expect(web.reason).toContain(`systemctl status ${SOCKET}`);
    await host.sh(`systemctl start ${SOCKET}`);
    await becomes(host, 'State', state => state === 'running');
    expect(await container('web')).toMatchObject({ running: next, lastGood: next });
  });
});
