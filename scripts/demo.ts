/**
 * `npm run demo`: a throwaway host, the daemon on it, two containers, an update by a profile flip, a rejected
 * declaration, a killed daemon. It ends by itself, or offers a shell in the host on a terminal.
 */
import { createInterface } from 'node:readline/promises';
import { execa } from 'execa';
import { bootHost, type Host } from '../test/host/index.ts';

const colour = process.stdout.isTTY && process.env.NO_COLOR === undefined;
const paint = (code: number, text: string) => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);

async function main(): Promise<void> {
  say('Boot a throwaway host: systemd as PID 1, D-Bus, networkd, machined, Nix (its root tree is made once)');
  await using host = await bootHost({ suite: 'forky' });
  endWith(host);
  await host.installNspawnd();
  await twoContainers(host);
  await update(host);
  await brokenDeclaration(host);
  await killedDaemon(host);
  await lookAround(host);
}

async function twoContainers(host: Host): Promise<void> {
  say('Declare two containers, each by a file that names a system profile, and start the daemon');
  for (const name of ['web', 'db']) {
    await host.setProfile(name, await host.guest({ name, version: '1' }));
    await host.write(`/etc/nspawnd/containers/${name}.json`, `{ "path": "/nix/var/nix/profiles/${name}" }\n`);
  }
  await show(host, 'cat /etc/nspawnd/containers/web.json');
  await show(host, 'systemctl enable --now nspawnd');
  await show(host, 'nspawnctl wait');
  await show(host, 'nspawnctl list');
  await show(host, 'machinectl list --no-legend');
  say('Root in the guest is nobody on the host');
  await show(host, 'cat /proc/$(machinectl show -P Leader web)/uid_map');
}

async function update(host: Host): Promise<void> {
  const next = await host.guest({ name: 'web', version: '2' });
  say('Flip the profile of web: that machine is updated, db is not touched');
  await show(host, 'systemctl show -P InvocationID systemd-nspawn@db');
  await show(host, `nix-env -p /nix/var/nix/profiles/web --set ${next} && nspawnctl wait web`);
  await show(host, 'nspawnctl status web');
  await show(host, 'systemctl show -P InvocationID systemd-nspawn@db');
}

async function brokenDeclaration(host: Host): Promise<void> {
  say('Break a declaration: it is refused by file and field, and the machine goes on');
  await host.write(
    '/etc/nspawnd/containers/db.json',
    '{ "path": "/nix/var/nix/profiles/db", "autostart": true }\n',
  );
  await show(host, 'nspawnctl wait db; nspawnctl check /etc/nspawnd/containers/db.json');
  await show(host, 'systemctl is-active systemd-nspawn@db');
  await host.write('/etc/nspawnd/containers/db.json', '{ "path": "/nix/var/nix/profiles/db" }\n');
}

async function killedDaemon(host: Host): Promise<void> {
  say('Kill the daemon: systemd starts it again, it adopts what runs, no machine notices');
  await show(host, 'systemctl kill -s KILL nspawnd; nspawnctl wait; nspawnctl list');
}

async function lookAround(host: Host): Promise<void> {
  say('Things to try');
  for (const line of [
    'busctl tree org.nixos.nspawn1',
    'busctl introspect org.nixos.nspawn1 /org/nixos/nspawn1/container/web',
    'nix-env -p /nix/var/nix/profiles/web --rollback; nspawnctl wait web',
    'machinectl poweroff web; nspawnctl list; nspawnctl start web',
    'journalctl -M web -n 5; journalctl -u nspawnd -o cat',
  ]) {
    console.log(`    ${line}`);
  }
  if (!process.stdin.isTTY || !process.stdout.isTTY) return;
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await lines.question('\nPress Enter to end, or s and Enter for a shell in the host: ');
  lines.close();
  if (answer.trim() === 's') await shell(host);
}

async function shell(host: Host): Promise<void> {
  const enter = ['-t', String(host.leader), '-m', '-p', '-n', '-i', '-u', '-C', '-r', '-w', 'bash', '-l'];
  await execa('nsenter', enter, { stdio: 'inherit', reject: false });
}

function say(what: string): void {
  console.log(`\n${paint(1, `● ${what}`)}`);
}

/** A command as one would type it, and what it prints, standard error included. */
async function show(host: Host, command: string): Promise<void> {
  console.log(`  ${paint(36, `$ ${command}`)}`);
  const { stdout } = await host.run(['bash', '-c', `exec 2>&1; ${command}`], { reject: false });
  for (const line of stdout.split('\n')) if (line !== '') console.log(`    ${line}`);
}

/** Interrupted, the host is ended in good order; its supervisor would do so in any case. */
function endWith(host: Host): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      host.stop().then(
        () => process.exit(130),
        (error: unknown) => {
          console.error(error);
          process.exit(1);
        },
      );
    });
  }
}

try {
  await main();
} catch (error) {
  console.error(`demo: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
