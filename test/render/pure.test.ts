import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const SOURCES = join(import.meta.dirname, '../../src');
const ALLOWED = /^(zod\/mini|node:(crypto|path)|\.{1,2}\/.*)$/;

test.each(['model', 'render', 'plan'])(
  'src/%s decides only: it reaches no file, bus, process or log',
  folder => {
    const imports = sources(join(SOURCES, folder)).flatMap(file =>
      [...readFileSync(file, 'utf8').matchAll(/(?:\bfrom |\bimport |\bimport\()'([^']+)'/g)].map(match => ({
        file: file.slice(SOURCES.length),
        from: match[1] ?? '',
      })),
    );
    expect(imports.length).toBeGreaterThan(0);
    expect(imports.filter(({ from }) => !ALLOWED.test(from))).toEqual([]);
    expect(imports.filter(({ from }) => /\/(adapters|reconcile|daemon|service|ctl)\//.test(from))).toEqual(
      [],
    );
  },
);

function sources(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.ts'))
    .map(name => join(directory, name));
}
