import { parseCommandLine } from './args.ts';
import { CtlError, EXIT } from './exit.ts';
import { Output } from './output.ts';
import { commandHelp, programHelp } from './usage.ts';

declare const __VERSION__: string;
/** Set by the bundler; sources run directly have none. */
const VERSION = typeof __VERSION__ === 'string' ? __VERSION__ : 'unbundled';

/** Runs one command line and returns the exit code; see nspawnctl(1). */
async function main(args: readonly string[]): Promise<number> {
  // Asked for anew below: errors in the command line itself are to be JSON too.
  let output = new Output(args.includes('--json'));
  try {
    const { command, operands, options, ...flags } = parseCommandLine(args);
    output = new Output(flags.json);
    if (flags.version) return say(output, `nspawnctl ${VERSION}`);
    if (flags.help) return say(output, command ? commandHelp(command) : programHelp());
    if (command === undefined) return missingCommand();
    return await command.run({ operands, options, output, signal: endOfReader() });
  } catch (error) {
    // Anything else is a mistake of ours and is to be seen with its stack.
    if (!(error instanceof CtlError)) throw error;
    output.fail(error);
    return error.exitCode;
  }
}

function say(output: Output, text: string): number {
  output.print(text);
  return EXIT.ok;
}

function missingCommand(): number {
  process.stderr.write(`${programHelp()}\n`);
  return EXIT.usage;
}

/**
 * Aborts when the reader of standard output went away (`nspawnctl list | head -1`), which is no error: what is
 * written afterwards is dropped, and the exit code still tells how the command itself went.
 */
function endOfReader(): AbortSignal {
  return reader.signal;
}

const reader = new AbortController();
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') {
      process.stderr.write(`nspawnctl: cannot write the output: ${error.message}\n`, () =>
        process.exit(EXIT.failed),
      );
    } else if (stream === process.stdout) reader.abort();
  });
}

process.exitCode = await main(process.argv.slice(2));
