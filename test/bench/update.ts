import type { Host } from '../host/index.ts';
import { median, ms, quantile, type Row, ratio } from './statistics.ts';
import { declare, flipper, MANAGER, Remote, settle, unitTime } from './tools.ts';

const PAIRS = 20;

/** An update of a systemd guest until it is ready, and the same by hand: write the unit, `systemctl restart`. */
export async function update(host: Host): Promise<Row[]> {
  const tops = await Promise.all(
    ['1', '2'].map(version => host.guest({ name: 'web', version, kind: 'healthy' })),
  );
  await host.setProfile('web', tops[0] as string);
  await declare(host, 'web');
  await host.run(['systemctl', 'start', 'nspawnd']);
  await settle(host, 'web');
  await handMade(host);

  await using flips = flipper(host, 'web');
  await using byHand = new Remote(
    host,
    `execFileSync('sed', ['-i', 's#^Parameters=.*#Parameters=' + line + '/init#', '/run/systemd/nspawn/hand.nspawn']);
     execFileSync('systemctl', ['restart', 'systemd-nspawn@hand.service'])`,
  );
  const finished = await host.watchSignals({ sender: MANAGER[0], member: 'UpdateFinished' });
  const pairs: { daemon: number; hand: number }[] = [];
  for (let index = 1; index <= PAIRS; index++) {
    const to = tops[index % 2] as string;
    const flipped = await flips.act(to);
    await finished.next();
    const daemon = (await ready(host, 'web')) - flipped.began;
    const restarted = await byHand.act(to);
    pairs.push({ daemon, hand: (await ready(host, 'hand')) - restarted.began });
  }
  const [ours, hands] = [median(pairs.map(pair => pair.daemon)), median(pairs.map(pair => pair.hand))];
  const each = pairs.map(({ daemon, hand }) => daemon / hand);
  return [
    {
      what: `update until the guest is ready, median of ${PAIRS} (floor: sed and systemctl restart)`,
      value: ms(ours / 1000),
      floor: ms(hands / 1000),
      ratio: ratio(ours, hands),
    },
    {
      what: 'the same, ratio pair by pair: quartiles',
      value: '',
      floor: '',
      ratio: [0.25, 0.5, 0.75].map(share => quantile(each, share).toFixed(2)).join(' '),
    },
  ];
}

/** When the unit last became active, which for these is when its guest reported ready; µs. */
function ready(host: Host, name: string): Promise<number> {
  return unitTime(host, `systemd-nspawn@${name}.service`, 'ActiveEnterTimestampMonotonic');
}

/** A machine with the units of `web`, under another name, that the daemon knows nothing of. */
async function handMade(host: Host): Promise<void> {
  await host.sh(`mkdir -p /var/lib/machines/hand/usr /run/systemd/system/systemd-nspawn@hand.service.d
grep -v -e '^#' -e '^MachineID' /run/systemd/nspawn/web.nspawn >/run/systemd/nspawn/hand.nspawn
sed 's/ve-web/ve-hand/; /^#/d' /run/systemd/network/70-nspawnd-ve-web.network >/run/systemd/network/70-ve-hand.network
sed '/^#/d' /run/systemd/system/systemd-nspawn@web.service.d/50-nspawnd.conf >/run/systemd/system/systemd-nspawn@hand.service.d/50.conf
systemctl daemon-reload
networkctl reload
systemctl start systemd-nspawn@hand`);
  // Each pair is a start of it: the start limit is no part of what is measured.
  await host.sh(
    'printf "[Unit]\\nStartLimitIntervalSec=0\\n" >/run/systemd/system/systemd-nspawn@hand.service.d/60.conf; systemctl daemon-reload',
  );
}
