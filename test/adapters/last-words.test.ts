import { expect, test } from 'vitest';
import { isOrderlyEnd, lastWords } from '../../src/adapters/journal.ts';

// Consoles as they stood in the journals of systemd 257 and 262.
test.each([
  ['a script that hangs', 'this guest hangs\n', 'this guest hangs'],
  [
    'no init',
    'execv(/nix/store/missing/init) failed: No such file or directory\n',
    'execv(/nix/store/missing/init) failed: No such file or directory',
  ],
  [
    'a source of a bind mount that is missing',
    'Failed to clone /nonexistent: No such file or directory\n',
    'Failed to clone /nonexistent: No such file or directory',
  ],
  [
    'a bridge that is missing',
    'Failed to add interface vb-web to bridge br9: No such device\nParent died too early\n',
    'Failed to add interface vb-web to bridge br9: No such device',
  ],
  [
    'a failed unit before others that come up',
    [
      '[\u001b[0;1;31mFAILED\u001b[0m] Failed to start \u001b[0;1;39mbroken.service\u001b[0m - Fails.',
      "See 'systemctl status broken.service' for details.",
      '[\u001b[0;32m  OK  \u001b[0m] Reached target \u001b[0;1;39mmulti-user.target\u001b[0m - Multi-User System.',
    ].join('\n'),
    '[FAILED] Failed to start broken.service - Fails.',
  ],
  [
    'a killed init',
    'Started unit\n[  OK  ] Reached target basic.target - Basic System.\nContainer web terminated by signal KILL.\n',
    'Started unit',
  ],
  [
    'a start that came to nothing',
    'systemd-nspawn@web.service: Failed at step CREDENTIALS spawning systemd-nspawn: No such file or directory\n',
    'Failed at step CREDENTIALS spawning systemd-nspawn: No such file or directory',
  ],
  ['a guest that only came up', '[  OK  ] Started dbus.service\nContainer web failed with error code 1.', ''],
  [
    'a job that goes on',
    '\r\u001b[K[\u001b[0;31m*     \u001b[0m] Job x.service/start running (1s / no limit)\r\u001b[K[ ***  ] Job y.service/start running (2s / no limit)\r\r',
    '[ *** ] Job y.service/start running (2s / no limit)',
  ],
  [
    'contexts and titles',
    '\u001b]3008;start=1ab;type=boot\u001b\\\u001b]0;title\u0007words\u001b(B\u001b[?25h\u001b[!p\n\u001b[0m  \n',
    'words',
  ],
  [
    'text that would change how the sentence reads',
    'a\u202eb\u2066c\u0085d\u009b31me\u200b\tf\u0000g\u2028h',
    'a b c d 31me f g h',
  ],
  ['an escape that never ends', 'said\n\u001b]0;open', 'said'],
  ['nothing', '', ''],
])('of %s', (_, console, words) => {
  expect(lastWords(console.split('\n'))).toBe(words);
});

test('are at most 200 characters, whole ones', () => {
  expect(lastWords(['x'.repeat(200)])).toBe('x'.repeat(200));
  const long = lastWords(['🐢'.repeat(10_000)]);
  expect([...long]).toHaveLength(200);
  expect(long).toMatch(/^(🐢){199}…$/u);
});

const SHUTDOWN = [
  '[\u001b[0;32m  OK  \u001b[0m] Reached target \u001b[0;1;39mpoweroff.target\u001b[0m - System Power Off.',
  'Sending SIGTERM to remaining processes...',
  'Sending SIGKILL to remaining processes...',
  'All filesystems, swaps, loop devices, MD devices and DM devices detached.',
].join('\n');

test.each([
  'Powering off.',
  'Halting system.',
  'Exiting container.',
  '\u001b[K[ 12.345678] Powering off.\r\n\r\n',
])('tell of an orderly end when they are %j', words =>
  expect(isOrderlyEnd(`${SHUTDOWN}\n${words}\n`)).toBe(true),
);

test.each([
  '',
  SHUTDOWN,
  'Powering off.\nStarting x.service',
  '[FAILED] x.service - Powering off.',
  'Powering offshore.',
])('tell of no orderly end when they are %j', words => expect(isOrderlyEnd(words)).toBe(false));
