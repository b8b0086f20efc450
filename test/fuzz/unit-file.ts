/** One `key=value` as systemd reads it. */
export type Setting = readonly [section: string, key: string, value: string];

/**
 * Reads a unit file as systemd does (systemd.syntax(7), config_parse() in src/shared/conf-parser.c), written without a look
 * at how ours are rendered. Throws for a line that systemd would complain of.
 */
export function readUnitFile(text: string): Setting[] {
  const settings: Setting[] = [];
  let section = '';
  let continued = '';
  // read_line(): all of these end a line.
  for (const raw of text.split(/\r\n|\n\r|[\n\r\0]/)) {
    const line = raw.replace(/^[ \t]+/, '');
    if (/^[#;]/.test(line)) continue;
    const whole = continued + (continued === '' ? line : raw);
    if (endsInEscape(whole)) {
      continued = `${whole.slice(0, -1)} `;
      continue;
    }
    continued = '';
    const given = strip(whole);
    if (given === '') continue;
    if (given.startsWith('[')) {
      if (!given.endsWith(']')) throw new Error(`not a section: ${JSON.stringify(given)}`);
      section = given.slice(1, -1);
      continue;
    }
    const equals = given.indexOf('=');
    if (equals < 1) throw new Error(`no key and value: ${JSON.stringify(given)}`);
    if (section === '') throw new Error(`outside of a section: ${JSON.stringify(given)}`);
    settings.push([section, strip(given.slice(0, equals)), strip(given.slice(equals + 1))]);
  }
  if (continued !== '') throw new Error('the last line is continued');
  return settings;
}

/** WHITESPACE of systemd. */
function strip(text: string): string {
  return text.replace(/^[ \t\n\r]+|[ \t\n\r]+$/g, '');
}

/** An odd number of backslashes at the end: each takes the next character as it is, another one too. */
function endsInEscape(line: string): boolean {
  return (/\\*$/.exec(line)?.[0].length ?? 0) % 2 === 1;
}
