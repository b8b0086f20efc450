import { expect, test } from 'vitest';
import type { Declarations } from '../../src/adapters/declarations.ts';
import { parseDeclaration } from '../../src/model/declaration.ts';
import { Fleet } from '../../src/reconcile/fleet.ts';

const GOOD = parseDeclaration('{"path":"/x"}');

test('a declaration that cannot be compared is invalid, and takes no other with it', () => {
  const bad = {
    ...GOOD,
    get dependsOn(): string[] {
      throw new Error('injected');
    },
  };
  const all = new Map([
    ['bad', bad],
    ['good', GOOD],
  ]);
  let generation = 0;
  const declarations = {
    get generation() {
      return generation;
    },
    names: () => [...all.keys()],
    read: (name: string) => ({ kind: 'valid' as const, declaration: all.get(name) ?? GOOD }),
  } as unknown as Declarations;
  const changed: string[] = [];
  const fleet = new Fleet(declarations, name => changed.push(name));

  const reason = '/etc/nspawnd/containers/bad.json: cannot compare it with the other declarations: injected';
  for (let round = 0; round < 2; round++) {
    expect(fleet.read('good')).toMatchObject({ kind: 'valid' });
    expect(fleet.read('bad')).toEqual({ kind: 'invalid', reason });
  }
  all.set('bad', { ...GOOD });
  generation++;
  expect(fleet.read('good')).toMatchObject({ kind: 'valid' });
  expect(fleet.read('bad')).toMatchObject({ kind: 'valid' });
  expect(changed).toEqual(['bad', 'bad']);
});
