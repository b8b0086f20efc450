/** Inputs of what is written on builtins alone, with what must come out. Evaluated by Nix on a throwaway host. */

const bind = (more = {}) => ({ hostPath: null, readOnly: false, options: [], ...more });

/** Options of a container that differ from the defaults → its declaration, where that is not the same. */
export const declarations: Record<string, { options: object; differs?: object }> = {
  minimal: { options: {} },
  'reload without rollback': { options: { activation: { strategy: 'reload', rollback: false } } },
  'dynamic with a probe': {
    options: { activation: { strategy: 'dynamic', probe: { command: ['/bin/true'], timeout: '30s' } } },
  },
  'degraded is good, after another': { options: { activation: { allowDegraded: true }, dependsOn: ['db'] } },
  'a store path': { options: { path: '/nix/store/8bqkfx9b6jj2gbjwk2hbk8pw5m1q0a4f-nixos-system-web' } },
  'by hand, next start only': {
    options: { autoStart: false, activation: { strategy: 'none', timeout: '5min' } },
  },
  binds: {
    options: {
      binds: {
        '/var/lib/postgresql': bind({ hostPath: '/srv/db', options: ['idmap'] }),
        '/srv/www': bind({ readOnly: true }),
      },
    },
  },
  zone: { options: { network: { veth: { zone: 'internal' } } } },
  'static networking, as nixos-nspawn has it': {
    options: {
      network: {
        veth: {
          config: {
            host: { networkConfig: { DHCPServer: false, Address: ['fc42::1/64', '192.168.42.1/24'] } },
            container: { networkConfig: { DHCP: false, Address: ['fc42::2/64', '192.168.42.2/24'] } },
          },
        },
      },
    },
    differs: {
      network: {
        veth: {
          config: {
            host: { Network: { DHCPServer: false, Address: ['fc42::1/64', '192.168.42.1/24'] } },
            container: null,
          },
        },
      },
    },
  },
  'networkd attributes of all kinds': {
    options: {
      network: {
        veth: {
          config: {
            host: {
              address: ['10.77.1.1/24'],
              dhcpServerConfig: { PoolOffset: 10, EmitDNS: true },
              IPv6Prefix: null,
              routes: [
                { Destination: '10.78.0.0/16' },
                { routeConfig: { Destination: '10.79.0.0/16', Metric: 7 } },
              ],
            },
          },
        },
      },
    },
    differs: {
      network: {
        veth: {
          config: {
            host: {
              Network: { Address: ['10.77.1.1/24'] },
              DHCPServer: { PoolOffset: 10, EmitDNS: true },
              IPv6Prefix: null,
              Route: [{ Destination: '10.78.0.0/16' }, { Destination: '10.79.0.0/16', Metric: 7 }],
            },
          },
        },
      },
    },
  },
  'name servers of the host, under what is given': {
    options: {
      network: {
        veth: {
          hostDefaults: {
            DHCPServer: { DNS: ['192.0.2.53'], EmitNTP: true },
            IPv6SendRA: { DNS: ['2001:db8::53'] },
          },
          config: { host: { dhcpServerConfig: { EmitNTP: false }, IPv6SendRA: null } },
        },
      },
    },
    differs: {
      network: {
        veth: { config: { host: { DHCPServer: { DNS: ['192.0.2.53'], EmitNTP: false }, IPv6SendRA: null } } },
      },
    },
  },
  'forwarded ports': {
    options: {
      network: {
        forwardPorts: [
          { protocol: 'tcp', hostPort: 8080, containerPort: 80 },
          { protocol: 'udp', hostPort: 53, containerPort: null },
        ],
      },
    },
  },
  'a bridge of the host': { options: { network: { bridge: 'br0' } } },
  'moved and stacked interfaces': {
    options: {
      network: { veth: { enable: false }, macvlan: ['eth0:lan'], ipvlan: ['eth1'], interfaces: ['eth2'] },
    },
  },
  'the network of the host': { options: { network: { host: true, veth: { enable: false } } } },
  'limits and a fixed user range': {
    options: { limits: { MemoryMax: '1G', CPUQuota: '50%', TasksMax: 512 }, userNamespace: '655360:65536' },
  },
  'the escape hatch': {
    options: { settings: { Exec: { Capability: ['CAP_SYS_NICE'], Hostname: 'x' }, Files: { Bind: null } } },
  },
};

