import { type Command, type Invocation, type Operands, uniqueOperands } from './command.ts';
import { type Daemon, withDaemon } from './daemon.ts';
import { CtlError, EXIT, worst } from './exit.ts';
import { errorObject } from './output.ts';
import { Progress } from './progress.ts';
import { readTimeout, timeoutOption } from './timeout.ts';

/** What differs between the commands that have something done to containers. */
export interface Operation {
  readonly name: string;
  /** The method of the manager: its first argument is a name; it returns when it is done. */
  readonly member: string;
  /** For the progress line: `starting`. */
  readonly doing: string;
  readonly summary: string;
  readonly description: readonly string[];
  readonly examples: Command['examples'];
  /** Where they are more than names. */
  readonly operands?: Operands;
  /** Where the method takes more than a name. */
  readonly signature?: string;
  /** What to call the method with, a call for each; by default each name once. A `CtlError` ends the command. */
  readonly bodies?: (invocation: Invocation, daemon: Daemon) => Promise<Body[]>;
}

/** Arguments of a call: the container's name, and what else the method takes. */
type Body = readonly [name: string, ...more: unknown[]];

/** A command that does something to each container named, side by side, and reports each failure. */
export function operate(operation: Operation): Command {
  return {
    ...operation,
    operands: operation.operands ?? { usage: 'NAME…', min: 1, max: Number.POSITIVE_INFINITY },
    options: {
      timeout: timeoutOption(`Give up waiting after this time (default ${PRESET}); it goes on then`),
    },
    run: invocation => {
      const timeoutMs = readTimeout(invocation.options.timeout, PRESET);
      return withDaemon(daemon => operateOnAll(operation, invocation, daemon, timeoutMs));
    },
  };
}

/** Longer than most starts: by default activation.timeout ends one that hangs well before. */
const PRESET = '15m';
/** Quick operations draw nothing. */
const PROGRESS_DELAY = 1000;

interface Result {
  readonly name: string;
  readonly error: CtlError | undefined;
}

async function operateOnAll(
  operation: Operation,
  invocation: Invocation,
  daemon: Daemon,
  timeoutMs: number,
): Promise<number> {
  const bodies = (await operation.bodies?.(invocation, daemon)) ?? eachName(invocation);
  const pending = new Set(bodies.map(([name]) => name));
  const progress = new Progress(invocation.output, progressText(operation, pending), PROGRESS_DELAY);
  const results = await Promise.all(
    bodies.map(async body => {
      const result = await attempt(operation, daemon, body, timeoutMs);
      pending.delete(result.name);
      progress.show(progressText(operation, pending));
      return result;
    }),
  );
  progress.end();
  report(invocation, results);
  return worst(results.map(({ error }) => error?.exitCode ?? EXIT.ok));
}

function eachName(invocation: Invocation): Body[] {
  return uniqueOperands(invocation).map(name => [name]);
}

async function attempt(
  { name: command, member, signature = 's' }: Operation,
  daemon: Daemon,
  body: Body,
  timeoutMs: number,
): Promise<Result> {
  const [name] = body;
  try {
    await daemon.call(`${command} ${name}`, member, signature, [...body], timeoutMs);
    return { name, error: undefined };
  } catch (error) {
    // Without a daemon there is one thing to say, not one per container.
    if (!(error instanceof CtlError) || error.exitCode === EXIT.noDaemon) throw error;
    return { name, error };
  }
}

function report({ output }: Invocation, results: readonly Result[]): void {
  if (output.json) {
    output.printJson(
      results.map(({ name, error }) => ({ name, ok: !error, ...(error && { error: errorObject(error) }) })),
    );
    return;
  }
  for (const { error } of results) if (error) output.fail(error);
}

function progressText(operation: Operation, pending: ReadonlySet<string>): string {
  return `${operation.doing} ${[...pending].join(', ')}`;
}
