/**
 * `npm run demo`: a throwaway host, the daemon on it, two containers, an update by a profile flip, one that goes
 * wrong, a rejected declaration, a killed daemon. It ends by itself, or offers a shell in the host on a terminal. What it claims it
 * has looked at: it fails where that isn't so.
 */
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import { bootHost, type Host, prepare } from '../test/host/index.ts';
import { paint, prove, seconds, show, showLog, title } from './demo/narrator.ts';

const DB = '{ "path": "/nix/var/nix/profiles/db", "autoStart": true, "activation": { "settle": "0s" } }\n';
const WEB = `{
  "path": "/nix/var/nix/profiles/web",
  "activation": {
    "probe": { "command": ["/usr/bin/busybox", "wget", "-qO-", "http://127.0.0.1"] },
    "settle": "0s"
  },
  "network": { "veth": { "config": { "host": { "Network": { "Address": ["10.0.0.1/24"] } } } } }
}
`;

const WORTH_A_TRY = [
  ['all that is known of web', 'nspawnctl status web'],
  [
    'deploy version 1 again',
    'nix-env -p /nix/var/nix/profiles/web --switch-generation 1; nspawnctl wait web',
  ],
  ['try the broken one once more', 'nspawnctl retry web'],
  ['operators win: it stays off', 'systemctl stop systemd-nspawn@web; nspawnctl list'],
  ['until it is asked for', 'nspawnctl start web'],
  ['undeclare: nothing of it is left', 'rm /etc/nspawnd/containers/db.json; nspawnctl wait; nspawnctl list'],
  ['what was rendered', 'cat /run/systemd/nspawn/web.nspawn; systemctl cat systemd-nspawn@web'],
  ['the journal of the guest', 'journalctl -M web -n 5'],
  ['what was decided, and why', 'journalctl -t nspawnd -o cat | jq -r .msg'],
  ['the objects on the bus', 'busctl tree org.nixos.nspawn1'],
  ['one of them', 'busctl introspect org.nixos.nspawn1 /org/nixos/nspawn1/container/web'],
  ['follow what happens', 'nspawnctl monitor'],
] as const;

let host: Host | undefined;
let isInterrupted = false;

async function main(): Promise<void> {
  await using booted = await boot();
  await declare(booted);
  await flip(booted);
  await breakDown(booted);
  await misspell(booted);
  await kill(booted);
  await lookAround(booted);
}

async function boot(): Promise<Host> {
  await prepare('forky'); // says what keeps it from running here, and what takes long the first time
  title('Boot a throwaway host in namespaces: real systemd, D-Bus and Nix; nothing of it stays');
  const began = Date.now();
  host = await bootHost({ suite: 'forky', name: 'demo' });
  const took = seconds(began);
  prove(`up after ${took}`, (await show(host, 'systemctl is-system-running')) === 'running');
  await host.installNspawnd();
  return host;
}

async function declare(host: Host): Promise<void> {
  title('Declare two containers: a file each that names a system profile');
  await host.setProfile('web', await web(host, 1));
  await host.setProfile('db', await host.guest({ name: 'db', version: '1' }));
  await host.write('/etc/nspawnd/containers/web.json', WEB);
  await host.write('/etc/nspawnd/containers/db.json', DB);
  await show(host, 'tail -n 6 /etc/nspawnd/containers/*.json');

  title('Start the daemon, and wait until the guests are up');
  const began = Date.now();
  await show(host, 'systemctl enable --now nspawnd && nspawnctl wait');
  const took = seconds(began);
  await show(host, 'nspawnctl list');
  await show(host, 'machinectl list --no-legend');
  const page = await show(host, 'curl -sS http://web');
  prove(`both run ${took} later, and web serves version 1`, page.endsWith('version 1'));
  const uid = await show(host, 'stat -c %u /proc/$(machinectl show -P Leader web)');
  prove('root in the guest is nobody on the host', Number(uid) > 65535);
}

async function flip(host: Host): Promise<void> {
  title('Flip the profile of web: that machine is updated, and no other is touched');
  const next = await web(host, 2);
  const before = await invocations(host);
  const began = Date.now();
  await show(host, `nix-env -p /nix/var/nix/profiles/web --set ${next} && nspawnctl wait web`);
  const page = await show(host, 'curl -sS http://web');
  const took = seconds(began);
  await showLog(host, began);
  const after = await invocations(host);
  prove(`web serves version 2, ${took} after the flip`, page.endsWith('version 2'));
  prove(`db ran on: invocation ${after.db.slice(0, 8)}… as before`, after.db === before.db);
}

async function breakDown(host: Host): Promise<void> {
  title('Deploy a version that cannot serve its page: it is judged, and gives way to what was good');
  const broken = await web(host, 3, '/etc/nowhere');
  const began = Date.now();
  await show(host, `nix-env -p /nix/var/nix/profiles/web --set ${broken}`);
  const said = await show(host, 'nspawnctl wait web; echo "exit code $?"');
  const took = seconds(began);
  await show(host, 'nspawnctl list');
  const page = await show(host, 'curl -sS http://web');
  const isBack = said.endsWith('exit code 3') && page.endsWith('version 2');
  prove(`version 2 serves again, ${took} after the flip; nobody had to be there`, isBack);
}

