// The modules in the real module system: NIXPKGS=/path npm run test:nix, with a nixpkgs or just its `lib` and `nixos`.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { parseDeclaration } from '../../src/model/declaration.ts';
import { bootHost } from '../host/index.ts';
import {
  committedOptions,
  normalise,
  OPTIONS_JSON,
  OPTIONS_MD,
  type Option,
  optionsMarkdown,
} from './options.ts';

const GUESTS_MD = join(import.meta.dirname, '../../docs/nixos-guests.md');
const HERE = 'virtualisation.nspawn.containers.web';
const UNSUPPORTED = [
  ['closure-store', `${HERE}.store: "closure" is`],
  ['daemon-of-the-host', `${HERE}.nixDaemon: "host" is`],
  ['private-daemon', `${HERE}.nixDaemon: "private" is`],
  ['credentials', `${HERE}.credentials: is`],
  ['persistent-journal', `${HERE}.journal: "persistent" is`],
  ['managed-users', `${HERE}.userNamespace: "managed" is`],
  ['journal-size', 'services.nspawnd.settings.journalMaxUse: "1G" is'],
] as const;

const { NIXPKGS = '', UPDATE_OPTIONS = '' } = process.env;
/** One evaluation of a host takes a second or two, and there are over a hundred. */
const PATIENCE = { timeout: 1_200_000 };

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
  readonly oldNames: Record<string, string[]>;
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
      const parts = [
        'isWhole',
        'release',
        'options',
        'systems',
        'assertions',
        'oldNames',
        'warnings',
        'facts',
      ];
      for (const part of parts) Object.assign(results, { [part]: await evaluate(part) });
      if (results.isWhole === true) Object.assign(results, { toplevels: await evaluate('toplevels') });
      if (UPDATE_OPTIONS !== '') {
        const options = normalise(results.options ?? []);
        writeFileSync(OPTIONS_JSON, `${JSON.stringify(options, null, 2)}\n`);
        writeFileSync(OPTIONS_MD, optionsMarkdown(options));
      }
    }, PATIENCE.timeout);

    test('are those that the committed list of options is made from', () => {
      expect(normalise(results.options ?? [])).toEqual(normalise(committedOptions()));
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
        // Until credentials are supported, that is said as well.
        expect(messages, name).toHaveLength(name.startsWith('credential-') ? 2 : 1);
        for (const message of messages) {
          expect(message, name).toMatch(
            /^(virtualisation\.nspawn\.containers|services\.nspawnd\.settings).*: /,
          );
        }
      }
    });

    test.each(UNSUPPORTED)('object to %s, which the daemon does not support yet', (name, message) => {
      expect(results.assertions?.[name]).toEqual([
        `${message} not supported yet by nspawnd. Remove the setting.`,
      ]);
    });

    test('name the new option for each old one', () => {
      const old = Object.entries(results.oldNames ?? {});
      expect(old.length).toBeGreaterThan(30);
      for (const [name, messages] of old) {
        expect(messages, name).toHaveLength(1);
        const [, option, what] =
          /^virtualisation\.nspawn\.containers\.n\d+\.(.*?): (.*)$/.exec(messages[0] ?? '') ?? [];
        expect(option).toBe(name);
        expect(what, name).toMatch(
          /^is an option of another container module\. (Set|Remove|Build|The name) .*\.$/,
        );
      }
      const hints = Object.fromEntries(old.map(([name, [message]]) => [name, message?.split('module. ')[1]]));
      expect(hints).toMatchObject({
        ...{ hostBridge: 'Set network.bridge.', macvlans: 'Set network.macvlan.' },
        ...{ interfaces: 'Set network.interfaces.', zone: 'Set network.veth.zone.' },
        bindMounts: expect.stringContaining('Set `binds`'),
        forwardPorts: expect.stringContaining('Set network.forwardPorts'),
        privateNetwork: expect.stringContaining('unless network.host'),
        hostAddress: expect.stringContaining('network.veth.config.host'),
        localAddress6: expect.stringContaining('network.veth.config.container'),
      });
    });

    test('warn of what has no effect', () => {
      const count = Object.entries(results.warnings ?? {}).map(([name, messages]) => [name, messages.length]);
      expect(Object.fromEntries(count)).toEqual({
        ...{ 'dhcpcd-beside-networkd': 1, 'dhcpcd-without-networkd': 0, 'no-dhcpcd-beside-networkd': 0 },
        ...{ 'network-of-every-ethernet': 2 },
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

    test('leave the network of the host as it is, and have networkd for the links of containers', () => {
      const denied: string[] = [];
      const foreign = { ManageForeignRoutes: false, ManageForeignRoutingPolicyRules: false };
      const dns = { DHCPServer: { DNS: ['192.0.2.53'] }, IPv6SendRA: { DNS: ['2001:db8::53'] } };
      const aside = {
        networkd: true,
        backend: false,
        waits: false,
        resolved: false,
        foreign,
        nextHops: true,
        forwards: true,
        acceptsRouters: 2,
      };
      const its = {
        networkd: true,
        waits: true,
        resolved: true,
        foreign: {},
        nextHops: false,
        link: null,
        forwards: true,
        acceptsRouters: null,
      };
      expect(results.facts?.['host-network']).toEqual({
        scripted: { ...aside, acceptsRouters: null, link: null, denied, failed: [] },
        static: { ...aside, link: dns, denied, failed: [] },
        forwarding: {
          ...{ none: false, without: false, 'section-left-out': false, 'only-v4': true, 'only-v6': false },
          ...{ bridge: false, zone: true, 'zone-without': false, own: false, 'own-routers': 0 },
        },
        'static-and-given': {
          ...{ ...aside, denied, failed: [] },
          link: { DHCPServer: { DNS: '10.0.0.1' }, IPv6SendRA: null },
        },
        networkd: { ...its, backend: true, denied, failed: [] },
        'own-networkd': { ...its, backend: false, denied, failed: [] },
        'own-resolved': true,
        networkmanager: expect.stringContaining('ENV{INTERFACE}=="v[ebz]-*", ENV{NM_UNMANAGED}="1"'),
        zone: {
          silent: { a: dns, b: dns },
          given: { a: { ...dns, Network: { Address: ['10.0.0.1/24'] } }, b: null },
        },
      });
    });

    test('keep guests from what a container cannot do, and give way to what they set', () => {
      expect(results.facts).toMatchObject({
        'out-of-reach': {
          ...{ ping: '0 65535', 'own-ping': '0 100', host: '0 2147483647' },
          ...{ shutdown: false, 'own-shutdown': true },
          ...{ gc: '/nix/store', apparmor: '!container', 'no-apparmor': false, 'no-nix': false },
        },
        'guest-without-veth': { unconfigured: false, configured: true, 'with-veth': true },
      });
    });

    // A new one is looked up in docs/nixos-guests.md, or measured: what fails with another error than EACCES, EROFS or
    // ENOENT fails systemd-sysctl.service.
    test('know all sysctls that NixOS sets in a guest by default', () => {
      const { sysctls } = results.facts?.['out-of-reach'] ?? { sysctls: [] as string[] };
      const guide = readFileSync(GUESTS_MD, 'utf8');
      expect(sysctls).toContain('net.ipv4.ping_group_range');
      for (const sysctl of sysctls) expect(guide).toContain(`\`${sysctl}\``);
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
