import { afterAll, beforeAll, describe, expect } from 'vitest';
import { bootHost, type GuestSpec, type Host } from '../host/index.ts';

const MACHINED = 'org.freedesktop.machine1';

export type Suite = 'trixie' | 'forky';

export interface DeclarationJson {
  activation?: object;
  [key: string]: unknown;
}

/** A host with nspawnd installed and running, and what the scenarios look at. */
export interface Scenario {
  readonly host: Host;
  /** Good at once unless it says otherwise: tests wait for what happens, and not for what might. */
  declare(name: string, declaration?: DeclarationJson): Promise<void>;
  undeclare(name: string): Promise<void>;
  /** Builds a guest and points the profile of that name at it; its store path. */
  deploy(name: string, version: string, kind?: GuestKind, extra?: GuestExtra): Promise<string>;
  /** Waits until nothing is queued or under way, by `nspawnctl wait`; its exit code. */
  settle(name?: string): Promise<number>;
  container(name: string): Promise<ContainerJson>;
  invocation(name: string): Promise<string>;
  /** Deploys, declares and runs `web`. */
  begin(declaration?: DeclarationJson): Promise<void>;
  /** Does what ends the machine `web`, and waits until it is back by itself, as another invocation. */
  comesBackAfter(end: () => Promise<unknown>): Promise<void>;
  /** What the guest itself says that it booted. */
  versionIn(name: string): Promise<string>;
}

export type GuestKind = NonNullable<GuestSpec['kind']>;
export type GuestExtra = NonNullable<GuestSpec['extra']>;

export interface ContainerJson {
  name: string;
  state: string;
  reason: string;
  desired: string;
  booted: string;
  running: string;
  lastGood: string;
  quarantined: string[];
  held: boolean;
  guestState: string;
  failedUnits: string[];
  evidence: string[];
  machine: string;
}

/** Resolves when the container has come to be in a state, by the signals of the daemon alone. */
export function becomes({ host }: Scenario, name: string, state: string): Promise<string> {
  return host.waitForProperty<string>({
    destination: 'org.nixos.nspawn1',
    path: `/org/nixos/nspawn1/container/${name}`,
    interface: 'org.nixos.nspawn1.Container',
    property: 'State',
    until: value => value === state,
  });
}

/** Runs the same scenarios on systemd 257 and 262, each on one host of its own. */
export function onEachSystemd(title: string, scenarios: (get: () => Scenario) => void): void {
  describe.each(['trixie', 'forky'] as const)(`${title} (%s)`, suite => {
    let scenario: Scenario | undefined;
    beforeAll(async () => {
      scenario = await begin(suite);
    });
    afterAll(async () => {
      await scenario?.host.stop();
    });
    scenarios(() => {
      if (scenario === undefined) throw new Error('the host did not come up');
      return scenario;
    });
  });
}

async function begin(suite: Suite): Promise<Scenario> {
  const host = await bootHost({ suite });
  await host.installNspawnd();
  const scenario: Scenario = {
    host,
    declare(name, { activation, ...declaration } = {}) {
      const given = { ...declaration, activation: { settle: '0s', ...activation } };
      const text = JSON.stringify({ path: `/nix/var/nix/profiles/${name}`, ...given });
      return host.write(`/etc/nspawnd/containers/${name}.json`, text);
    },
    undeclare: async name => void (await host.run(['rm', `/etc/nspawnd/containers/${name}.json`])),
    async deploy(name, version, kind = 'healthy', extra = {}) {
      const toplevel = await host.guest({ name, version, kind, extra });
      await host.setProfile(name, toplevel);
      return toplevel;
    },
    async settle(name) {
      const waited = await host.run(['nspawnctl', 'wait', '--timeout', '2min', ...(name ? [name] : [])], {
        reject: false,
      });
      return waited.exitCode;
    },
    async container(name) {
      const { stdout } = await host.run(['nspawnctl', 'status', '--json', name]);
      const parsed = JSON.parse(stdout) as ContainerJson | ContainerJson[];
      return Array.isArray(parsed) ? (parsed[0] as ContainerJson) : parsed;
    },
    async invocation(name) {
      const { stdout } = await host.run([
        'systemctl',
        'show',
        '-P',
        'InvocationID',
        `systemd-nspawn@${name}.service`,
      ]);
      expect(stdout.trim()).toMatch(/^[0-9a-f]{32}$/);
      return stdout.trim();
    },
    async versionIn(name) {
      const { stdout } = await host.run([
        'systemd-run',
        '-M',
        name,
        '--wait',
        '--pipe',
        '-q',
        'readlink',
        '/run/current-system',
      ]);
      return stdout.trim();
    },
    async begin(declaration) {
      await scenario.deploy('web', '1');
      await scenario.declare('web', declaration);
      await host.run(['systemctl', 'start', 'nspawnd']);
      expect(await scenario.settle('web')).toBe(0);
    },
    async comesBackAfter(end) {
      const before = await scenario.invocation('web');
      const machines = { sender: MACHINED, interface: `${MACHINED}.Manager`, member: 'MachineNew' };
      using signals = await host.watchSignals(machines);
      await end();
      await signals.next();
      await host.waitForUnit('systemd-nspawn@web.service', 'active');
      expect(await scenario.settle('web')).toBe(0);
      expect(await scenario.invocation('web')).not.toBe(before);
      expect(await scenario.container('web')).toMatchObject({ state: 'running' });
    },
  };
  return scenario;
}
