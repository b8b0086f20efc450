import { isMachineName } from '../name.ts';
import { quoted } from '../text.ts';
import { microsecondsOf } from '../time-span.ts';
import { notAnInterface, notAnInterfacePair } from './interface-name.ts';
import { notABind, notAnOverlay, notATemporaryFileSystem, somePaths } from './mount-values.ts';
import { isBoolean, isNumber, isRange, isSize, LARGEST, someWords, words } from './readers.ts';
import { notAPath } from './schema.ts';

/** Longer than any value that means something, environments apart. */
const MAX_LENGTH = 4096;

/**
 * Why nspawn would not read a value of a `.nspawn` setting (`Exec.Hostname`), or not as meant: it warns at most, and
 * goes without, except for some with which it does not start at all.
 */
export function notAnNspawnValue(name: string, value: string): string | undefined {
  const reader = READERS.get(name);
  if (reader === undefined) return `${name}= is not known`;
  const { isRight, meaning, longer = false } = reader;
  if ((longer || value.length <= MAX_LENGTH) && isRight(value)) return undefined;
  return `cannot read ${quoted(value)} as ${meaning}`;
}

interface Reader {
  readonly isRight: (value: string) => boolean;
  readonly meaning: string;
  readonly longer?: boolean;
}

const CAPABILITIES = new Set(
  words(`chown dac_override dac_read_search fowner fsetid kill setgid setuid setpcap linux_immutable net_bind_service
    net_broadcast net_admin net_raw ipc_lock ipc_owner sys_module sys_rawio sys_chroot sys_ptrace sys_pacct sys_admin
    sys_boot sys_nice sys_resource sys_time sys_tty_config mknod lease audit_write audit_control setfcap mac_override
    mac_admin syslog wake_alarm block_suspend audit_read perfmon bpf checkpoint_restore`).map(
    one => `cap_${one}`,
  ),
);

const SIGNALS = new Set(
  words(`HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG
    XCPU XFSZ VTALRM PROF WINCH IO PWR SYS RTMIN RTMAX`),
);

const FAMILIES = new Set(
  words(`UNIX INET INET6 NETLINK PACKET AX25 IPX APPLETALK NETROM BRIDGE ATMPVC X25 ROSE DECnet NETBEUI SECURITY KEY
    ASH ECONET ATMSVC RDS SNA IRDA PPPOX WANPIPE LLC IB MPLS CAN TIPC BLUETOOTH IUCV RXRPC ISDN PHONET IEEE802154 CAIF
    ALG NFC VSOCK KCM QIPCRTR SMC XDP MCTP`).map(one => `AF_${one}`),
);

/** Groups of system calls, `systemd-analyze syscall-filter`. */
const SYSCALL_SETS = new Set(
  words(`aio basic-io chown clock cpu-emulation debug default file-system io-event ipc keyring known memlock module
    mount network-io obsolete pkey privileged process raw-io reboot resources sandbox setuid signal swap sync
    system-service timer`).map(one => `@${one}`),
);

const RESOLV_CONF =
  words(`off copy-host copy-static copy-uplink copy-stub replace-host replace-static replace-uplink
  replace-stub bind-host bind-static bind-uplink bind-stub delete auto`);

const BOOLEAN: Reader = { isRight: isBoolean, meaning: 'true or false' };
const CAPABILITY: Reader = {
  isRight: value => someWords(value, word => word === 'all' || CAPABILITIES.has(word.toLowerCase())),
  meaning: 'capabilities (CAP_…, with blanks between them, or all)',
};
const COUNT = bounds(value => (isNumber(value, 0n, LARGEST) ? BigInt(value) : undefined), 'a number');
const SIZE = bounds(sizeOf, 'a size (whole bytes, with K, M, G, T, P or E)');
const BIND: Reader = {
  isRight: value => notABind(value) === undefined,
  meaning: 'a bind mount ([+]PATH[:PATH[:OPTIONS]], absolute, in its simplest form)',
};
const OVERLAY: Reader = {
  isRight: value => notAnOverlay(value) === undefined,
  meaning: 'an overlay (LOWER:…[:UPPER]:PATH, absolute, in their simplest form)',
};
const PATH: Reader = {
  isRight: value => notAPath(value) === undefined,
  meaning: 'a path (absolute, in its simplest form)',
};
const INTERFACES: Reader = {
  isRight: value => someWords(value, word => notAnInterfacePair(word) === undefined),
  meaning: 'interfaces (INTERFACE or INTERFACE:NAME, with blanks between them)',
};

