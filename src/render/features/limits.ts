import type { Context } from '../context.ts';
import { type Line, lines } from '../lines.ts';

/**
 * Settings of systemd.resource-control(5). A daemon-reload applies them to the running unit's control group; but where
 * that lies is decided when it starts.
 */
export function limits({ declaration }: Context): Line[] {
  return declaration.limits.flatMap(({ setting, values }) =>
    lines('drop-in', 'Service', { [setting]: values }, { restart: setting === 'Slice' }),
  );
}
