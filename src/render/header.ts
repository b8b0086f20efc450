const OURS = '# Rendered by nspawnd ';

/** The first line of every rendered file: a file without it is not ours, and never touched. */
export function ownership(name: string): string {
  return `${OURS}from /etc/nspawnd/containers/${name}.json; changes are overwritten.\n`;
}

/** What a `.nspawn` file says of itself, so that the daemon knows after its own restart what was rendered. */
export function identity(system: string, fingerprint: string): string {
  return `# System: ${system}\n# Fingerprint: ${fingerprint}\n`;
}

/** Whether a file is one that was rendered, by its first line. */
export function isOurs(content: string): boolean {
  return content.startsWith(OURS);
}

/** Reads the first lines of a rendered file back; `system` and `fingerprint` are those of a `.nspawn` file. */
export function readHeader(content: string): { ours: boolean; system?: string; fingerprint?: string } {
  if (!isOurs(content)) return { ours: false };
  const [, second = '', third = ''] = content.split('\n', 3);
  const system = /^# System: (\/.*)$/.exec(second)?.[1];
  const fingerprint = /^# Fingerprint: ([0-9a-f]{16})$/.exec(third)?.[1];
  return {
    ours: true,
    ...(system !== undefined && { system }),
    ...(fingerprint !== undefined && { fingerprint }),
  };
}
