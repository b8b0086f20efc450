import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, it } from 'vitest';

const REPOSITORY = join(import.meta.dirname, '..');
const HOSTS = '/run/nspawnd-test';
const demo = ['npm', ['run', '--silent', 'demo']] as const;

it('npm run demo shows the main job and ends by itself without a terminal', async () => {
  const { stdout } = await execa(...demo, { cwd: REPOSITORY, stdin: 'ignore', env: { NO_COLOR: '1' } });
  expect(stdout).toMatch(/✓ both run .* and web serves version 1$/m);
  expect(stdout).toMatch(/^ {4}\+ *\d+ ms {2}web: restart: the profile points to another system$/m);
  expect(stdout).toMatch(/✓ web serves version 2/);
  expect(stdout).toMatch(/✓ db ran on: invocation [0-9a-f]{8}… as before/);
  expect(stdout).toMatch(/web: rolled-back: runs the last good system .*-web-2: .*-web-3 is not healthy/);
  expect(stdout).toMatch(/✓ version 2 serves again/);
  expect(stdout).toMatch(/db\.json: autostart: unknown key/);
  expect(stdout).toMatch(/✓ it answered again after .* no machine noticed/);
  expect(stdout).not.toContain('\u001b');
  expect(stdout).not.toContain('Press Enter');
});

it('npm run demo offers a shell in the host on a terminal', async () => {
  const onTerminal = execa('script', ['-qec', 'npm run --silent demo', '/dev/null'], {
    cwd: REPOSITORY,
    env: { TERM: 'dumb' },
  });
  const answers = [
    [/Press Enter to end, or type s/, 's'],
    [/root@demo:~# $/, 'hostname > /run/from-shell; echo "I am $(cat /run/from-shell)"; exit'],
  ] as const;
  let next = 0;
  let shown = '';
  onTerminal.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += text;
    const [prompt, answer] = answers[next] ?? [];
    if (prompt === undefined || !prompt.test(shown)) return;
    next++;
    onTerminal.stdin.write(`${answer}\n`);
  });
  await onTerminal;
  expect(shown).toContain('I am demo');
});

it('the demo, interrupted, ends its host', async () => {
  const before = demoHosts();
  const interrupted = execa(process.execPath, ['scripts/demo.ts'], {
    cwd: REPOSITORY,
    stdin: 'ignore',
    reject: false,
  });
  let mine: string[] = [];
  interrupted.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (!text.includes('Flip the profile')) return;
    mine = demoHosts().filter(host => !before.includes(host));
    interrupted.kill('SIGINT');
  });
  expect((await interrupted).exitCode).toBe(130);
  expect(mine.length).toBeGreaterThan(0);
  const after = demoHosts();
  expect(mine.filter(host => after.includes(host))).toEqual([]);
});

function demoHosts(): string[] {
  return existsSync(HOSTS) ? readdirSync(HOSTS).filter(name => name.startsWith('demo-')) : [];
}