/** By `Section.Setting`; those that are refused anyway are left out. */
const READERS: ReadonlyMap<string, Reader> = new Map([
  ...all(BOOLEAN, 'Exec.NoNewPrivileges Exec.SuppressSync'),
  ...all(BOOLEAN, 'Files.ReadOnly Network.Private Network.VirtualEthernet'),
  ...all(CAPABILITY, 'Exec.AmbientCapability Exec.Capability Exec.DropCapability'),
  ...all(COUNT, 'Exec.LimitLOCKS Exec.LimitNOFILE Exec.LimitNPROC Exec.LimitRTPRIO Exec.LimitSIGPENDING'),
  ...all(SIZE, 'Exec.LimitAS Exec.LimitCORE Exec.LimitDATA Exec.LimitFSIZE Exec.LimitMEMLOCK'),
  ...all(SIZE, 'Exec.LimitMSGQUEUE Exec.LimitRSS Exec.LimitSTACK'),
  ...all(bounds(secondsOf, 'a time span in whole seconds'), 'Exec.LimitCPU'),
  ...all(bounds(rtTimeOf, 'a time span (a number without unit: microseconds)'), 'Exec.LimitRTTIME'),
  ...all(bounds(niceOf, 'a nice level (-20 to +19, or 0 to 40 without sign)', false), 'Exec.LimitNICE'),
  ...all(BIND, 'Files.Bind Files.BindReadOnly'),
  ...all(OVERLAY, 'Files.Overlay Files.OverlayReadOnly'),
  ...all(PATH, 'Exec.WorkingDirectory Files.Inaccessible Network.NamespacePath'),
  ...all(INTERFACES, 'Network.IPVLAN Network.Interface Network.MACVLAN'),
  ...one('Exec.CPUAffinity', 'a list of numbers and ranges (0 to 8191)', value => {
    const ranges = words(value, /[ \t\n,]+/);
    return ranges.length > 0 && ranges.every(isRange);
  }),
  [
    'Exec.Environment',
    { isRight: isEnvironment, meaning: 'NAME=VALUE, with quotes around blanks', longer: true },
  ],
  ...one(
    'Exec.Hostname',
    'a host name',
    value => isMachineName(value) && value.split('.').every(label => label.length <= 63),
  ),
  ...one('Exec.KillSignal', 'a signal', isSignal),
  ...one(
    'Exec.LinkJournal',
    'what an ephemeral container can have (no, auto, try-guest, try-host)',
    oneOf('no auto try-guest try-host'),
  ),
  ...one('Exec.OOMScoreAdjust', 'a number from -1000 to 1000', value =>
    /^(?:0|-?[1-9]\d{0,2}|-?1000)$/.test(value),
  ),
  ...one('Exec.Personality', 'an architecture of this kind of host', oneOf('x86 x86-64 arm arm64')),
  ...one('Exec.PivotRoot', 'a path, or two with a colon between them', value => somePaths(value, 1, 2)),
  ...one('Exec.PrivateUsersDelegate', 'a number', value => isNumber(value, 0n, 0xffffn)),
  ...one('Exec.ResolvConf', `one of ${RESOLV_CONF.join(', ')}`, value => RESOLV_CONF.includes(value)),
  ...one(
    'Exec.RestrictAddressFamilies',
    'address families (AF_…, after ~ if all others are meant, or none)',
    value => {
      if (value === '' || value === 'none') return true;
      return someWords(value.replace(/^~/, ''), word => FAMILIES.has(word));
    },
  ),
  ...one('Exec.SystemCallFilter', 'system calls and groups of them, after ~ if they are refused', value =>
    someWords(
      value.replace(/^~/, ''),
      word => SYSCALL_SETS.has(word) || /^[a-z_][a-z0-9_]{0,63}$/.test(word),
    ),
  ),
  ...one(
    'Exec.Timezone',
    'one of off, copy, bind, symlink, auto, delete',
    oneOf('off copy bind symlink auto delete'),
  ),
  ...one('Exec.User', 'the name of a user', isUser),
  ...one('Files.BindUser', 'names of users, with blanks between them', value => someWords(value, isUserName)),
  ...one(
    'Files.BindUserShell',
    'a path, true or false',
    value => isBoolean(value) || notAPath(value) === undefined,
  ),
  ...one(
    'Files.TemporaryFileSystem',
    'a temporary file system (PATH[:OPTIONS])',
    value => notATemporaryFileSystem(value) === undefined,
  ),
  ...one('Files.Volatile', 'one of yes, no, state, overlay', oneOf('yes no state overlay')),
  ...one('Network.Bridge', 'the name of a bridge', value => notAnInterface(value) === undefined),
  ...one('Network.Port', 'a port ([tcp:|udp:]PORT[:PORT])', isPort),
  ...one(
    'Network.VirtualEthernetExtra',
    'a link (NAME or NAME:NAME)',
    value => notAnInterfacePair(value) === undefined,
  ),
  ...one(
    'Network.Zone',
    'the name of a zone',
    value => notAnInterface(`vz-${value}`) === undefined && value !== '',
  ),
]);

