import { expect, test } from 'vitest';
import { checkDeclaration } from '../../src/render/check.ts';

test('a good declaration has nothing to complain about', () => {
  expect(
    checkDeclaration('/etc/nspawnd/containers/web.json', '{"path": "/nix/var/nix/profiles/web"}'),
  ).toEqual([]);
});

test('each problem is a line with the file as it was given', () => {
  const text = '{"path": "/web", "autoStart": 1, "activation": {"timeout": "90 parsecs"}}';
  expect(checkDeclaration('./my_web.json', text)).toEqual([
    './my_web.json: "my_web" is not a machine name',
    './my_web.json: autoStart: must be true or false, not 1',
    './my_web.json: activation.timeout: cannot read "90 parsecs" as a time span',
  ]);
});

test('a syntax error is a line too', () => {
  expect(checkDeclaration('web.json', '{')).toEqual([
    'web.json: line 1, column 2: not JSON: expected key or }, the file ends',
  ]);
});
