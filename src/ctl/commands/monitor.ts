import { containerName, MANAGER_PATH } from '../../model/object-path.ts';
import { type Command, type Invocation, noOperands } from '../command.ts';
import { type Daemon, withDaemon } from '../daemon.ts';
import { CtlError, EXIT } from '../exit.ts';
import { BUS_NAME, MANAGER, OBJECT_MANAGER } from '../names.ts';
import { printable } from '../text.ts';
import { watchStates } from '../watch.ts';

export const monitor: Command = {
  name: 'monitor',
  summary: 'Show updates and changes of state as they happen',
  operands: noOperands,
  options: {},
  description: [
    'Runs until interrupted, also while the daemon is restarted.',
    'With --json: one object a line, with timestamp (µs since the epoch), event (following, update-started, update-finished, state, added, removed, daemon-gone, daemon-back) and what belongs to it: name, state, reason, from, to, strategy, result.',
  ],
  examples: [
    ['nspawnctl monitor', 'Follow what the daemon does; Ctrl-C ends it.'],
    ['nspawnctl monitor --json | jq \'select(.event == "update-finished")\'', 'Only finished updates.'],
  ],
  run: invocation => withDaemon(daemon => follow(invocation, daemon)),
};

type Event = { event: string; name?: string } & Record<string, unknown>;

async function follow(invocation: Invocation, daemon: Daemon): Promise<number> {
  const say = (event: Event) => tell(invocation, event);
  const states = new Map<string, { state: string; reason: string }>();
  daemon.followOwner(present => say({ event: present ? 'daemon-back' : 'daemon-gone' }));
  await watchStates(daemon, ({ name, ...change }) => {
    const now = { ...(states.get(name) ?? { state: '', reason: '' }), ...change };
    states.set(name, now);
    say({ event: 'state', name, ...now });
  });
  await followUpdates(daemon, say);
  await followObjects(daemon, say);
  const { version } = await daemon.manager();
  for (const { name, state, reason } of await daemon.list()) {
    if (!states.has(name)) states.set(name, { state, reason });
  }
  say({ event: 'following', version });
  return untilEnd(invocation.signal, daemon);
}

async function followUpdates(daemon: Daemon, say: (event: Event) => void): Promise<void> {
  await daemon.bus.subscribe({ sender: BUS_NAME, path: MANAGER_PATH, interface: MANAGER }, signal => {
    const [name, from, to, last] = signal.body as [string, string, string, string];
    if (signal.member === 'UpdateStarted') say({ event: 'update-started', name, from, to, strategy: last });
    if (signal.member === 'UpdateFinished') say({ event: 'update-finished', name, from, to, result: last });
  });
}

async function followObjects(daemon: Daemon, say: (event: Event) => void): Promise<void> {
  const match = { sender: BUS_NAME, path: MANAGER_PATH, interface: OBJECT_MANAGER };
  await daemon.bus.subscribe(match, ({ member, body }) => {
    const name = containerName(String(body[0]));
    if (name === undefined) return;
    if (member === 'InterfacesAdded') say({ event: 'added', name });
    if (member === 'InterfacesRemoved') say({ event: 'removed', name });
  });
}

/** Until nobody reads what is written, or there is nothing more to come. */
async function untilEnd(signal: AbortSignal, daemon: Daemon): Promise<number> {
  const unread = new Promise<void>(resolve => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
  const lost = await Promise.race([unread, daemon.bus.lost]);
  if (lost)
    throw new CtlError(EXIT.noDaemon, 'Disconnected', `cannot follow nspawnd any longer: ${lost.message}`);
  return EXIT.ok;
}

function tell({ output }: Invocation, event: Event): void {
  const timestamp = Date.now() * 1000;
  if (output.json) output.printJsonLine({ timestamp, ...event });
  else output.print(printable(`${new Date().toTimeString().slice(0, 8)} ${sentence(event)}`));
}

function sentence({ event, name, ...rest }: Event): string {
  if (event === 'following') return `following nspawnd ${rest.version}, Ctrl-C ends`;
  if (event === 'state') return `${name}: ${rest.state}: ${rest.reason}`;
  if (event === 'update-started')
    return `${name}: update (${rest.strategy}) from ${rest.from || 'nothing'} to ${rest.to}`;
  if (event === 'update-finished') return `${name}: update ${rest.result}: ${rest.to || 'nothing'}`;
  return name === undefined ? event.replace('-', ' ') : `${name}: ${event}`;
}