/** What is specified but not built: the field that the daemon refuses. The options are the same as the declaration. */
export const refused: Record<string, { options: object; declared?: object; field: string }> = {
  'closure store': { options: { store: 'closure' }, field: 'store' },
  'daemon of the host': { options: { nixDaemon: 'host' }, field: 'nixDaemon' },
  credentials: {
    options: {
      credentials: {
        db: { path: '/run/secrets/db', text: null, encrypted: false },
        api: { path: '/etc/credstore.encrypted/api', text: null, encrypted: true },
        motd: { path: null, text: 'hello', encrypted: false },
      },
    },
    declared: {
      credentials: {
        db: { path: '/run/secrets/db' },
        api: { path: '/etc/credstore.encrypted/api', encrypted: true },
        motd: { text: 'hello' },
      },
    },
    field: 'credentials',
  },
  'persistent journal': { options: { journal: 'persistent' }, field: 'journal' },
  'managed users': { options: { userNamespace: 'managed' }, field: 'userNamespace' },
};

/** Options of a container, one each: what the daemon may refuse as not supported yet. */
export const choices: Record<string, unknown>[] = [
  ...['closure', 'host'].map(store => ({ store })),
  ...['none', 'host', 'private'].map(nixDaemon => ({ nixDaemon })),
  ...['persistent', 'volatile'].map(journal => ({ journal })),
  ...['pick', 'managed', 'no', '655360:65536'].map(userNamespace => ({ userNamespace })),
  { credentials: {} },
  { credentials: { db: { path: '/run/secrets/db' } } },
];

/** Settings of the daemon, likewise; null is not written. */
export const settings = [{ journalMaxUse: null }, { journalMaxUse: '1G' }];

type Network = { attributes: object; sections?: object; problems?: string[] };

export const networks: Record<string, Network> = {
  nothing: { attributes: {} },
  'an evaluated network that says nothing': {
    attributes: {
      ...{ enable: true, name: null, matchConfig: {}, extraConfig: '', DHCP: null, domains: null },
      ...{ address: [], routes: [], networkConfig: {}, dhcpServerStaticLeases: [], ipv6Prefixes: [] },
    },
  },
  'sections of each kind': {
    attributes: {
      ...{ linkConfig: { MTUBytes: 1400 }, networkConfig: { LLDP: false }, dhcpV4Config: { UseMTU: true } },
      ...{ dhcpV6Config: { UseDNS: false }, ipv6SendRAConfig: { Managed: true }, bridgeConfig: { Cost: 4 } },
      ...{ ipv6AcceptRAConfig: { UseDNS: true }, cakeConfig: { Bandwidth: '1M' } },
    },
    sections: {
      ...{ Link: { MTUBytes: 1400 }, Network: { LLDP: false }, DHCPv4: { UseMTU: true } },
      ...{ DHCPv6: { UseDNS: false }, IPv6SendRA: { Managed: true }, Bridge: { Cost: 4 } },
      ...{ IPv6AcceptRA: { UseDNS: true }, CAKE: { Bandwidth: '1M' } },
    },
  },
  'settings of [Network] by attributes of their own': {
    attributes: {
      ...{ DHCP: 'yes', address: ['10.0.0.1/24'], gateway: ['10.0.0.254'], dns: ['9.9.9.9'], ntp: ['t'] },
      ...{ domains: ['a.example', '~b.example'], vlan: ['v7'] },
    },
    sections: {
      Network: {
        ...{ DHCP: 'yes', Address: ['10.0.0.1/24'], Gateway: ['10.0.0.254'], DNS: ['9.9.9.9'], NTP: ['t'] },
        ...{ Domains: 'a.example ~b.example', VLAN: ['v7'] },
      },
    },
  },
  'both ways to give an address': {
    attributes: { address: ['10.0.0.1/24'], networkConfig: { Address: 'fd00::1/64', LLDP: true } },
    sections: { Network: { Address: ['10.0.0.1/24', 'fd00::1/64'], LLDP: true } },
  },
  'lists of sections, also in the shapes of older nixpkgs': {
    attributes: {
      addresses: [{ addressConfig: { Address: '10.0.0.1/24', RouteMetric: 5 } }],
      dhcpServerStaticLeases: [
        { dhcpServerStaticLeaseConfig: { Address: '10.0.0.9', MACAddress: '02:00:00:00:00:01' } },
      ],
      ipv6Prefixes: [{ ipv6PrefixConfig: { Prefix: 'fd00::/64' } }, { Prefix: 'fd01::/64' }],
      routes: [{ routeConfig: { Gateway: '10.0.0.2' } }, { Gateway: '10.0.0.3' }],
      routingPolicyRules: [{ routingPolicyRuleConfig: { Table: 7 } }],
    },
    sections: {
      Address: [{ Address: '10.0.0.1/24', RouteMetric: 5 }],
      DHCPServerStaticLease: [{ Address: '10.0.0.9', MACAddress: '02:00:00:00:00:01' }],
      IPv6Prefix: [{ Prefix: 'fd00::/64' }, { Prefix: 'fd01::/64' }],
      Route: [{ Gateway: '10.0.0.2' }, { Gateway: '10.0.0.3' }],
      RoutingPolicyRule: [{ Table: 7 }],
    },
  },
  'sections by their own names, beside attributes': {
    attributes: {
      ...{ Network: { IPMasquerade: null }, networkConfig: { DHCPServer: true }, IPv6Prefix: null },
      ...{ Route: [{ Gateway: '10.0.0.3' }], routes: [{ Gateway: '10.0.0.2' }] },
    },
    sections: {
      ...{ Network: { IPMasquerade: null, DHCPServer: true }, IPv6Prefix: null },
      Route: [{ Gateway: '10.0.0.3' }, { Gateway: '10.0.0.2' }],
    },
  },
  'what cannot be had': {
    attributes: {
      ...{
        matchConfig: { Name: 'x' },
        extraConfig: '[Network]',
        enable: false,
        dhcpConfig: { UseDNS: true },
      },
      ...{ netwrkConfig: {}, linkConfig: { MTUBytes: { a: 1 } }, Network: 'x' },
    },
    sections: { Link: { MTUBytes: { a: 1 } } },
    problems: [
      'Network must be a set of settings',
      'dhcpConfig is called dhcpV4Config',
      "enable cannot switch the host's end off; use network.veth.enable of the container",
      'extraConfig is text that nspawnd cannot merge; write sections, such as `Network.Address = [ … ];`',
      'linkConfig.MTUBytes must be a string, a number, a boolean, or a list of these',
      "matchConfig is nspawnd's own: it knows which link is the container's",
      'netwrkConfig is neither an attribute of systemd.network.networks.<name> nor a section of systemd.network(5)',
    ],
  },
};

