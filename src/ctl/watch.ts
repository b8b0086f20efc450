import { CONTAINERS_PATH, containerName } from '../model/object-path.ts';
import { isUnderWay } from '../model/verdict.ts';
import { type Daemon, isGone, type Listed } from './daemon.ts';
import { BUS_NAME, CONTAINER, PROPERTIES } from './names.ts';
import type { Output } from './output.ts';
import { Progress } from './progress.ts';

/** What of a container changed: a new state, a new reason, or both. */
export interface Change {
  readonly name: string;
  readonly state?: string;
  readonly reason?: string;
}

/** Calls `seen` for every change of a container's state or reason from now on. Resolves when that is sure. */
export async function watchStates(daemon: Daemon, seen: (change: Change) => void): Promise<void> {
  const match = {
    ...{ sender: BUS_NAME, pathNamespace: CONTAINERS_PATH, interface: PROPERTIES },
    ...{ member: 'PropertiesChanged', arg0: CONTAINER },
  };
  await daemon.bus.subscribe(match, ({ path, body }) => {
    const name = containerName(path);
    const { State, Reason } = body[1] as Record<string, unknown>;
    if (name === undefined || (State === undefined && Reason === undefined)) return;
    seen({
      name,
      ...(State === undefined ? {} : { state: String(State) }),
      ...(Reason === undefined ? {} : { reason: String(Reason) }),
    });
  });
}

/**
 * A live line with what the containers named (none: all) do at the moment, on a terminal only; `end` it.
 * Elsewhere nothing is asked of the daemon for it.
 */
export async function followStates(
  daemon: Daemon,
  output: Output,
  names: readonly string[],
): Promise<Progress> {
  const progress = new Progress(output, `waiting for ${names.join(', ') || 'all containers'}`);
  if (output.progressStream() === undefined) return progress;
  const states = new Map<string, { state: string; reason: string }>();
  const draw = () => {
    const busy = [...states].filter(([, { state }]) => isUnderWay(state));
    const shown = names.length === 1 ? [...states] : busy;
    const first = shown.map(([name, { state, reason }]) => `${name}: ${state}: ${reason}`)[0];
    if (first !== undefined)
      progress.show(shown.length > 1 ? `${first} and ${shown.length - 1} more` : first);
  };
  await watchStates(daemon, ({ name, ...change }) => {
    const before = states.get(name) ?? { state: '', reason: '' };
    if (names.length === 0 || names.includes(name)) states.set(name, { ...before, ...change });
    draw();
  });
  for (const { name, state, reason } of await listIfThere(daemon)) {
    if (!states.has(name) && (names.length === 0 || names.includes(name)))
      states.set(name, { state, reason });
  }
  draw();
  return progress;
}

/** What is waited for may be the daemon itself. */
async function listIfThere(daemon: Daemon): Promise<Listed[]> {
  try {
    return await daemon.list();
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}
