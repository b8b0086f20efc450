import { isUnderWay } from '../../model/verdict.ts';
import { type Command, type Invocation, uniqueOperands } from '../command.ts';
import { type Daemon, isGone, withDaemon } from '../daemon.ts';
import { CtlError, EXIT, worst } from '../exit.ts';
import { errorObject, type Output } from '../output.ts';
import { outcome } from '../state.ts';
import { printable } from '../text.ts';
import { span } from '../time.ts';
import { readTimeout, timeoutOption } from '../timeout.ts';
import { followStates } from '../watch.ts';

export const wait: Command = {
  name: 'wait',
  summary: 'Wait until no update is queued or under way, and judge the outcome',
  operands: { usage: '[NAME…]', min: 0, max: Number.POSITIVE_INFINITY },
  options: { timeout: timeoutOption('Give up after this time (default 5m)') },
  description: [
    'For deployments: move a profile, then wait. Waits for the containers named, or for all; the exit code is 0 if they are good, 3 if any is rolled-back, failed, waiting or invalid, 4 if the time is up. The gravest counts. Stopped and held containers are good: somebody wanted that; and so are degraded ones, whose failed units are accepted or failed later. Of what failed the last lines are shown, too. A new system is good when its guest has been healthy for activation.settle, 3 s by default. A restart of the daemon meanwhile is waited out, and so is the first failure for something on the host, such as a full disk, which is tried again.',
    'With --json: an array of objects with name, state, reason and outcome (good, bad, timed-out, error); with evidence, the last lines of what failed, where there are any.',
  ],
  examples: [
    ['nspawnctl wait web', 'Wait for one container; exit code 3 if it was rolled back or failed.'],
    ['nspawnctl wait --timeout 10m', 'Wait for all containers, at most ten minutes.'],
  ],
  run: invocation => {
    const timeoutMs = readTimeout(invocation.options.timeout, '5m');
    return withDaemon(daemon => waitFor(invocation, daemon, timeoutMs));
  },
};

/** How a container came out of it; `error` where it could not be found out. */
interface Waited {
  readonly name: string;
  readonly state: string;
  readonly reason: string;
  readonly exitCode: number;
  /** The last lines of what failed. */
  readonly evidence?: readonly string[];
  readonly error?: CtlError;
}

async function waitFor(invocation: Invocation, daemon: Daemon, timeoutMs: number): Promise<number> {
  daemon.followOwner();
  const names = uniqueOperands(invocation);
  const deadline = performance.now() + timeoutMs;
  const progress = await followStates(daemon, invocation.output, names);
  let results: Waited[];
  try {
    results =
      names.length === 0
        ? await waitForAll(daemon, deadline)
        : await Promise.all(names.map(name => waitForOne(daemon, name, deadline)));
  } finally {
    progress.end();
  }
  const shown = names.length === 0 && !invocation.output.json ? results.filter(isBad) : results;
  report(invocation.output, await Promise.all(shown.map(each => withEvidence(daemon, each))), timeoutMs);
  return worst(results.map(result => result.exitCode));
}

async function waitForOne(daemon: Daemon, name: string, deadline: number): Promise<Waited> {
  try {
    const [state, reason] = await settle(daemon, name, deadline);
    return { name, state, reason, exitCode: outcome(state) };
  } catch (error) {
    if (!(error instanceof CtlError) || error.exitCode === EXIT.noDaemon) throw error;
    if (error.exitCode !== EXIT.timedOut) {
      return { name, state: '', reason: error.message, exitCode: error.exitCode, error };
    }
    const { state, reason } = await daemon.container(name);
    return { name, state: String(state), reason: String(reason), exitCode: EXIT.timedOut };
  }
}

/** What is bad, with what is known of why; also when the daemon goes before it is asked for that. */
async function withEvidence(daemon: Daemon, waited: Waited): Promise<Waited> {
  if (waited.exitCode !== EXIT.notGood) return waited;
  try {
    const { evidence } = await daemon.container(waited.name);
    return { ...waited, evidence: Array.isArray(evidence) ? evidence.map(String) : [] };
  } catch (error) {
    if (error instanceof CtlError) return waited;
    throw error;
  }
}

/** All containers, each judged by itself: the reply to a wait for all tells of one only. */
async function waitForAll(daemon: Daemon, deadline: number): Promise<Waited[]> {
  let timeout: CtlError | undefined;
  try {
    await settle(daemon, '', deadline);
  } catch (error) {
    if (!(error instanceof CtlError) || error.exitCode !== EXIT.timedOut) throw error;
    timeout = error;
  }
  const results = (await daemon.list()).map(({ name, state, reason }) => {
    const late = timeout !== undefined && isUnderWay(state);
    return { name, state, reason, exitCode: late ? EXIT.timedOut : outcome(state) };
  });
  // Queued ones look settled: the time is up all the same.
  if (timeout && !results.some(result => result.exitCode === EXIT.timedOut)) throw timeout;
  return results;
}

/** The daemon's deadline comes first; ours is for a daemon that hangs. */
const GRACE = 10_000;

/** One WaitSettled, asked again when the daemon is restarted meanwhile, as an upgrade of it does. */
async function settle(daemon: Daemon, name: string, deadline: number): Promise<[string, string]> {
  for (let attempt = 0; ; attempt++) {
    const leftMs = Math.max(0, deadline - performance.now());
    const args = [name, BigInt(Math.round(leftMs * 1000))];
    try {
      const doing = `wait for ${name || 'the containers'}`;
      return (await daemon.call(doing, 'WaitSettled', 'st', args, leftMs + GRACE)) as [string, string];
    } catch (error) {
      if (!isGone(error) || !(await isExpected(daemon, error, attempt))) throw error;
      await daemon.untilBack(Math.max(0, deadline - performance.now()));
    }
  }
}

/** Whether a daemon that is gone can be expected back: it was there, or systemd is at it. */
async function isExpected(daemon: Daemon, error: unknown, attempt: number): Promise<boolean> {
  return attempt > 0 || (error instanceof CtlError && error.code === 'NoReply') || (await daemon.isComing());
}

function isBad(result: Waited): boolean {
  return result.exitCode !== EXIT.ok;
}

function report(output: Output, results: readonly Waited[], timeoutMs: number): void {
  if (output.json) {
    output.printJson(
      results.map(({ name, state, reason, exitCode, evidence, error }) =>
        error
          ? { name, outcome: 'error', error: errorObject(error) }
          : { name, state, reason, outcome: OUTCOMES[exitCode], ...(evidence?.length && { evidence }) },
      ),
    );
    return;
  }
  for (const result of results) {
    if (isBad(result)) output.warn(complaint(result, timeoutMs));
    else output.print(printable(`${result.name}: ${result.state}: ${result.reason}`));
    for (const line of result.evidence ?? []) output.warn(`  | ${line}`);
  }
}

const OUTCOMES: Readonly<Record<number, string>> = {
  [EXIT.ok]: 'good',
  [EXIT.notGood]: 'bad',
  [EXIT.timedOut]: 'timed-out',
};

function complaint({ name, state, reason, exitCode, error }: Waited, timeoutMs: number): string {
  if (error) return error.message;
  if (exitCode === EXIT.notGood) return `${name}: ${state}: ${reason}`;
  return `${name}: not settled within ${span(timeoutMs * 1000)}: ${state}: ${reason}`;
}
