import { type Command, noOperands } from '../command.ts';
import { withDaemon } from '../daemon.ts';
import { EXIT } from '../exit.ts';
import { Progress } from '../progress.ts';

export const reload: Command = {
  name: 'reload',
  summary: 'Make the daemon read settings and declarations again',
  operands: noOperands,
  options: {},
  description: [
    'Returns when all declarations are rendered and the changes are queued; nspawnctl wait waits for them. Fails if any file is rejected, naming each; the other containers are reconciled all the same.',
    'Needed only where files change without being noticed, as when NixOS swaps /etc/static, and to say that a missing directory of declarations is gone for good: its machines are stopped.',
    'With --json: {"reloaded": true}.',
  ],
  examples: [['nspawnctl reload && nspawnctl wait', 'Apply what is declared now and wait for it.']],
  run: ({ output }) =>
    withDaemon(async daemon => {
      const progress = new Progress(output, 'reloading declarations', 1000);
      try {
        await daemon.call('reload', 'Reload', '', [], DEADLINE);
      } finally {
        progress.end();
      }
      if (output.json) output.printJson({ reloaded: true });
      return EXIT.ok;
    }),
};

const DEADLINE = 5 * 60_000;
