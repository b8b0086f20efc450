// What a container may not do that NixOS does by default: the facts of docs/nixos-guests.md, by the real systemd-sysctl.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootHost, type Host, suites } from '../host/index.ts';

type Outcome = 'set' | 'passed over' | 'fails';

/** A line of sysctl.d(5) → what becomes of it in a guest with a user namespace and a network of its own. */
const SYSCTLS: Record<string, Outcome> = {
  // by NixOS
  'net.ipv4.ping_group_range=0 2147483647': 'fails',
  'net.ipv4.conf.all.forwarding=1': 'set',
  'net.ipv6.conf.all.disable_ipv6=1': 'set',
  'net.ipv6.conf.default.use_tempaddr=2': 'set',
  'net.ipv6.conf.nosuch.use_tempaddr=2': 'passed over',
  'kernel.kptr_restrict=2': 'passed over',
  'kernel.pid_max=4194301': 'passed over',
  'kernel.poweroff_cmd=/nosuch': 'passed over',
  'kernel.core_pattern=nosuch': 'passed over',
  'kernel.printk=7': 'passed over',
  'kernel.yama.ptrace_scope=3': 'passed over',
  'kernel.unprivileged_userns_clone=7': 'passed over',
  'kernel.kexec_load_disabled=7': 'passed over',
  'vm.max_map_count=1048577': 'passed over',
  'fs.inotify.max_user_instances=524287': 'passed over',
  'fs.inotify.max_user_watches=524287': 'passed over',
  'net.core.rmem_max=1048577': 'passed over',
  'net.core.wmem_max=1048577': 'passed over',
  'user.max_user_namespaces=3': 'passed over',
  // by our module, instead
  'net.ipv4.ping_group_range=0 65535': 'set',
  // by others
  'net.ipv4.ping_group_range=0 65536': 'fails',
  'net.ipv4.conf.default.rp_filter=2': 'set',
  'net.ipv4.ip_unprivileged_port_start=7': 'set',
  'net.core.somaxconn=4097': 'set',
  'net.core.default_qdisc=fq': 'passed over',
  'net.core.netdev_max_backlog=5001': 'passed over',
  'net.core.bpf_jit_enable=7': 'passed over',
  'net.ipv4.tcp_mem=1 2 3': 'passed over',
  'vm.swappiness=11': 'passed over',
  'fs.file-max=100001': 'passed over',
};
/** The same in other guests, where it differs or matters. */
const ON_HOST_NETWORK: Record<string, Outcome> = {
  'net.ipv4.ping_group_range=0 2147483647': 'passed over',
  'net.ipv4.ip_unprivileged_port_start=7': 'passed over',
  'vm.swappiness=11': 'passed over',
};
const WITHOUT_USER_NAMESPACE: Record<string, Outcome> = {
  'net.ipv4.ping_group_range=0 2147483647': 'set',
  'net.ipv4.conf.all.forwarding=1': 'set',
  'vm.swappiness=11': 'passed over',
};

const SYSCTL = '/usr/lib/systemd/systemd-sysctl';

/** `try LINE PATH VALUE` in the guest: prints the outcome. */
const TRY = `
  try() {
    echo "$1" >/tmp/try.conf
    if ! ${SYSCTL} /tmp/try.conf 2>/dev/null; then echo fails
    elif (echo "$3" >"$2") 2>/dev/null; then echo set
    else echo passed over
    fi
  }`;

const MAPPED = {
  exec: 'PrivateUsers=pick',
  files: 'PrivateUsersOwnership=auto\nBindReadOnly=/nix/store:/nix/store:idmap',
};

describe.each(suites)('a guest on %s', suite => {
  let host: Host;
  const inside = (script: string) =>
    host.sh(`systemd-run -M web -q --wait --pipe --collect /bin/busybox sh -eu`, { input: script });

  /** Starts the machine anew with these sections in its unit file. */
  const start = async ({ exec, files, network }: { exec: string; files: string; network: string }) => {
    const extra = { units: { 'collect.service': COLLECT } };
    const toplevel = await host.guest({ name: 'web', version: '1', extra });
    const always = `Ephemeral=yes\nBoot=no\nParameters=${toplevel}/init\nKillSignal=SIGRTMIN+3\nNotifyReady=yes`;
    const text = `[Exec]\n${always}\nLinkJournal=no\n${exec}\n[Files]\n${files}\n[Network]\n${network}\n`;
    await host.write('/run/systemd/nspawn/web.nspawn', text);
    await host.sh('mkdir -p /var/lib/machines/web/usr; systemctl restart systemd-nspawn@web');
  };

  const outcomes = async (sysctls: Record<string, Outcome>) => {
    const lines = Object.keys(sysctls);
    const tries = lines.map(line => {
      const [key = '', value = ''] = line.split('=');
      return `try '${line}' '/proc/sys/${key.replaceAll('.', '/')}' '${value}'`;
    });
    const answers = (await inside([TRY, ...tries].join('\n'))).split('\n');
    return Object.fromEntries(lines.map((line, at) => [line, answers[at]]));
  };

  beforeAll(async () => {
    host = await bootHost({ suite });
    await start({ ...MAPPED, network: 'Private=yes\nVirtualEthernet=yes' });
  });
  afterAll(() => host?.stop());

  it('fails for no kernel parameter but groups that it does not have', async () => {
    expect(await outcomes(SYSCTLS)).toEqual(SYSCTLS);
  });

  it('does not fail for them either while systemd’s own defaults say the same with leave to fail', async () => {
    await inside(`
      mkdir -p /etc/sysctl.d
      echo 'net.ipv4.ping_group_range=0 2147483647' >/etc/sysctl.d/60-nixos.conf
      ! ${SYSCTL} 2>/dev/null
      echo '-net.ipv4.ping_group_range = 0 2147483647' >/etc/sysctl.d/50-default.conf
      ${SYSCTL}
      rm /etc/sysctl.d/50-default.conf /etc/sysctl.d/60-nixos.conf
    `);
  });

  it('skips what needs a writable store, and knows no IDs above 65535', async () => {
    const condition = await host.sh(
      'systemctl -M web show -P ConditionResult -P ActiveState collect.service',
    );
    expect(condition.split('\n').sort()).toEqual(['inactive', 'no']);
    await inside('touch /tmp/file; chown 65535 /tmp/file; ! chown 65536 /tmp/file 2>/dev/null');
  });

  it('with the host’s network sets none', async () => {
    await start({ ...MAPPED, network: 'Private=no' });
    expect(await outcomes(ON_HOST_NETWORK)).toEqual(ON_HOST_NETWORK);
  });

  it('without a user namespace has all groups', async () => {
    const network = 'Private=yes\nVirtualEthernet=yes';
    await start({ exec: 'PrivateUsers=no', files: 'BindReadOnly=/nix/store', network });
    expect(await outcomes(WITHOUT_USER_NAMESPACE)).toEqual(WITHOUT_USER_NAMESPACE);
  });
});

/** As our module makes nix-gc.service. It would leave the guest degraded if it were started. */
const COLLECT =
  '[Unit]\nConditionPathIsReadWrite=/nix/store\n[Service]\nType=oneshot\nExecStart=/bin/false\n';
