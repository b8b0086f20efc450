import { operate } from '../operate.ts';

export const start = operate({
  name: 'start',
  member: 'Start',
  doing: 'starting',
  summary: 'Start containers on the systems that their profiles point to',
  description: [
    'Returns when each guest is ready and its health was looked at, or with the reason why it could not be started or was found bad. Several containers are started side by side; the others go on when one fails.',
  ],
  examples: [
    ['nspawnctl start web db', 'Start two containers and wait until both are up.'],
    ['nspawnctl start web --timeout 2min', 'Wait no longer than two minutes; the start itself goes on.'],
  ],
});
