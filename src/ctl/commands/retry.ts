import { operate } from '../operate.ts';

export const retry = operate({
  name: 'retry',
  member: 'Retry',
  doing: 'retrying',
  summary: 'Try systems again that were found bad',
  description: [
    'A system that failed is quarantined: it is not tried again until the profile points to another one or the units change. Retry forgets that, brings each container to the system that its profile points to, and returns when that is found good, or with the reason why it is not.',
  ],
  examples: [
    [
      'nspawnctl retry web',
      'Try the update again, when what it failed for (a full disk, a database) is mended.',
    ],
  ],
});
