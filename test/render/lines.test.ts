import { describe, expect, test } from 'vitest';
import { DeclarationError, parseDeclaration } from '../../src/model/declaration.ts';
import { formatLines, lines } from '../../src/render/lines.ts';
import { render } from '../../src/render/render.ts';
import { FACTS, SYSTEM } from './facts.ts';

test.each([
  ['a\\', 'ends in a backslash'],
  ['a\\\\\\', 'ends in a backslash'],
  ['a\nPrivate=no', 'control character'],
  ['a\r', 'control character'],
  ['a\u0085', 'control character'],
  ['a\u2028', 'control character'],
  [' a', 'begins or ends with a blank'],
  ['a\t', 'control character'],
  ['a ', 'begins or ends with a blank'],
  ['\ud800', 'not valid Unicode'],
  ['\ufffe', 'not valid Unicode'],
  ['\u{1ffff}', 'not valid Unicode'],
  ['\ufdd0', 'not valid Unicode'],
  ['é'.repeat(65_537), 'longer than 131072 bytes'],
])('a value %j ends where lines are written, whoever let it through', (value, why) => {
  const written = lines('nspawn', 'Network', { Zone: value, Private: true });
  expect(() => formatLines(written)).toThrow(DeclarationError);
  expect(() => formatLines(written)).toThrow(`[Network] Zone=: `);
  expect(() => formatLines(written)).toThrow(why);
});

test.each(['a\\\\', '#a', ';a', 'a "b', '100% $x', '', 'é', '\ufffd', 'x'.repeat(131_072)])(
  'a value %j is written as it is',
  value => {
    expect(formatLines(lines('nspawn', 'Exec', { Hostname: value }))).toBe(`[Exec]\nHostname=${value}\n`);
  },
);

/** What declarations let into lines; `\\` at the end joins the next one, which then says nothing. */
const PLACES: Readonly<Record<string, (text: string) => object>> = {
  'network.veth.zone': text => ({ network: { veth: { zone: text } } }),
  'network.bridge': text => ({ network: { bridge: text } }),
  'network.macvlan': text => ({ network: { macvlan: [text] } }),
  'network.ipvlan': text => ({ network: { ipvlan: [text] } }),
  'network.interfaces': text => ({ network: { interfaces: [text] } }),
  'network.veth.config.host': text => ({
    network: { veth: { config: { host: { Network: { Description: text } } } } },
  }),
  'binds path': text => ({ binds: { [`/${text}`]: {} } }),
  'binds hostPath': text => ({ binds: { '/a': { hostPath: `/${text}` } } }),
  limits: text => ({ limits: { Slice: text } }),
  'limits list': text => ({ limits: { DeviceAllow: [text, 'char-pts'] } }),
  settings: text => ({ settings: { Exec: { Environment: [`A=${text}`] } } }),
  userNamespace: text => ({ userNamespace: text }),
  dependsOn: text => ({ dependsOn: [text] }),
  'activation.timeout': text => ({ activation: { timeout: text } }),
};

describe.each(Object.entries(PLACES))('in %s', (_, declare) => {
  test.each([
    'br0\\',
    'br\\0',
    'a\nb',
    'a\u2028b',
    ' a',
    'a ',
    '\ud800',
    '"a',
    "a'",
    '%i',
    '*',
    '[a]',
    '!a',
    '#a',
    '1s\\',
  ])('%j is refused, or each setting has a line of its own', text => {
    for (const content of contentsOf(declare(text))) {
      for (const line of content.split('\n')) expect(line).toMatch(/^(?:|#.*|\[\w+\]|\w+=(?:.*[^\\\s]|))$/);
      expect(content).not.toMatch(/\r|\u2028/);
    }
  });
});

/** Nothing where it is refused. */
function contentsOf(declaration: object): string[] {
  try {
    const parsed = parseDeclaration(JSON.stringify({ path: '/x', ...declaration }));
    return render('web', parsed, SYSTEM, FACTS).files.map(({ content }) => content);
  } catch (error) {
    expect(error).toBeInstanceOf(DeclarationError);
    return [];
  }
}
