import { execa } from 'execa';
import { expect, it } from 'vitest';

it('npm run demo shows the main job and ends by itself without a terminal', async () => {
  const { stdout } = await execa('npm', ['run', '--silent', 'demo'], {
    stdin: 'ignore',
    env: { NO_COLOR: '1' },
  });
  expect(stdout).toMatch(/web: running: runs the desired system/);
  expect(stdout).toMatch(/db\.json: autostart: unknown key/);
  const invocations = stdout.match(/^ {4}[0-9a-f]{32}$/gm);
  expect(invocations?.length).toBe(2);
  expect(invocations?.[0]).toBe(invocations?.[1]);
  expect(stdout.match(/^ {4}(web|db) +running/gm)?.length).toBe(4);
});
