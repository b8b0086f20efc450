import { describe, expect, it } from 'vitest';
import { createLog } from '../../src/daemon/log.ts';

function logging(level = 'info') {
  const lines: Record<string, unknown>[] = [];
  return { lines, log: createLog(level, line => lines.push(JSON.parse(line))) };
}

describe('a line of the log', () => {
  it('is bounded and can be shown, whatever is in it', () => {
    const { lines, log } = logging();
    const evil = `\u009b31m\u202e\n${'x'.repeat(1_000_000)}`;
    log.warn({ name: 'web', why: evil, err: new Error(evil, { cause: new Error(evil) }) }, `web: ${evil}`);
    const text = JSON.stringify(lines[0]);
    expect(text.length).toBeLessThan(20_000);
    for (const value of Object.values({ ...lines[0], ...(lines[0]?.err as object) }))
      expect(String(value)).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });

  it('says what failed and not where, but at level debug', () => {
    const failure = Object.assign(new Error('no space'), { code: 'ENOSPC' });
    for (const level of ['info', 'debug']) {
      const { lines, log } = logging(level);
      log.error({ err: failure, name: 'web' }, 'cannot write it');
      const stack = level === 'debug' ? { stack: expect.stringContaining('log.test.ts') } : {};
      expect(lines[0]).toMatchObject({ level: 50, name: 'web', msg: 'cannot write it' });
      expect(lines[0]?.err).toEqual({ type: 'Error', message: 'no space', code: 'ENOSPC', ...stack });
    }
  });

  it('says where of what ends the daemon', () => {
    const { lines, log } = logging();
    log.fatal({ err: new Error('a mistake') }, 'an error was thrown unheard');
    expect(lines[0]?.err).toMatchObject({ stack: expect.stringContaining('log.test.ts') });
  });

  it('of a failure that repeats comes less and less often', () => {
    const { lines, log } = logging();
    for (let at = 0; at < 100; at++)
      log.error({ err: new Error('no space'), name: 'web' }, `web: cannot (${at})`);
    for (let at = 0; at < 3; at++) log.error({ err: new Error('no space'), name: 'db' }, 'db: cannot');
    for (let at = 0; at < 3; at++) log.warn(`dropped a message of :1.${at}`);
    const times = lines.map(({ name, times = 1 }) => [name, times]);
    expect(times).toEqual([
      ...[1, 2, 4, 8, 16, 32, 64].map(each => ['web', each]),
      ['db', 1],
      ['db', 2],
      [undefined, 1],
      [undefined, 2],
    ]);
    expect(lines[1]?.msg).toBe('web: cannot (1) (seen 2 times)');
  });

  it('of what is no failure comes each time', () => {
    const { lines, log } = logging();
    for (let at = 0; at < 5; at++) log.error({ name: 'web' }, 'web: rolled-back');
    for (let at = 0; at < 5; at++) log.info('an event');
    expect(lines.length).toBe(10);
  });
});
