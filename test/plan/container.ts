/** Situations of a container named web, for tests of the plan. */
import { parseDeclaration } from '../../src/model/declaration.ts';
import { unitFilesOf } from '../../src/model/paths.ts';
import { type Action, describe as describeAction } from '../../src/plan/actions.ts';
import type { FileOnDisk, MachineRecord, Situation, UnitState } from '../../src/plan/situation.ts';
import { type Rendered, render } from '../../src/render/render.ts';

export const OLD = '/nix/store/00000000000000000000000000000000-nixos-system-web-1';
export const NEW = '/nix/store/11111111111111111111111111111111-nixos-system-web-2';
export const FACTS = {
  machineId: '0123456789abcdef0123456789abcdef',
  systemdVersion: 262,
  cannotIdmap: new Set<string>(),
};

export const declaration = (extra: object = {}) =>
  parseDeclaration(JSON.stringify({ path: '/nix/var/nix/profiles/web', ...extra }));
export const rendering = (system: string, extra: object = {}) =>
  render('web', declaration(extra), system, FACTS);
export const onDisk = (rendered: Rendered | undefined): FileOnDisk[] =>
  unitFilesOf('web').map(file => ({
    ...file,
    content: rendered?.files.find(({ path }) => path === file.path)?.content,
  }));

export const active = (invocation: string): UnitState => ({
  active: 'active',
  sub: 'running',
  job: '',
  invocation,
  needsReload: false,
});
export const started = (system: string, invocation: string): MachineRecord => ({
  started: { system, fingerprint: rendering(system).fingerprint, invocation },
});

export const roots = (some: Partial<Situation['roots']>): Situation['roots'] => ({
  desired: '',
  running: '',
  booted: '',
  'last-good': '',
  held: '',
  next: '',
  ...some,
});
export const snapshot = (system: string, extra: object = {}) => {
  const { fingerprint, files } = rendering(system, extra);
  return { system, fingerprint, files };
};
/** As it was found good. */
export const good = (system: string, extra: object = {}) => ({ ...snapshot(system, extra), bus: true });
export const startOf = (system: string, extra: object = {}) => ({
  system,
  fingerprint: rendering(system, extra).fingerprint,
});
export const verdict = (system: string, invocation: string, complaint = '') => ({
  verdict: { system, invocation, complaint, guestState: 'running', failedUnits: [] },
});
/** Started with a system, asked how it is, and healthy. */
export const well = (system: string, invocation: string): MachineRecord => ({
  ...started(system, invocation),
  ...verdict(system, invocation),
});

/** A declared container whose profile points to `desired`, and whose files on disk are those of `disk`. */
export function situation(
  desired: string,
  { disk, extra = {}, ...rest }: Partial<Situation> & { disk?: Rendered; extra?: object },
): Situation {
  return {
    name: 'web',
    declared: { kind: 'valid', declaration: declaration(extra) },
    resolved: { kind: 'system', system: desired },
    rendered: rendering(desired, extra),
    files: onDisk(disk),
    conflict: '',
    hasTemplate: disk !== undefined,
    roots: roots({ desired: disk === undefined ? '' : desired }),
    record: {},
    lasting: {},
    boot: 'boot',
    hasTraces: disk !== undefined,
    ...rest,
  } as Situation;
}

/** The running machine that everything is in order with. */
export const settled = (extra: Partial<Situation> = {}) =>
  situation(OLD, {
    disk: rendering(OLD),
    unit: active('a'),
    record: well(OLD, 'a'),
    lasting: { lastGood: good(OLD) },
    roots: roots({ desired: OLD, running: OLD, 'last-good': OLD }),
    ...extra,
  });

export const steps = (actions: readonly Action[]) => actions.map(action => action.kind);
export const told = (actions: readonly Action[]) =>
  actions.flatMap(action => describeAction(action)?.action ?? []);
