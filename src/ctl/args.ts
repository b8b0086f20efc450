import { parseArgs } from 'node:util';
import type { Command } from './command.ts';
import { commands } from './commands/index.ts';
import { usageError } from './exit.ts';
import { globalOptions } from './usage.ts';

/** A command line, understood. */
export interface CommandLine {
  /** Undefined where none was given. */
  readonly command: Command | undefined;
  readonly operands: readonly string[];
  readonly options: Readonly<Record<string, string | undefined>>;
  readonly json: boolean;
  readonly help: boolean;
  readonly version: boolean;
}

/**
 * Reads the arguments after the program's name; options may stand before and after the command.
 * Throws a usage error that names the offending word.
 */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const { values, positionals } = parse(args);
  const [name, ...operands] = positionals;
  const command = name === undefined ? undefined : findCommand(name);
  const flags = { json: values.json === true, help: values.help === true, version: values.version === true };
  const options = command === undefined ? {} : ownOptions(command, values);
  if (command && !flags.help && !flags.version) checkOperands(command, operands);
  return { command, operands, options, ...flags };
}

type Values = Record<string, string | boolean | undefined>;

/** All commands' options are known at once: the command is not known before its options are parsed. */
function parse(args: readonly string[]): { values: Values; positionals: string[] } {
  const known = Object.assign({}, globalOptions, ...commands.map(command => command.options));
  const options = Object.fromEntries(
    Object.keys(known).map(name => [
      name,
      {
        type: known[name].value === undefined ? ('boolean' as const) : ('string' as const),
        ...(name === 'help' ? { short: 'h' } : {}),
      },
    ]),
  );
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (error) {
    throw usageError(parseProblem(error));
  }
}

/** Node's messages are sentences of several lines; the first words say it. */
function parseProblem(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const [first = message] = message.split(/\. |\n/);
  return first.charAt(0).toLowerCase() + first.slice(1).replace(/\.$/, '');
}

function findCommand(name: string): Command {
  const found = commands.find(command => command.name === name);
  if (found) return found;
  const near = commands.find(command => similar(command.name, name));
  throw usageError(`unknown command '${name}'${near ? `, did you mean '${near.name}'?` : ''}`);
}

function ownOptions(command: Command, values: Values): Record<string, string | undefined> {
  const own: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(values)) {
    if (Object.hasOwn(globalOptions, name)) continue;
    if (!Object.hasOwn(command.options, name)) {
      throw usageError(`${command.name} has no option '--${name}'`, command.name);
    }
    own[name] = String(value);
  }
  return own;
}

function checkOperands(command: Command, operands: readonly string[]): void {
  const { min, max, usage } = command.operands;
  if (operands.length < min) throw usageError(`${command.name} needs ${usage}`, command.name);
  if (operands.length > max) {
    throw usageError(`${command.name} cannot take '${operands[max]}'`, command.name);
  }
}

/** Whether one word comes of the other by one or two slips: a letter more, less, other, or swapped. */
function similar(word: string, other: string): boolean {
  let previous = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [row, letter] of [...word].entries()) {
    const current = [row + 1];
    for (const [column, otherLetter] of [...other].entries()) {
      const replaced = (previous[column] ?? 0) + (letter === otherLetter ? 0 : 1);
      current.push(Math.min(replaced, (previous[column + 1] ?? 0) + 1, (current[column] ?? 0) + 1));
    }
    previous = current;
  }
  return (previous.at(-1) ?? 0) <= Math.min(2, word.length - 2);
}
