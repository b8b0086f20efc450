import { operate } from '../operate.ts';

export const unhold = operate({
  name: 'unhold',
  member: 'Unhold',
  doing: 'releasing',
  summary: 'Let held containers follow their profiles again',
  description: [
    'What the profile and the declaration ask for by now is queued, not awaited; nspawnctl wait waits for it. Also ends the hold that a rollback leaves behind.',
  ],
  examples: [
    ['nspawnctl unhold web && nspawnctl wait web', 'Follow the profile again, and see how that went.'],
  ],
});