function all(reader: Reader, names: string): [string, Reader][] {
  return words(names).map(name => [name, reader]);
}

function one(name: string, meaning: string, isRight: (value: string) => boolean): [string, Reader][] {
  return [[name, { isRight, meaning }]];
}

function oneOf(names: string): (value: string) => boolean {
  const allowed = words(names);
  return value => allowed.includes(value);
}

/** `SOFT` or `SOFT:HARD` of setrlimit(2), in ascending order. */
function bounds(read: (value: string) => bigint | undefined, meaning: string, endless = true): Reader {
  const readOne = (value: string) => (endless && value === 'infinity' ? LARGEST + 1n : read(value));
  return {
    isRight: value => {
      const [soft = '', hard = soft, ...more] = value.split(':');
      const [least, most] = [readOne(soft), readOne(hard)];
      return more.length === 0 && least !== undefined && most !== undefined && least <= most;
    },
    meaning: `${meaning}${endless ? ' or infinity' : ''}, or two with a colon between them, the smaller first`,
  };
}

function sizeOf(value: string): bigint | undefined {
  if (!isSize(value, 1024n, 0n)) return undefined;
  const [, whole = '0', decimals = '', unit] = /^(\d+)(?:\.(\d+))?([KMGTPE])?$/.exec(value) ?? [];
  const factor = unit === undefined ? 1n : 1024n ** BigInt('KMGTPE'.indexOf(unit) + 1);
  return BigInt(whole) * factor + (BigInt(decimals) * factor) / 10n ** BigInt(decimals.length);
}

function secondsOf(value: string): bigint | undefined {
  const span = microsecondsOf(value);
  return typeof span === 'bigint' && span % 1_000_000n === 0n ? span / 1_000_000n : undefined;
}

function rtTimeOf(value: string): bigint | undefined {
  if (isNumber(value, 0n, LARGEST)) return BigInt(value);
  const span = /\d$/.test(value) || /\d[ \t]+[\d.]/.test(value) ? undefined : microsecondsOf(value);
  return typeof span === 'bigint' ? span : undefined;
}

/** The higher the limit, the lower the level may be. */
function niceOf(value: string): bigint | undefined {
  const [, sign, digits = ''] = /^([+-]?)(0|[1-9]\d?)$/.exec(value) ?? [];
  if (sign === undefined) return undefined;
  const number = BigInt(digits);
  if (sign === '') return number <= 40n ? number : undefined;
  if (sign === '+') return number <= 19n ? 20n - number : undefined;
  return number <= 20n ? 20n + number : undefined;
}

/** Quotes part what has blanks, and are taken off; backslashes stay (config_parse_strv() in systemd). */
function isEnvironment(value: string): boolean {
  const assignments = value.match(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g) ?? [];
  const isWhole = value.replace(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g, '').trim() === '';
  return isWhole && assignments.length > 0 && assignments.every(word => /^["']?[A-Za-z_]\w*=/.test(word));
}

function isSignal(value: string): boolean {
  if (/^\d/.test(value)) return isNumber(value, 1n, 64n);
  const [, name = '', sign, offset] = /^(?:SIG)?([A-Z0-9]+?)(?:([+-])(\d{1,2}))?$/.exec(value) ?? [];
  if (offset === undefined) return SIGNALS.has(name);
  const isRealTime = (name === 'RTMIN' && sign === '+') || (name === 'RTMAX' && sign === '-');
  return isRealTime && isNumber(offset, 0n, 30n);
}

function isPort(value: string): boolean {
  const ports = value.replace(/^(?:tcp|udp):/, '').split(':');
  return ports.length <= 2 && ports.every(port => isNumber(port, 1n, 65_535n));
}

function isUser(value: string): boolean {
  return isUserName(value) || isNumber(value, 0n, 0xffff_fffdn);
}

function isUserName(value: string): boolean {
  return /^[A-Za-z_][\w-]{0,30}$/.test(value);
}
