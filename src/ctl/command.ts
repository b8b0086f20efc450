import type { Output } from './output.ts';

/** One subcommand. The help, the dispatcher, and the test of man page and completions all read this. */
export interface Command {
  readonly name: string;
  /** One line, without a full stop. */
  readonly summary: string;
  readonly operands: Operands;
  /** Long options besides the global ones, by name. */
  readonly options: Readonly<Record<string, CommandOption>>;
  /** Paragraphs of the command's own help. */
  readonly description: readonly string[];
  readonly examples: readonly (readonly [command: string, meaning: string])[];
  /** Resolves to the exit code; throws `CtlError` for what ends the whole command. */
  run(invocation: Invocation): Promise<number>;
}

export interface Operands {
  /** As the usage line shows it: `NAME…`, `[NAME…]`, `FILE`; '' for none. */
  readonly usage: string;
  readonly min: number;
  readonly max: number;
}

export interface CommandOption {
  /** Placeholder of the option's value; a flag has none. */
  readonly value?: string;
  readonly summary: string;
}

/** What was asked for on the command line. */
export interface Invocation {
  readonly operands: readonly string[];
  /** Values of the command's own options; flags are not in use yet. */
  readonly options: Readonly<Record<string, string | undefined>>;
  readonly output: Output;
  /** Aborted when nobody reads standard output any more: what runs until interrupted ends then. */
  readonly signal: AbortSignal;
}

export const noOperands: Operands = { usage: '', min: 0, max: 0 };

/** The names given, each once: `stop web web` is one stop. */
export function uniqueOperands(invocation: Invocation): string[] {
  return [...new Set(invocation.operands)];
}
