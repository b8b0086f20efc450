// The modules in the real module system: NIXPKGS=/path npm run test:nix, with a nixpkgs or just its `lib` and `nixos`.
import { writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { parseDeclaration } from '../../src/model/declaration.ts';
import { bootHost } from '../host/index.ts';
import { committedOptions, OPTIONS_JSON, OPTIONS_MD, type Option, optionsMarkdown } from './options.ts';

const { NIXPKGS = '', UPDATE_OPTIONS = '' } = process.env;
/** One evaluation of a host takes a second or two, and there are forty. */
const PATIENCE = { timeout: 300_000 };

interface System {
  readonly failed: string[];
  readonly warnings: string[];
  readonly declarations: Record<string, object>;
}

interface Results {
  readonly isWhole: boolean;
  readonly release: string;
  readonly systems: Record<string, System>;
  readonly assertions: Record<string, string[]>;
  readonly warnings: Record<string, string[]>;
  readonly facts: Record<string, never>;
  readonly options: Option[];
  readonly toplevels: Record<string, string>;
}

if (NIXPKGS === '') {
  test('NOT EVALUATED: the NixOS modules in the real module system (set NIXPKGS and run npm run test:nix)', () => {
    console.warn(
      'NIXPKGS is not set: options, assertions and systems of the NixOS modules were not evaluated',
    );
    expect(committedOptions().length).toBeGreaterThan(0);
  });
} else {
  describe('the modules in the module system of NIXPKGS', () => {
    const results: Partial<Results> = {};
    beforeAll(async () => {
      const mounts = { '/repository': process.cwd(), '/nixpkgs': NIXPKGS };
      await using host = await bootHost({ suite: 'forky', guests: false, mounts });
      const all = 'import /repository/test/nix/nixpkgs { nixpkgs = /nixpkgs; }';
      const evaluate = async (part: string) => {
        const argv = ['nix-instantiate', '--eval', '--strict', '--json', '--expr', `(${all}).${part}`];
        return JSON.parse((await host.run(argv, { timeoutMs: PATIENCE.timeout })).stdout);
      };
      const parts = ['isWhole', 'release', 'options', 'systems', 'assertions', 'warnings', 'facts'];
      for (const part of parts) Object.assign(results, { [part]: await evaluate(part) });
      if (results.isWhole === true) Object.assign(results, { toplevels: await evaluate('toplevels') });
      if (UPDATE_OPTIONS !== '') {
        writeFileSync(OPTIONS_JSON, `${JSON.stringify(results.options, null, 2)}\n`);
        writeFileSync(OPTIONS_MD, optionsMarkdown(results.options ?? []));
      }
    }, PATIENCE.timeout);

    test('are those that the committed list of options is made from', () => {
      expect(results.options).toEqual(committedOptions());
    });

    test('make declarations for each configuration, nixos-nspawn’s own checks among them, and complain of none', () => {
      for (const [name, { failed, warnings }] of Object.entries(results.systems ?? {})) {
        expect({ name, failed, warnings }).toEqual({ name, failed: [], warnings: [] });
      }
      expect(Object.keys(results.systems ?? {})).toEqual(
        expect.arrayContaining([
          ...['simple-container', 'bind-mounts', 'custom-path-eval', 'nginx-reverse-proxy'],
          ...['restart-if-changed', 'static-networking', 'everything', 'minimal'],
        ]),
      );
    });

    test('make declarations that the daemon accepts', () => {
      const path = '/nix/var/nix/profiles/web';
      for (const [name, { declarations }] of Object.entries(results.systems ?? {})) {
        // Every option set: what is not built yet is refused by its name.
        if (name === 'everything') continue;
        for (const declared of Object.values(declarations)) {
          expect(() => parseDeclaration(JSON.stringify({ ...declared, path })), name).not.toThrow();
        }
      }
      const { web } = results.systems?.['next-start-only']?.declarations ?? {};
      expect(web).toMatchObject({ activation: { strategy: 'none' } });
    });

    test('object to each mistake by the option, with what to do', () => {
      for (const [name, messages] of Object.entries(results.assertions ?? {})) {
        expect(messages, name).toHaveLength(1);
        expect(messages[0], name).toMatch(/^virtualisation\.nspawn\.containers.*: /);
      }
    });

    test('warn of what has no effect', () => {
      const count = Object.entries(results.warnings ?? {}).map(([name, messages]) => [name, messages.length]);
      expect(Object.fromEntries(count)).toEqual({
        ...{ 'systemd-nspawn': 1, 'other-systemd-nspawn': 0 },
        ...{ 'container-config-of-path': 1, 'nixpkgs-of-path': 1 },
      });
    });

    test('set up host and guest as they should', () => {
      expect(results.facts).toMatchObject({
        'firewall-iptables': { 've-+': { allowedTCPPorts: [5355], allowedUDPPorts: [67, 5353, 5355] } },
        'firewall-nftables': ['ve-*', 'vz-*'],
        'firewall-without-veth': [],
        host: {
          ...{
            networkd: true,
            nspawn: {},
            inotify: true,
            polkit: true,
            dbus: true,
            packages: true,
            path: true,
          },
          ...{ etc: ['nspawnd/containers/web.json'], restartTriggers: 0, reloadTriggers: 1 },
        },
        'nothing-declared': { enable: false, unit: false, networkd: false },
        triggers: { same: true, changed: true },
        guest: { hostName: 'web', logrotate: true, resolved: true, useHostResolvConf: false, failed: [] },
        'guest-merged': { hostName: 'mine', etc: ['42', 'all'], dhcp: false, lldp: true },
        packages: { usually: 'host', overlays: 'host', config: 'own', platform: 'own', nixpkgs: 'own' },
      });
    });

    test('make systems that can be instantiated', () => {
      if (results.toplevels === undefined) {
        console.warn('NOT EVALUATED: toplevels, since NIXPKGS has no packages (only lib and nixos)');
        return;
      }
      for (const drv of Object.values(results.toplevels)) expect(drv).toMatch(/-nixos-system-.*\.drv$/);
    });
  });
}
