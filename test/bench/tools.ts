import type { Host } from '../host/index.ts';

export const MANAGER = ['org.nixos.nspawn1', '/org/nixos/nspawn1', 'org.nixos.nspawn1.Manager'] as const;
const SYSTEMD = 'org.freedesktop.systemd1';

interface Extra {
  activation?: object;
  [key: string]: unknown;
}

/** Of a container, as JSON. Good at once: it is the work that is measured, and not how long a guest is watched. */
function declarationOf(name: string, { activation, ...extra }: Extra): string {
  const path = `/nix/var/nix/profiles/${name}`;
  return JSON.stringify({ path, activation: { settle: '0s', ...activation }, ...extra });
}

export function declare(host: Host, name: string, extra: Extra = {}): Promise<void> {
  return host.write(`/etc/nspawnd/containers/${name}.json`, declarationOf(name, extra));
}

/** Declares many alike, whose profiles point to the same system. */
export async function declareMany(
  host: Host,
  names: readonly string[],
  toplevel: string,
  extra: Extra = {},
): Promise<void> {
  const input = names.map(name => `${name} ${declarationOf(name, extra)}\n`).join('');
  const script = `while read -r name text; do
  printf %s "$text" >/etc/nspawnd/containers/$name.json
  ln -s ${toplevel} /nix/var/nix/profiles/$name
done`;
  await host.sh(script, { input });
}

/** Waits until nothing is queued or under way for a container, `''`: for all. Throws unless it is well then. */
export async function settle(host: Host, name = ''): Promise<void> {
  const { bus } = await host.bus();
  const [state, reason] = await bus.call(...MANAGER, 'WaitSettled', 'st', [name, 120_000_000n], {
    timeoutMs: 130_000,
  });
  if (state !== 'running') throw new Error(`${name || 'a container'} is ${state}: ${reason}`);
}

/** A property of a unit's `Unit` interface that is a time: CLOCK_MONOTONIC in µs. */
export async function unitTime(host: Host, unit: string, property: string): Promise<number> {
  const { bus } = await host.bus();
  const [path] = await bus.call(SYSTEMD, '/org/freedesktop/systemd1', `${SYSTEMD}.Manager`, 'LoadUnit', 's', [
    unit,
  ]);
  const iface = property.startsWith('ExecMain') ? `${SYSTEMD}.Service` : `${SYSTEMD}.Unit`;
  return Number(await bus.get(SYSTEMD, String(path), iface, property));
}

/**
 * A process in the host that does one thing for each line it is given, and prints when it began: CLOCK_MONOTONIC in
 * µs, the clock of systemd's unit time stamps. `action` is JavaScript that sees the line as `line`.
 */
export class Remote implements AsyncDisposable {
  readonly #command: ReturnType<Host['spawn']>;
  readonly #answers;

  constructor(host: Host, action: string) {
    const script = `
      const { symlinkSync, renameSync, readFileSync, writeFileSync } = require('node:fs');
      const { execFileSync } = require('node:child_process');
      require('node:readline').createInterface({ input: process.stdin }).on('line', line => {
        const began = process.hrtime.bigint() / 1000n;
        ${action};
        console.log(began + ' ' + (process.hrtime.bigint() / 1000n - began));
      });`;
    this.#command = host.spawn(['node', '-e', script]);
    this.#answers = this.#command.process.iterable()[Symbol.asyncIterator]();
  }

  /** When the action began, and how long it took; µs. */
  async act(line: string): Promise<{ began: number; took: number }> {
    this.#command.process.stdin?.write(`${line}\n`);
    const { value } = await this.#answers.next();
    const [began, took] = String(value).split(' ').map(Number);
    return { began: began ?? Number.NaN, took: took ?? Number.NaN };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#command[Symbol.asyncDispose]();
  }
}

/** As `nix-env --set` does it: a new link, renamed over the profile. The rename is all that comes after `began`. */
export function flipper(host: Host, name: string): Remote {
  const link = `/nix/var/nix/profiles/${name}`;
  return new Remote(host, `symlinkSync(line, '${link}.new'); renameSync('${link}.new', '${link}')`);
}

/** The clock of `Remote` and of systemd's unit time stamps, as of now; µs. */
export function monotonic(): number {
  return Number(process.hrtime.bigint() / 1000n);
}

/** Resident memory of a process of the host, MB (10⁶ bytes). */
export async function memoryOf(host: Host, pid: number): Promise<number> {
  const status = await host.read(`/proc/${pid}/status`);
  return (Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024) / 1e6;
}
