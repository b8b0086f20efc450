import type { Context } from '../context.ts';
import { type Line, lines } from '../lines.ts';

/** Settings of systemd.resource-control(5). */
export function limits({ declaration }: Context): Line[] {
  return declaration.limits.flatMap(({ setting, values }) =>
    lines('drop-in', 'Service', { [setting]: values }, 'reload'),
  );
}
