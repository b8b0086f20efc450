import { isUnderWay } from '../../model/verdict.ts';
import { type Command, noOperands } from '../command.ts';
import { type Daemon, withDaemon } from '../daemon.ts';
import { EXIT } from '../exit.ts';
import { printable } from '../text.ts';

export const plan: Command = {
  name: 'plan',
  summary: 'Show what the daemon would do now, and why',
  operands: noOperands,
  options: {},
  description: [
    'Reads the world afresh and changes nothing. Where everything is as it should be the plan is empty. What is under way already is in no plan: it is shown below it.',
    'With --json: an array of objects with name, action and why, without what is under way.',
  ],
  examples: [['nspawnctl plan', "Show lines like 'web: restart: the profile points to another system'."]],
  run: ({ output }) =>
    withDaemon(async daemon => {
      const [rows] = (await daemon.call('plan', 'Plan')) as [string[][]];
      const steps = rows.map(([name = '', action = '', why = '']) => ({ name, action, why }));
      if (output.json) output.printJson(steps);
      else output.printLines(linesOf([...steps, ...(await underWay(daemon))]));
      return EXIT.ok;
    }),
};

interface Step {
  readonly name: string;
  readonly action: string;
  readonly why: string;
}

/** Jobs that run are nothing to do any more, but not done: "nothing to do" would say that all is settled. */
async function underWay(daemon: Daemon): Promise<Step[]> {
  const busy = (await daemon.list()).filter(({ state }) => isUnderWay(state));
  return busy.map(({ name, state, reason }) => ({ name, action: `${state} already`, why: reason }));
}

function linesOf(steps: readonly Step[]): string[] {
  if (steps.length === 0) return ['Nothing to do.'];
  return steps.map(({ name, action, why }) => printable(`${name}: ${action}: ${why}`));
}
