import { operate } from '../operate.ts';

export const stop = operate({
  name: 'stop',
  member: 'Stop',
  doing: 'stopping',
  summary: 'Shut containers down; they stay stopped until started',
  description: [
    'Shuts the guests down in order and returns when they are gone. A stopped container stays stopped, also when its profile moves, until it is started by someone or the host reboots.',
  ],
  examples: [['nspawnctl stop web', 'Shut one container down.']],
});
