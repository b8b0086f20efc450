import { aimOf, desiredOf, is, type SystemId, type World } from './model.ts';

/** What nspawnd is to say of a container. */
export interface Appearance {
  readonly state: string;
  readonly reason: RegExp;
}

export function appearanceOf(world: World): Appearance {
  const { declared, machine, down, spec } = world;
  if (declared === 'broken') return { state: 'invalid', reason: /\.json: / };
  const aim = aimOf(world);
  if (aim.kind === 'waiting') return { state: 'waiting', reason: /^waiting for / };
  if (machine === undefined) {
    if (down.kind === 'request') return { state: 'stopped', reason: /^stopped on request/ };
    if (down.kind === 'outside') return { state: 'stopped', reason: /^stopped from outside/ };
    return { state: 'failed', reason: whyFailed(world) };
  }
  if (aim.kind === 'none') return { state: 'failed', reason: whyFailed(world) };
  const said = {
    held: /^held on /,
    'last-good': /^runs the last good system /,
    desired: /^(runs the desired|the profile points|its units changed)/,
  };
  if (machine.verdict === 'bad')
    return { state: aim.kind === 'last-good' ? 'failed' : 'degraded', reason: /not healthy/ };
  const reason = said[aim.kind];
  if (aim.kind === 'held') return { state: 'held', reason };
  if (aim.kind === 'last-good')
    return { state: 'rolled-back', reason: new RegExp(`${reason.source}.*(${complaints(world)})`) };
  if (spec.allowDegraded && machine.degraded) return { state: 'degraded', reason: /broken\.service/ };
  return { state: machine.degraded ? 'degraded' : 'running', reason };
}

/** Nothing is left to run, or what is to run can't be started. */
function whyFailed(world: World): RegExp {
  const aim = aimOf(world);
  if (!('snapshot' in aim)) return new RegExp(complaints(world));
  return new RegExp(`${complaintOf(aim.snapshot.system)}|${CRASHED}|strategy none`);
}

/** What may be said of the desired system that was found bad. */
function complaints(world: World): string {
  const complaint = complaintOf(desiredOf(world)?.system ?? '');
  return world.tiny ? `${complaint}|no system bus` : complaint;
}

const CRASHED = 'gave up restarting|crashed before it was found healthy|restarted too often';

function complaintOf(system: SystemId): string {
  if (is(system, 'unit-fails')) return 'failed units: broken.service';
  if (is(system, 'probe-fails')) return 'its probe .* ended with status 1: unwell';
  if (is(system, 'switch-fails')) return 'switch-to-configuration ended with status 7: cannot activate this';
  if (is(system, 'dies')) return `exited with an error.*dies at once|switch-to-configuration|${CRASHED}`;
  if (is(system, 'hangs')) return `did not report ready within activation.timeout|${CRASHED}`;
  return 'failed units: broken.service|its probe';
}
