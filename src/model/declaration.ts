import * as z from 'zod/mini';
import { activation } from './declaration/activation.ts';
import { binds } from './declaration/binds.ts';
import { dependsOn } from './declaration/depends-on.ts';
import { limits } from './declaration/limits.ts';
import { network } from './declaration/network.ts';
import { rawSettings } from './declaration/raw-settings.ts';
import { readBySchema } from './declaration/read.ts';
import { must, notAPath, notYet } from './declaration/schema.ts';
import { userNamespace } from './declaration/user-namespace.ts';

export type { Bind } from './declaration/binds.ts';
export type { Limit } from './declaration/limits.ts';
export type { Overrides, SectionOverride } from './declaration/overrides.ts';
export {
  DeclarationError,
  formatProblem,
  formatProblems,
  type Problem,
  ProblemList,
} from './declaration/problem.ts';

export const declarationSchema = z.strictObject({
  /** A store path, or a link (chain) to one: a system with `init`. */
  path: z.string().check(must(notAPath)),
  autoStart: z._default(z.boolean(), true),
  activation,
  binds,
  network,
  store: z._default(z.enum(['closure', 'host']).check(notYet<'closure' | 'host'>('host')), 'host'),
  nixDaemon: z._default(
    z.enum(['none', 'host', 'private']).check(notYet<'none' | 'host' | 'private'>('none')),
    'none',
  ),
  credentials: z._default(z.record(z.string(), z.unknown()).check(notYet<Record<string, unknown>>({})), {}),
  journal: z._default(
    z.enum(['persistent', 'volatile']).check(notYet<'persistent' | 'volatile'>('volatile')),
    'volatile',
  ),
  dependsOn,
  limits,
  userNamespace,
  settings: rawSettings,
});

/** One container as the administrator wants it, with every default filled in. Time spans are in ms. */
export type Declaration = Readonly<z.infer<typeof declarationSchema>>;

/**
 * Reads `/etc/nspawnd/containers/NAME.json`. Throws a DeclarationError that names every field which is unknown, of
 * the wrong type or impossible; what is specified but not built yet is refused as such, never ignored.
 */
export function parseDeclaration(text: string): Declaration {
  return readBySchema(declarationSchema, text);
}
