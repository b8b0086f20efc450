/*
 * What NixOS sets by default and no system can do in a user namespace, by name. A failed unit is excused only for what
 * it said itself, and only where it said nothing worse: every other failure of the same unit is a complaint.
 */

/** The highest ID of a namespace of nspawn's usual size. */
const LAST_ID = 65_535;

/** Settings of sysctl.d(5) that the kernel refuses in a user namespace: which values, and what to set instead. */
const SETTINGS: Readonly<Record<string, { refuses: (value: string) => boolean; instead: string }>> = {
  // EINVAL for a group that the namespace doesn't have; "0 2147483647" in nixos/modules (networking, sysctl).
  'net.ipv4.ping_group_range': {
    refuses: value => /^\d+\s+\d+$/.test(value) && Number(value.split(/\s+/)[1]) > LAST_ID,
    instead: '0 65535',
  },
};

const UNITS: Readonly<Record<string, (lines: readonly string[]) => string | undefined>> = {
  'systemd-sysctl.service': excuseForSysctl,
};

/** Whether it may be that a unit can't do better: what it said is worth being read. */
export function isExcusable(unit: string): boolean {
  return Object.hasOwn(UNITS, unit);
}

/** Whether that may be so of each of these. */
export function excusesAll(units: readonly string[]): boolean {
  return units.length > 0 && units.every(isExcusable);
}

/** Why a unit of a guest had to fail, by the lines that it wrote; undefined when it had not. */
export function excuseFor(unit: string, lines: readonly string[]): string | undefined {
  return isExcusable(unit) ? UNITS[unit]?.(lines) : undefined;
}

/** What it couldn't write and failed for; what it ignores is said as "…, ignoring: …". */
const FAILED = /^Couldn't write '([^']*)' to '([^']+)': /;
const IGNORED = /, ignoring\b/;

function excuseForSysctl(lines: readonly string[]): string | undefined {
  const excuses = new Set<string>();
  for (const line of lines.filter(each => !IGNORED.test(each))) {
    const [, value = '', path = ''] = FAILED.exec(line) ?? [];
    const key = path.replaceAll('/', '.');
    const setting = Object.hasOwn(SETTINGS, key) ? SETTINGS[key] : undefined;
    if (setting === undefined || !setting.refuses(value)) return undefined;
    excuses.add(`${key} = "${value}" cannot be set in a user namespace, "${setting.instead}" can`);
  }
  return excuses.size === 0 ? undefined : [...excuses].join('; ');
}
