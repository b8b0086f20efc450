import { describe, expect, it } from 'vitest';
import { commands } from '../../src/ctl/commands/index.ts';
import { nspawnctl, shell } from './program.ts';

/** Prints the exit code of each part of the pipe before. */
const STATUSES = `echo "\${PIPESTATUS[@]}"`;

describe('the command line of nspawnctl', () => {
  it('--help lists every command', async () => {
    const { stdout, exitCode } = await nspawnctl(['--help']);
    expect(exitCode).toBe(0);
    for (const { name, summary } of commands) {
      expect(stdout).toMatch(new RegExp(`^  ${name}\\b.*  ${summary}$`, 'm'));
    }
  });

  it('each command has a help with its options and an example', async () => {
    for (const { name, options, examples } of commands) {
      const { stdout, exitCode } = await nspawnctl([name, '--help']);
      expect(exitCode).toBe(0);
      for (const option of Object.keys(options)) expect(stdout).toContain(`--${option}=`);
      expect(stdout).toContain(`  ${examples[0]?.[0]}\n`);
    }
  });

  it('--version says which one it is', async () => {
    expect(await nspawnctl(['--version'])).toMatchObject({
      stdout: expect.stringMatching(/^nspawnctl \S+$/),
      exitCode: 0,
    });
  });

  it.each([
    ['a command that does not exist', ['lits'], "unknown command 'lits', did you mean 'list'?"],
    ['an option that does not exist', ['list', '--foo'], "unknown option '--foo'"],
    ['an option of another command', ['list', '--timeout', '5m'], "list has no option '--timeout'"],
    ['an operand too many', ['render', 'a.json', 'b.json'], "render cannot take 'b.json'"],
    ['an operand missing', ['start'], 'start needs NAME…'],
    ['a value missing', ['wait', '--timeout'], "option '--timeout <value>' argument missing"],
    ['a value for a flag', ['list', '--json=1'], "option '--json' does not take an argument"],
    [
      'a time span that is none',
      ['wait', '--timeout', '5 parsecs'],
      "cannot read '5 parsecs' as a time span",
    ],
    [
      'a version that is none',
      ['render', 'a.json', '--systemd-version', 'x'],
      "cannot read 'x' as a version",
    ],
  ])('%s is a usage error on one line', async (_what, args, message) => {
    const { stdout, stderr, exitCode } = await nspawnctl(args);
    expect(exitCode).toBe(2);
    expect(stdout).toBe('');
    expect(stderr.split('\n')).toEqual([expect.stringContaining(`nspawnctl: ${message}`)]);
  });

  it('no command at all is a usage error that shows the help', async () => {
    const { stdout, stderr, exitCode } = await nspawnctl([]);
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 });
    expect(stderr).toContain('Commands:');
  });

  it('errors are JSON with --json, wherever it stands', async () => {
    for (const args of [
      ['--json', 'lits'],
      ['lits', '--json'],
    ]) {
      const { stderr, exitCode } = await nspawnctl(args);
      expect(exitCode).toBe(2);
      expect(JSON.parse(stderr).error).toMatchObject({ code: 'Usage' });
    }
    const { error } = JSON.parse((await nspawnctl(['list', '--json'])).stderr);
    expect(error.code).toBe('NoDaemon');
  });

  it('without a bus it says how to start the daemon, on one line, and exits with 69', async () => {
    const { stderr, exitCode } = await nspawnctl(['list']);
    expect(exitCode).toBe(69);
    expect(stderr).toMatch(/^nspawnctl: .*; start it with: systemctl start nspawnd$/);
  });

  it('ends quietly when nobody reads, with the exit code of the command', async () => {
    // The reader is gone before anything is written.
    const { stderr, stdout } = await shell(`nspawnctl --help | true; ${STATUSES}`);
    expect({ stderr, stdout }).toEqual({ stderr: '', stdout: '0 0' });
    const bad = await shell(`nspawnctl check /dev/null | true; ${STATUSES}`);
    expect(bad).toMatchObject({ stderr: '', stdout: '1 0' });
  });

  it('says so when the output cannot be written', async () => {
    expect(await shell('nspawnctl --help >/dev/full')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/^nspawnctl: cannot write the output: ENOSPC/),
    });
  });
});
