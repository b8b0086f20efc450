import { describe, expect, test } from 'vitest';
import { containerName, containerPath, decodeLabel, encodeLabel } from '../../src/model/object-path.ts';

describe('a label of an object path', () => {
  // What systemd makes of the same strings: the last parts of its object paths of units.
  test.each([
    ['web', 'web'],
    ['web0', 'web0'],
    ['0web', '_30web'],
    ['00', '_300'],
    ['', '_'],
    ['_', '_5f'],
    ['web-front', 'web_2dfront'],
    ['web.example', 'web_2eexample'],
    ['-.mount', '_2d_2emount'],
    ['a_b', 'a_5fb'],
    ['Ü', '_c3_9c'],
    ['😀', '_f0_9f_98_80'],
  ])('of "%s" is "%s", and back', (text, label) => {
    expect(encodeLabel(text)).toBe(label);
    expect(decodeLabel(label)).toBe(text);
  });

  test.each(['', '0', 'web-front', '_2', '_2D', '_77eb', 'a/b', '_ff'])('is never "%s"', label => {
    expect(decodeLabel(label)).toBeUndefined();
  });
});

describe('the object path of a container', () => {
  test('leads to its name', () => {
    expect(containerPath('web-1.a')).toBe('/org/nixos/nspawn1/container/web_2d1_2ea');
    expect(containerName('/org/nixos/nspawn1/container/web_2d1_2ea')).toBe('web-1.a');
  });

  test.each([
    '/',
    '/org/nixos/nspawn1',
    '/org/nixos/nspawn1/container',
    '/org/nixos/nspawn1/container/web/x',
    '/org/nixos/nspawn1/containers/web',
  ])('is not %s', path => {
    expect(containerName(path)).toBeUndefined();
  });
});
