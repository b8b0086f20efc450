import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { bootHost, type GuestSpec, type Host, type Suite } from '../host/index.ts';
import type { Question } from './programs/ask.ts';

const REPOSITORY = join(import.meta.dirname, '../..');
const PROGRAM = '/usr/lib/ask.js';

/** What test/guest/programs/ask.ts prints. */
export type Answer = Record<string, unknown>;

/** A host with nspawnd and guests that it doesn't manage, asked from inside nspawnd's sandbox. */
export interface World {
  readonly host: Host;
  /**
   * Runs a guest; resolves when it is ready, unless `block` is false. It shares /gate with the host's /srv/NAME, in
   * which there are two pipes, `up` and `go`.
   */
  run(spec: Omit<GuestSpec, 'version'>, options?: { block?: boolean }): Promise<string>;
  ask(question: Question): Promise<Answer>;
  /** The command line that asks; for those who want to see it killed. */
  asking(question: Question, ...runOptions: string[]): string[];
  /** Runs a script in a guest, its output with it. */
  inside(guest: string, script: string): Promise<string>;
  /** Resolves when somebody in the guest writes into /gate/up. */
  up(guest: string): Promise<string>;
  /** Lets whoever reads /gate/go in the guest go on. */
  go(guest: string): Promise<unknown>;
}

/** A command for a guest that says when it runs, and goes on when it is told to. */
export const GATED = 'echo up >/gate/up; read go </gate/go';

export async function begin(suite: Suite): Promise<World> {
  const host = await bootHost({ suite });
  await host.installNspawnd();
  await installProgram(host);
  await host.run(['systemctl', 'enable', '--now', 'nspawnd']);
  const sandbox = await sandboxOf(join(REPOSITORY, 'systemd/nspawnd.service'));
  const asking = (question: Question, ...runOptions: string[]) => [
    ...['systemd-run', '--pipe', '--wait', '--collect', '--quiet', '--expand-environment=no', ...runOptions],
    ...sandbox.properties.map(property => `--property=${property}`),
    ...[...sandbox.node, PROGRAM, JSON.stringify(question)],
  ];
  const inside = async (guest: string, script: string) => {
    const run = ['systemd-run', `--machine=${guest}`, '--pipe', '--wait', '--collect', '--quiet'];
    return (await host.run([...run, '/bin/sh', '-euc', script])).stdout;
  };
  return {
    host,
    asking,
    inside,
    ask: async question => JSON.parse((await host.run(asking(question))).stdout),
    up: async guest => (await host.run(['cat', `/srv/${guest}/up`])).stdout,
    go: guest => host.sh(`echo go >/srv/${guest}/go`),
    async run(spec, { block = true } = {}) {
      const toplevel = await host.guest({ ...spec, version: '1' });
      await host.sh(`mkdir -p /var/lib/machines/${spec.name}/usr /srv/${spec.name}
        mkfifo -m 666 /srv/${spec.name}/up /srv/${spec.name}/go`);
      await host.write(`/run/systemd/nspawn/${spec.name}.nspawn`, nspawnFile(spec.name, toplevel));
      const unit = `systemd-nspawn@${spec.name}.service`;
      await host.run(['systemctl', 'start', ...(block ? [] : ['--no-block']), unit]);
      return toplevel;
    },
  };
}

/** As one file, like the daemon, because it runs under the same restrictions: without a compiler. */
async function installProgram(host: Host): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'ask-'));
  try {
    const outfile = join(directory, 'ask.js');
    await build({
      entryPoints: [join(import.meta.dirname, 'programs/ask.ts')],
      ...{ outfile, bundle: true, platform: 'node', format: 'esm', target: 'node24' },
      banner: {
        js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
      },
    });
    await host.copyIn(outfile, PROGRAM);
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** How nspawnd.service restricts the daemon, and how it runs Node. */
async function sandboxOf(unit: string): Promise<{ properties: string[]; node: string[] }> {
  const service = (await readFile(unit, 'utf8')).split('[Service]')[1]?.split('\n[')[0] ?? '';
  const settings = service.split('\n').filter(line => /^\w+=/.test(line));
  const start = settings.find(line => line.startsWith('ExecStart='))?.slice('ExecStart='.length) ?? '';
  const others =
    /^(Type|BusName|Exec\w+|SyslogIdentifier|Restart\w*|(State|Runtime|Configuration)Directory\w*)=/;
  return { properties: settings.filter(line => !others.test(line)), node: start.split(' ').slice(0, -1) };
}

function nspawnFile(name: string, toplevel: string): string {
  return `[Exec]
Ephemeral=yes
Boot=no
Parameters=${toplevel}/init
PrivateUsers=pick
LinkJournal=no
Timezone=off
KillSignal=SIGRTMIN+3
NotifyReady=yes
[Files]
PrivateUsersOwnership=auto
BindReadOnly=/nix/store:/nix/store:idmap
Bind=/srv/${name}:/gate:idmap
[Network]
Private=yes
VirtualEthernet=no
`;
}
