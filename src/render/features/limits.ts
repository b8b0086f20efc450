import { LIMIT_SINCE, LIMIT_UNTIL } from '../../model/declaration/limit-vocabulary.ts';
import { DeclarationError, ProblemList } from '../../model/declaration.ts';
import type { Context } from '../context.ts';
import { type Line, lines } from '../lines.ts';

/**
 * Settings of systemd.resource-control(5). A daemon-reload applies them to the running unit's control group; but where
 * that lies is decided when it starts. Throws a DeclarationError for a limit that this systemd would ignore.
 */
export function limits({ declaration, facts: { systemdVersion } }: Context): Line[] {
  const unknown = new ProblemList();
  const rendered = declaration.limits.flatMap(({ setting, values }) => {
    const since = LIMIT_SINCE.get(setting) ?? 0;
    if (systemdVersion < since)
      unknown.add(() => ({
        field: `limits.${setting}`,
        message: `needs systemd ${since}, this is ${systemdVersion}`,
      }));
    const until = LIMIT_UNTIL.get(setting) ?? Number.POSITIVE_INFINITY;
    if (systemdVersion >= until) return [];
    return lines('drop-in', 'Service', { [setting]: values }, { restart: setting === 'Slice' });
  });
  if (unknown.count > 0) throw new DeclarationError(unknown);
  return rendered;
}
