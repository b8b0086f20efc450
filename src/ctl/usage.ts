import type { Command, CommandOption } from './command.ts';
import { commands } from './commands/index.ts';
import { table } from './text.ts';

/** Options of every command. */
export const globalOptions: Readonly<Record<string, CommandOption>> = {
  json: { summary: 'Print JSON, also for errors' },
  help: { summary: 'Show this help, or that of a command' },
  version: { summary: 'Show the version' },
};

/** The help of the whole program. */
export function programHelp(): string {
  return [
    'nspawnctl [OPTION…] COMMAND [ARGUMENT…]',
    '',
    'Look at and steer the containers that nspawnd keeps in step with their Nix profiles.',
    '',
    'Commands:',
    ...indent(table(commands.map(command => [synopsis(command), command.summary]))),
    '',
    'Options:',
    ...optionLines(globalOptions),
    '',
    "'nspawnctl COMMAND --help' shows the command's options and examples; see also nspawnctl(1).",
  ].join('\n');
}

/** The help of one command. */
export function commandHelp(command: Command): string {
  return [
    `nspawnctl ${synopsis(command)} [OPTION…]`,
    '',
    `${command.summary}.`,
    ...command.description.flatMap(paragraph => ['', ...wrap(paragraph)]),
    '',
    'Options:',
    ...optionLines({ ...command.options, ...globalOptions }),
    '',
    'Examples:',
    ...command.examples.flatMap(([line, meaning]) => [`  ${line}`, `      ${meaning}`]),
  ].join('\n');
}

function synopsis(command: Command): string {
  return `${command.name} ${command.operands.usage}`.trimEnd();
}

function optionLines(options: Readonly<Record<string, CommandOption>>): string[] {
  const rows = Object.entries(options).map(([name, option]) => [optionUsage(name, option), option.summary]);
  return indent(table(rows));
}

function optionUsage(name: string, option: CommandOption): string {
  const short = name === 'help' ? '-h, ' : '    ';
  return option.value === undefined ? `${short}--${name}` : `${short}--${name}=${option.value}`;
}

function indent(lines: readonly string[]): string[] {
  return lines.map(line => `  ${line}`);
}

function wrap(paragraph: string, width = 78): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of paragraph.split(' ')) {
    if (line !== '' && line.length + word.length >= width) {
      lines.push(line);
      line = '';
    }
    line += line === '' ? word : ` ${word}`;
  }
  return [...lines, line];
}
