import { operate } from '../operate.ts';

export const hold = operate({
  name: 'hold',
  member: 'Hold',
  doing: 'holding',
  summary: 'Keep containers on their present systems until unheld',
  description: [
    'Neither the system nor the units of a held container change, whatever its profile and declaration say, also over reboots of the host. It may still be started, stopped and restarted. Holding what is held already is no error.',
  ],
  examples: [['nspawnctl hold web db', 'Freeze two containers during an investigation.']],
});
