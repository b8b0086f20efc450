import { describe, expect, it } from 'vitest';
import { claimControlFiles, dropControlFiles } from '../../src/adapters/control-files.ts';
import { Declarations, fileOf } from '../../src/adapters/declarations.ts';
import { FileCache } from '../../src/adapters/file-cache.ts';
import { dropRoot, dropRoots, isRooted, readRoots, setRoot, syncRoots } from '../../src/adapters/gc-roots.ts';
import { Pass } from '../../src/adapters/pass.ts';
import {
  makeTemplate,
  readDropIn,
  readUnitFiles,
  removeTemplate,
  removeUnitFiles,
} from '../../src/adapters/unit-files.ts';
import { parseDeclaration } from '../../src/model/declaration.ts';
import { unitOf } from '../../src/model/name.ts';
import { pathOf, rootsOf, templateOf, unitFilesOf } from '../../src/model/paths.ts';
import { render } from '../../src/render/render.ts';

const SYSTEM = `/nix/store/${'a'.repeat(32)}-system`;
const FACTS = { machineId: '0'.repeat(32), systemdVersion: 262, cannotIdmap: new Set<string>() };
const DECLARATION = parseDeclaration('{"path": "/x"}');
const files = new FileCache();

/** Everything that makes a path, a unit's name or a line of a name. */
const MAKERS: Readonly<Record<string, (name: string) => unknown>> = {
  pathOf: name => pathOf('nspawn', name),
  unitFilesOf,
  templateOf,
  rootsOf,
  unitOf,
  fileOf,
  render: name => render(name, DECLARATION, SYSTEM, FACTS),
  'Declarations.read': name => new Declarations(files).read(name),
  readUnitFiles: name => readUnitFiles(name, files, new Pass()),
  readDropIn,
  removeUnitFiles,
  makeTemplate,
  removeTemplate,
  readRoots: name => readRoots(name, files),
  setRoot: name => setRoot(name, 'desired', SYSTEM),
  syncRoots,
  dropRoot: name => dropRoot(name, 'desired'),
  dropRoots,
  isRooted,
  dropControlFiles,
  claimControlFiles: name =>
    claimControlFiles(name, [{ setting: 'MemoryMax', name: 'MemoryMax', signature: 't', value: 1n }]),
};

describe.each(Object.entries(MAKERS))('%s', (_, make) => {
  it.each([
    '../nspawnd/web',
    '../../../run/foo/victim',
    '',
    '.',
    '..',
    'a/b',
    'a_b',
    'web\n',
    'web\0',
    'we\u202eb',
    '\ufffd',
    '-web',
    'x'.repeat(65),
  ])('refuses %j', name => {
    expect(() => make(name)).toThrow('is not a valid machine name');
  });
});
