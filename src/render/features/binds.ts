import type { Bind } from '../../model/declaration.ts';
import type { Context } from '../context.ts';
import { type Line, lines } from '../lines.ts';
import { bindField } from '../quote.ts';

/** The store, and what the declaration binds. */
export function binds(context: Context): Line[] {
  const store = { path: '/nix/store', hostPath: '/nix/store', readOnly: true, options: [] };
  return [store, ...context.declaration.binds].flatMap(one =>
    lines('nspawn', 'Files', {
      [one.readOnly ? 'BindReadOnly' : 'Bind']: [
        bindField(one.hostPath),
        bindField(one.path),
        options(one, context).join(','),
      ].join(':'),
    }),
  );
}

/**
 * Owners in the guest are as on disk, unless the declaration says otherwise. A source that can't be mounted so keeps the
 * machine from being started (src/model/bind-source.ts); the store, which everybody may read, is mounted all the same.
 */
function options({ hostPath, options }: Bind, { declaration, facts }: Context): readonly string[] {
  if (options.some(option => option.endsWith('idmap'))) return options;
  const plain = declaration.userNamespace === 'no' || facts.cannotIdmap.has(hostPath);
  return [...options, plain ? 'noidmap' : 'idmap'];
}