export const guests: Record<string, { attributes: object; definitions: object[]; problems?: string[] }> = {
  'attributes stay': {
    attributes: { networkConfig: { DHCP: false }, matchConfig: { Name: 'host0' }, DHCP: 'no' },
    definitions: [{ networkConfig: { DHCP: false }, matchConfig: { Name: 'host0' }, DHCP: 'no' }],
  },
  'sections become attributes': {
    attributes: { Network: { DHCP: false }, Route: { Gateway: '10.0.0.1' }, Neighbour: {} },
    definitions: [{}, { networkConfig: { DHCP: false } }, { routes: [{ Gateway: '10.0.0.1' }] }],
    problems: ['Neighbour is no section that systemd.network.networks.<name> has an attribute for'],
  },
};

export const graphs: Record<
  string,
  { graph: Record<string, string[]>; cycles: string[][]; unknown: object[] }
> = {
  'a tree': { graph: { web: ['app'], app: ['db', 'cache'], db: [], cache: [] }, cycles: [], unknown: [] },
  'a diamond': { graph: { a: ['b', 'c'], b: ['d'], c: ['d'], d: [] }, cycles: [], unknown: [] },
  'two cycles': {
    graph: { a: ['b'], b: ['c'], c: ['a', 'd'], d: ['e'], e: ['d'], f: ['a'] },
    cycles: [
      ['a', 'b', 'c', 'a'],
      ['d', 'e', 'd'],
    ],
    unknown: [],
  },
  'an unknown name': { graph: { web: ['db'] }, cycles: [], unknown: [{ name: 'web', missing: 'db' }] },
};

export const machineNames: Record<string, boolean> = {
  ...{ web: true, 'a.b-c.d9': true, x: true, ['x'.repeat(64)]: true },
  ...{
    '': false,
    my_web: false,
    '-a': false,
    'a-': false,
    'a..b': false,
    'a b': false,
    ['x'.repeat(65)]: false,
  },
};

export const zones: Record<string, boolean> = {
  ...{ internal: true, twelve_chars: true, thirteen_char: false, all: true, '0': true },
  ...{ '': false, 'a b': false, 'a/b': false, 'a:b': false },
  ...oneEach('', '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~ é\t', character =>
    /[#$&()+,\-.;<=>@^_`{|}~]/.test(character),
  ),
};

/** Of a moved or stacked link: `IFACE` or `IFACE:NAME`. */
export const interfacePairs: Record<string, boolean> = {
  ...{ eth0: true, 'eth0:lan': true, 'a:b:c': false, ':lan': false, 'eth0:': false, '': false },
  ...{ fifteen_letters: true, sixteen_letters_: false, '7': false, '7a': true, '.': false, '..': false },
  ...{ all: false, default: false, 'eth0:all': false, alle: true },
  ...oneEach('eth', '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~ é\t', character => !/["%'/:\\ é\t]/.test(character)),
};

/** A name with each of these characters at its end. */
function oneEach(start: string, characters: string, isGood: (character: string) => boolean) {
  return Object.fromEntries([...characters].map(one => [`${start}x${one}`, isGood(one)]));
}
