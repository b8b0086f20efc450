import { type Command, noOperands } from '../command.ts';
import { withDaemon } from '../daemon.ts';
import { EXIT } from '../exit.ts';
import { printable } from '../text.ts';

export const plan: Command = {
  name: 'plan',
  summary: 'Show what the daemon would do now, and why',
  operands: noOperands,
  options: {},
  description: [
    'Reads the world afresh and changes nothing. Where everything is as it should be the plan is empty.',
    'With --json: an array of objects with name, action and why.',
  ],
  examples: [['nspawnctl plan', "Show lines like 'web: restart: the profile moved to …'."]],
  run: ({ output }) =>
    withDaemon(async daemon => {
      const [rows] = (await daemon.call('plan', 'Plan')) as [string[][]];
      const steps = rows.map(([name = '', action = '', why = '']) => ({ name, action, why }));
      if (output.json) output.printJson(steps);
      else if (steps.length === 0) output.print('Nothing to do.');
      else for (const { name, action, why } of steps) output.print(printable(`${name}: ${action}: ${why}`));
      return EXIT.ok;
    }),
};
