import { operate } from '../operate.ts';

export const restart = operate({
  name: 'restart',
  member: 'Restart',
  doing: 'restarting',
  summary: 'Restart containers on the systems that their profiles point to',
  description: [
    'Stops and starts each container, and returns when its guest is ready again and its health was looked at, or with the reason why it could not be started or was found bad. A stopped container is started.',
  ],
  examples: [['nspawnctl restart web', 'Restart one container.']],
});