async function misspell(host: Host): Promise<void> {
  title('Misspell a key of a declaration: it is refused by file and field, and the machine runs on');
  const before = await invocations(host);
  const file = '/etc/nspawnd/containers/db.json';
  await show(host, `sed -i s/autoStart/autostart/ ${file}`);
  const said = await show(host, 'nspawnctl wait db; echo "exit code $?"');
  await show(host, `sed -i s/autostart/autoStart/ ${file} && nspawnctl wait db`);
  const after = await invocations(host);
  const isRefused = said.includes('autostart: unknown key') && said.endsWith('exit code 3');
  prove('db was refused, and ran on', isRefused && after.db === before.db);
}

async function kill(host: Host): Promise<void> {
  title('Kill the daemon: systemd starts it again, and it takes over what runs');
  const before = await invocations(host);
  const began = Date.now();
  await show(host, 'systemctl kill --signal=KILL nspawnd');
  await show(host, 'nspawnctl wait');
  const took = seconds(began);
  await show(host, 'nspawnctl list');
  const after = await invocations(host);
  const isSame = after.web === before.web && after.db === before.db;
  prove(`it answered again after ${took}, and no machine noticed`, isSame && after.daemon !== before.daemon);
}

async function lookAround(host: Host): Promise<void> {
  title('Worth a try in the host');
  const width = Math.max(...WORTH_A_TRY.map(([meaning]) => meaning.length));
  for (const [meaning, command] of WORTH_A_TRY) {
    console.log(`    ${paint('dim', meaning.padEnd(width))}  ${command}`);
  }
  if (!process.stdin.isTTY || !process.stdout.isTTY) return;
  const answer = await ask('\nPress Enter to end, or type s and Enter for a shell in the host: ');
  if (answer.trim().toLowerCase() === 's') await shell(host);
}

/** A guest that serves a page, and reports ready when it does. */
function web(host: Host, version: number, home = '/etc/www'): Promise<string> {
  const etc = {
    'www/index.html': `Hello from web, version ${version}\n`,
    'systemd/network/10-host0.network':
      '[Match]\nName=host0\n[Network]\nAddress=10.0.0.2/24\nLinkLocalAddressing=no\nIPv6AcceptRA=no\n',
  };
  const http = [
    ...['[Unit]', 'Description=Serve a page', 'After=systemd-networkd.service', '[Service]'],
    'ExecStartPre=/usr/lib/systemd/systemd-networkd-wait-online -i host0:routable',
    `ExecStart=/usr/bin/busybox httpd -f -p 80 -h ${home}\n`,
  ];
  const units = { 'http.service': http.join('\n') };
  return host.guest({ name: 'web', version: String(version), extra: { etc, units } });
}

/** What systemd calls the present run of each: another one after any restart. */
async function invocations(host: Host): Promise<{ web: string; db: string; daemon: string }> {
  const units = ['systemd-nspawn@web', 'systemd-nspawn@db', 'nspawnd'];
  const { stdout } = await host.run(['systemctl', 'show', '-P', 'InvocationID', ...units]);
  const [web = '', db = '', daemon = ''] = stdout.split(/\n+/);
  return { web, db, daemon };
}

/** One line of the terminal; an empty one when it is closed (Ctrl-D) or interrupted (Ctrl-C). */
function ask(question: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  return new Promise<string>(resolve => {
    terminal.once('close', () => resolve('')).question(question, resolve);
  }).finally(() => terminal.close());
}

/** With a terminal of the host, which job control needs, and as a service of it, so that it ends with it. */
async function shell(host: Host): Promise<void> {
  console.log(paint('dim', 'The host ends with this shell: exit, or Ctrl-D.'));
  const namespaces = ['-t', String(host.leader), '-m', '-p', '-n', '-i', '-u', '-C', '-r', '-w'];
  const environment = ['HOME=/root', `TERM=${process.env.TERM ?? 'dumb'}`, 'SYSTEMD_PAGER='];
  const service = ['--quiet', '--pty', '--background=', '--wait', '--collect', '--working-directory=/root'];
  const set = environment.map(variable => `--setenv=${variable}`);
  const run = ['env', '-i', ...environment, 'systemd-run', ...service, ...set, 'bash', '-l'];
  await execa('nsenter', [...namespaces, ...run], { stdio: 'inherit', reject: false });
}

/** Ends the host in good order; its supervisor would do so in any case, also when this process is killed. */
function interrupt(): void {
  if (isInterrupted) process.exit(130);
  isInterrupted = true;
  console.log(paint('dim', '\nending the host'));
  (host?.stop() ?? Promise.resolve()).then(() => process.exit(130), fail);
}

function fail(error: unknown): void {
  if (isInterrupted) return;
  console.error(`demo: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}

// Not once(): execa lets a signal kill the process when nobody is left to hear it.
process.on('SIGINT', interrupt);
process.on('SIGTERM', interrupt);
main().catch(fail);
