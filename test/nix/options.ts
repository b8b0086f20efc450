import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One option of the NixOS modules, as the module system documents it (test/nix/nixpkgs/options.nix). */
export interface Option {
  readonly name: string;
  readonly type: string;
  readonly description: string;
  /** Nix; null: none, it must be set. */
  readonly default: string | null;
  readonly example: string | null;
  readonly readOnly: boolean;
}

const ROOT = join(import.meta.dirname, '../..');
export const OPTIONS_JSON = join(ROOT, 'nix/options.json');
export const OPTIONS_MD = join(ROOT, 'docs/options.md');

export function committedOptions(): Option[] {
  return JSON.parse(readFileSync(OPTIONS_JSON, 'utf8'));
}

/** What other releases of nixpkgs call a type → what the newest known one calls it. */
const TYPE_NAMES: readonly (readonly [RegExp, string])[] = [
  // until 25.05
  [/(?<!absolute )\bpath\b/g, 'absolute path'],
];

/** The same options whichever release of nixpkgs has described them: the words for types are its own. */
export function normalise(options: readonly Option[]): Option[] {
  return options.map(option => ({ ...option, type: typeName(option.type) }));
}

function typeName(type: string): string {
  return TYPE_NAMES.reduce((text, [old, name]) => text.replaceAll(old, name), type);
}

const INTRODUCTION = `# NixOS options

Generated from the modules by \`UPDATE_OPTIONS=1 NIXPKGS=… npm run test:nix\`; do not edit. What each key of a container
means to nspawnd is in \`man nspawnd.container\`.
`;

/** docs/options.md. */
export function optionsMarkdown(options: readonly Option[]): string {
  return [INTRODUCTION, ...options.map(section)].join('\n');
}

function section(option: Option): string {
  const facts = [
    `*Type:* ${option.type}`,
    ...(option.default === null ? ['*Required*'] : [`*Default:* ${code(option.default)}`]),
    ...(option.example === null ? [] : [`*Example:* ${code(option.example)}`]),
  ];
  return `## \`${option.name}\`\n\n${prose(option.description)}\n\n${facts.join('\n\n')}\n`;
}

/** Nix on one line stays in the line. */
function code(nix: string): string {
  const text = nix.trim();
  return text.includes('\n') ? `\n\n\`\`\`nix\n${text}\n\`\`\`` : `\`${text}\``;
}

/** The roles of nixpkgs' manual, such as {manpage}`x(1)`, as plain code. */
function prose(text: string): string {
  return text.replaceAll(/\{(?:manpage|option|file|command|env|var)\}(?=`)/g, '').trim();
}
