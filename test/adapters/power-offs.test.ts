import { afterEach, expect, it, vi } from 'vitest';
import { PowerOffs } from '../../src/adapters/power-offs.ts';

afterEach(() => vi.unstubAllEnvs());

it('where the journal cannot be read a machine was not powered off, which is told once, and why', async () => {
  vi.stubEnv('PATH', '/nowhere');
  const told: unknown[] = [];
  const powerOffs = new PowerOffs((name, error) => told.push([name, error]));
  expect([await powerOffs.was('web', 'a'), await powerOffs.was('web', 'a')]).toEqual([false, false]);
  expect(told).toMatchObject([
    ['web', { message: 'cannot read the journal of systemd-nspawn@web.service', cause: { code: 'ENOENT' } }],
  ]);
});
