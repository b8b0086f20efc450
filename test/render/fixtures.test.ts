// Each directory of test/fixtures is a case: declaration.json, what differs from the usual host in facts.json, and the
// files expected. `npx vitest run test/render/fixtures.test.ts -u` writes these anew: read the diff before you commit.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseDeclaration } from '../../src/model/declaration.ts';
import { type FileKind, type HostFacts, render } from '../../src/render/render.ts';
import { FACTS, SYSTEM } from './facts.ts';

const FIXTURES = join(import.meta.dirname, '../fixtures');
const NAMES: Record<FileKind, string> = {
  nspawn: 'web.nspawn',
  network: 'web.network',
  'drop-in': 'web.conf',
};

describe.each(readdirSync(FIXTURES))('%s', fixture => {
  const directory = join(FIXTURES, fixture);
  const declaration = parseDeclaration(readFileSync(join(directory, 'declaration.json'), 'utf8'));
  const { files } = render('web', declaration, SYSTEM, factsOf(directory));

  test.each(files)('renders the $kind file', async ({ kind, content }) => {
    await expect(content).toMatchFileSnapshot(join(directory, NAMES[kind]));
  });

  test('renders no other file', () => {
    const expected = Object.values(NAMES).filter(name => existsSync(join(directory, name)));
    expect(expected.sort()).toEqual(files.map(({ kind }) => NAMES[kind]).sort());
  });
});

function factsOf(directory: string): HostFacts {
  const path = join(directory, 'facts.json');
  const given = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {};
  return { ...FACTS, ...given, cannotIdmap: new Set(given.cannotIdmap) };
}
