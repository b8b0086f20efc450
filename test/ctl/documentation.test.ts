import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commands } from '../../src/ctl/commands/index.ts';
import { EXIT } from '../../src/ctl/exit.ts';
import { globalOptions } from '../../src/ctl/usage.ts';
import { parseDeclaration } from '../../src/model/declaration.ts';
import { parseSettings } from '../../src/model/settings.ts';
import { CONTAINER_INTERFACE } from '../../src/service/container-interface.ts';
import { MANAGER_INTERFACE } from '../../src/service/manager-interface.ts';

const read = (path: string) => readFileSync(join(import.meta.dirname, '../..', path), 'utf8');
const names = commands.map(({ name }) => name).sort();
const optionsOf = (command: { options: object }) => Object.keys(command.options).sort();
const allOptions = [...new Set([...Object.keys(globalOptions), ...commands.flatMap(optionsOf)])].sort();
/** What a pattern's first group finds, each once. */
const found = (text: string, pattern: RegExp) =>
  [...new Set([...text.matchAll(pattern)].map(([, first = '']) => first))].sort();

describe('nspawnctl(1)', () => {
  const page = read('man/nspawnctl.1');

  it('has exactly the commands there are', () => {
    expect(found(section(page, 'Commands'), /^\.It Cm (\S+)/gm)).toEqual(names);
  });

  it('has exactly the options there are, with the commands that take them', () => {
    expect(found(page, /Fl -([a-z-]+)/g)).toEqual(allOptions);
    for (const option of allOptions.filter(name => !Object.hasOwn(globalOptions, name))) {
      const [, , takers = ''] = new RegExp(`\\.It Fl -${option} (.*)\n\\.Cm (.*) :\n`).exec(page) ?? [];
      const expected = commands.filter(command => option in command.options).map(({ name }) => name);
      expect(takers.split(' , ')).toEqual(expected);
    }
  });

  it('has the exit codes', () => {
    const codes = [...new Set(Object.values(EXIT))].sort((a, b) => a - b).map(String);
    expect(
      found(section(page, 'EXIT STATUS'), /^\.It (\d+)$/gm)
        .map(Number)
        .sort((a, b) => a - b)
        .map(String),
    ).toEqual(codes);
  });
});

describe('the completion for', () => {
  it('bash has exactly the commands and options there are', () => {
    const text = read('completions/nspawnctl.bash');
    expect(/commands='([^']*)'/.exec(text)?.[1]?.split(' ').sort()).toEqual(names);
    expect(found(text, /(?<![\w-])--([a-z][a-z-]+)/g)).toEqual(allOptions);
    for (const command of commands) {
      const [, own = ''] =
        new RegExp(`^ +(?:.*\\|)?${command.name}(?:\\|.*)?\\) options\\+='(.*)'`, 'm').exec(text) ?? [];
      expect(found(own, /--([a-z-]+)/g)).toEqual(optionsOf(command));
    }
  });

  it('zsh has exactly the commands and options there are', () => {
    const text = read('completions/_nspawnctl');
    expect(found(text, /^ +'([a-z]+):/gm)).toEqual(names);
    expect(found(text, /--([a-z][a-z-]+)/g)).toEqual(allOptions);
  });

  it('fish has exactly the commands and options there are', () => {
    const text = read('completions/nspawnctl.fish');
    expect(found(text, /-n \$fresh -a ([a-z]+)/g)).toEqual(names);
    expect(found(text, /^complete.* -l ([a-z-]+)/gm)).toEqual(allOptions);
    for (const command of commands) {
      const own = text
        .split('\n')
        .filter(line => new RegExp(`_from [^']*\\b${command.name}\\b[^']*'.* -l `).test(line));
      expect(found(own.join('\n'), / -l ([a-z-]+)/g)).toEqual(optionsOf(command));
    }
  });
});

describe('the pages of the files', () => {
  it('nspawnd.container(5) has every key of a declaration, and no other', () => {
    const page = read('man/nspawnd.container.5');
    const keys = found(page, /^\.It Li ((?:[a-zA-Z]+\.?)+(?: , (?:[a-zA-Z]+\.?)+)*)$/gm)
      .flatMap(item => item.split(' , '))
      .filter(key => !BELOW_LISTS.includes(key));
    expect(keys.sort()).toEqual(keysOf(parseDeclaration('{"path": "/x"}')).sort());
  });

  it('nspawnd.json(5) has every key of the settings, and no other', () => {
    const keys = found(read('man/nspawnd.json.5'), /^\.It Li (\S+)$/gm);
    expect(keys).toEqual(Object.keys(parseSettings('{}')).sort());
  });

  it('org.nixos.nspawn1(5) has every member of the interfaces, and no other', () => {
    const page = read('man/org.nixos.nspawn1.5');
    const documented = [
      ...found(page, /^\.It Fn (\w+)/gm),
      ...found(page, /^\.It Va (.*) Pq/gm).flatMap(item => item.split(' , ')),
    ];
    const members = [MANAGER_INTERFACE, CONTAINER_INTERFACE].flatMap(({ methods, signals, properties }) =>
      [methods, signals, properties].flatMap(each => Object.keys(each)),
    );
    expect([...new Set(documented)].sort()).toEqual([...new Set(members)].sort());
  });
});

/** Keys of the objects in `binds`, and of the probe. */
const BELOW_LISTS = ['hostPath', 'readOnly', 'options', 'command', 'timeout'];

/** The dotted names of the leaves of a declaration that has its defaults only. */
function keysOf(value: object, prefix = ''): string[] {
  return Object.entries(value).flatMap(([key, below]) =>
    below !== null && typeof below === 'object' && !Array.isArray(below) && Object.keys(below).length > 0
      ? keysOf(below, `${prefix}${key}.`)
      : [`${prefix}${key}`],
  );
}

/** The text of a section or subsection of a man page. */
function section(page: string, title: string): string {
  const start = page.search(new RegExp(`^\\.S[hs] ${title}$`, 'm'));
  const rest = page.slice(start + 3);
  return rest.slice(0, rest.search(/^\.S[hs] /m));
}
