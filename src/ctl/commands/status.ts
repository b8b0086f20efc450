import { type Command, type Invocation, uniqueOperands } from '../command.ts';
import { type Daemon, type Properties, withDaemon } from '../daemon.ts';
import { CtlError, EXIT, worst } from '../exit.ts';
import { stateColour } from '../state.ts';
import { printable } from '../text.ts';
import { since, span } from '../time.ts';

export const status: Command = {
  name: 'status',
  summary: 'Show containers in detail, or the daemon',
  operands: { usage: '[NAME…]', min: 0, max: Number.POSITIVE_INFINITY },
  options: {},
  description: [
    'Without a name: the state of the daemon, the number of containers, and the settings and files that were refused.',
    'With --json: an array with one object of all properties for each container named; without a name, one object of the properties of the daemon.',
  ],
  examples: [
    ['nspawnctl status web', 'Show everything known of one container.'],
    ['nspawnctl status', 'Show the state of the daemon.'],
  ],
  run: invocation =>
    withDaemon(daemon => {
      const names = uniqueOperands(invocation);
      return names.length === 0 ? showDaemon(invocation, daemon) : showContainers(invocation, daemon, names);
    }),
};

async function showDaemon({ output }: Invocation, daemon: Daemon): Promise<number> {
  const manager = await daemon.manager();
  if (output.json) {
    output.printJson(manager);
    return EXIT.ok;
  }
  const state = String(manager.state);
  const last = Number(manager.lastReconcileTimestamp);
  output.print(`${output.colour(stateColour(state), '●')} nspawnd ${printable(String(manager.version))}`);
  output.print(`      State: ${output.colour(stateColour(state), printable(state))}`);
  output.print(` Containers: ${manager.nContainers}, failed: ${manager.nFailed}`);
  output.print(` Reconciled: ${last === 0 ? 'not yet' : since(last)}`);
  output.printLines(fieldLines('Problems', listOf(manager.problems)));
  output.print('');
  output.print('nspawnctl list shows the containers, journalctl -u nspawnd what was done.');
  return EXIT.ok;
}

async function showContainers({ output }: Invocation, daemon: Daemon, names: string[]): Promise<number> {
  const found = await Promise.all(names.map(name => lookUp(daemon, name)));
  const shown = found.filter((one): one is Properties => !(one instanceof CtlError));
  if (output.json) output.printJson(shown);
  else {
    const blocks = shown.map(one =>
      containerLines(one, (state, text) => output.colour(stateColour(state), text)),
    );
    output.printLines(blocks.flatMap((block, index) => (index === 0 ? block : ['', ...block])));
  }
  const failures = found.filter(one => one instanceof CtlError);
  for (const failure of failures) output.fail(failure);
  return worst(failures.map(failure => failure.exitCode));
}

async function lookUp(daemon: Daemon, name: string): Promise<Properties | CtlError> {
  try {
    return await daemon.container(name);
  } catch (error) {
    if (error instanceof CtlError && error.exitCode !== EXIT.noDaemon) return error;
    throw error;
  }
}

type Paint = (state: string, text: string) => string;

/** The block of one container, in the manner of systemctl status. */
function containerLines(container: Properties, paint: Paint): string[] {
  const text = (key: string) => printable(String(container[key] ?? ''));
  const state = text('state');
  const fields: [string, string | string[]][] = [
    ['State', `${paint(state, state)}${sinceText(container.stateTimestamp)}`],
    ['Reason', text('reason')],
    ['Held', container.held ? `its system and units stay until nspawnctl unhold ${text('name')}` : ''],
    ['Profile', profileText(container)],
    ['Desired', text('desired')],
    ['Running', text('running')],
    ['Booted', container.booted === container.running ? '' : text('booted')],
    ['Last good', lastGoodText(container)],
    ['Quarantined', quarantineLines(container)],
    ['Guest', text('guestState')],
    ['Failed units', listOf(container.failedUnits).join(' ')],
    ['Evidence', listOf(container.evidence)],
    ['Hazard', listOf(container.hazards)],
    ['Unit', text('unit')],
    ['Machine', container.machine === '/' ? '' : text('machine')],
    ['Updated', updatedText(container)],
    ['See', hints(container).join('; ')],
  ];
  const lines = fields.flatMap(([key, value]) => fieldLines(key, [value].flat()));
  return [`${paint(state, '●')} ${text('name')}`, ...lines];
}

/** `         Key: value`, further values below the first; nothing for an empty value. */
function fieldLines(key: string, values: readonly string[]): string[] {
  return values
    .filter(value => value !== '')
    .map((value, index) => `${(index === 0 ? `${key}:` : '').padStart(13)} ${value}`);
}

function sinceText(timestamp: unknown): string {
  return Number(timestamp) > 0 ? ` since ${since(Number(timestamp))}` : '';
}

function profileText({ profile, strategy, autoStart }: Properties): string {
  if (!profile) return '';
  return printable(
    `${profile} (strategy ${strategy}, ${autoStart ? 'starts by itself' : 'started by hand'})`,
  );
}

function lastGoodText({ lastGood, running }: Properties): string {
  return lastGood !== '' && lastGood === running ? 'the running one' : printable(String(lastGood ?? ''));
}

/** The systems, a line each, and what it means that they are there. */
function quarantineLines({ name, quarantined }: Properties): string[] {
  const systems = listOf(quarantined);
  if (systems.length === 0) return [];
  const until = `until the profile or the units change, or nspawnctl retry ${name}`;
  return [...systems, printable(`found bad: not tried again ${until}`)];
}

function updatedText({ updatedTimestamp, updateUSec }: Properties): string {
  if (!(Number(updatedTimestamp) > 0)) return '';
  return `${since(Number(updatedTimestamp))}, took ${span(Number(updateUSec))}`;
}

function listOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(one => printable(String(one))) : [];
}

/** Commands that show more, by what the state makes one ask. */
function hints({ name, state, unit, profile, desired, machine, held }: Properties): string[] {
  const isProfileGood = desired !== '';
  if (state === 'invalid' || (state === 'waiting' && isProfileGood))
    return [`nspawnctl check /etc/nspawnd/containers/${name}.json`];
  if (state === 'waiting') return [`readlink -f ${profile}`, `journalctl -u nspawnd`];
  if (state === 'failed' || state === 'rolled-back')
    return [
      `journalctl -u ${unit}`,
      'journalctl -u nspawnd',
      `nspawnctl ${held ? 'unhold' : 'retry'} ${name}`,
    ];
  if (state === 'stopped') return [`nspawnctl start ${name}`, `journalctl -u ${unit}`];
  return machine === '/'
    ? [`journalctl -u ${unit}`]
    : [`journalctl -M ${name}`, `systemctl -M ${name} --failed`];
}
