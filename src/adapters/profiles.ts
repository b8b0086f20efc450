import { accessSync, constants } from 'node:fs';
import { MAX_REASON } from '../model/bounds.ts';
import { messageOf } from '../model/errors.ts';
import { isStorePath } from '../model/store-path.ts';
import { sanitize, shortened } from '../model/text.ts';
import type { Resolved } from '../plan/situation.ts';
import { errorCode, isMissing } from './files.ts';
import type { LinkWatcher } from './link-watcher.ts';
import type { Pass } from './pass.ts';

/**
 * The system that a profile points to: the store path at the end of its chain of links, if there is an
 * executable `init` in it. From now on `owner` is told when the chain changes.
 */
export function resolveProfile(links: LinkWatcher, owner: string, profile: string, pass: Pass): Resolved {
  try {
    const target = links.follow(owner, profile, pass);
    if ('missing' in target) return waiting(profile, target.missing);
    if (!isStorePath(target.path)) return waiting(profile, `${target.path} is not a path of the Nix store`);
    const why = noInit(target.path);
    return why === '' ? { kind: 'system', system: target.path } : waiting(profile, why);
  } catch (error) {
    return waiting(profile, messageOf(error));
  }
}

/** Whether a store path is a system, as far as can be seen from outside. */
export function hasInit(system: string): boolean {
  return isStorePath(system) && noInit(system) === '';
}

/** Why a path is not a system, '' if it is. */
function noInit(system: string): string {
  try {
    accessSync(`${system}/init`, constants.X_OK);
    return '';
  } catch (error) {
    const why = isMissing(error) ? 'none there' : (errorCode(error) ?? messageOf(error));
    return `${system} is not a system: no executable init (${why})`;
  }
}

/** `why` mostly begins with the path that is at fault: where that is the profile itself, it isn't said twice. */
function waiting(profile: string, why: string): Resolved {
  const reason = why.startsWith(`${profile} `)
    ? `${profile}, which${why.slice(profile.length)}`
    : `${profile}: ${why}`;
  // Links may lead to any name.
  return { kind: 'waiting', reason: shortened(sanitize(`waiting for ${reason}`), MAX_REASON) };
}
