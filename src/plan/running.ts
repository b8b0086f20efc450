import type { ContainerState } from '../model/container.ts';
import type { Action, Start } from './actions.ts';
import { withSystem } from './aim.ts';
import { hasReached, type Observed, same, switched } from './observed.ts';
import {
  bad,
  type Condemned,
  live,
  type Outcome,
  restart,
  startOf,
  type Target,
  transition,
  type Valid,
} from './outcome.ts';
import { sameFiles, withGood } from './prepare.ts';
import type { Lasting, Snapshot, Trial } from './situation.ts';
import { troubleOf } from './verdict.ts';

/** What is to be done about a machine that is up. */
export function convergeRunning(situation: Valid, observed: Observed, aim: Target): Outcome | Condemned {
  const { request, unit } = situation;
  const { runs, booted } = observed;
  const { snapshot } = aim;
  const from = runs?.system ?? '';
  if (request?.kind === 'restart') return restart(from, snapshot, 'asked for');
  const gap = gapOf(situation, observed, aim);
  // Between two starts by systemd: there is nothing to switch or to ask, and what is on disk by then is started.
  const isComing = unit?.active !== 'active';
  if (gap.kind === 'restart' || (gap.kind === 'switch' && isComing)) return restart(from, snapshot, gap.why);
  if (isComing) return transition(situation);
  const begun = switched(situation);
  if (begun !== undefined && !begun.finished) {
    // If it fails, what goes into quarantine is what was asked for.
    const asked = begun.system === snapshot.system ? snapshot : booted;
    const start = { system: begun.system, fingerprint: asked?.fingerprint ?? '' };
    const why = 'its end is not on record';
    return live({ from: booted?.system ?? '', start, invocation: begun.invocation, resume: true, why });
  }
  if (gap.kind === 'switch') {
    return live({ from, start: snapshot, invocation: unit.invocation, resume: false, why: gap.why });
  }
  return judge(situation, observed, aim, gap.kind === 'later' ? gap.why : '');
}

/** What it takes to get from what runs to what is wanted. */
type Gap =
  | { readonly kind: 'none' }
  | { readonly kind: 'restart' | 'switch' | 'later'; readonly why: string };

function gapOf({ declared, lasting }: Valid, { runs }: Observed, { kind, snapshot }: Target): Gap {
  if (same(runs, snapshot)) return { kind: 'none' };
  if (kind === 'held') {
    const there = runs?.system === snapshot.system;
    return there ? { kind: 'none' } : { kind: 'restart', why: `it is to be held on ${snapshot.system}` };
  }
  if (kind === 'last-good')
    return { kind: 'restart', why: `returning to the last good system: ${bad(lasting)}` };
  const { strategy } = declared.declaration.activation;
  const why = difference(runs, snapshot);
  if (strategy === 'none') return { kind: 'later', why: `${why}; strategy none: applies at the next start` };
  if (runs === undefined || strategy === 'restart') return { kind: 'restart', why };
  if (strategy === 'dynamic') {
    return { kind: runs.fingerprint === snapshot.fingerprint ? 'switch' : 'restart', why };
  }
  if (runs.system !== snapshot.system) return { kind: 'switch', why };
  return { kind: 'later', why: `${why}; strategy reload: they apply at the next start` };
}

/** The machine runs what it should, or all that it can for now: is it healthy? */
function judge(situation: Valid, observed: Observed, aim: Target, later: string): Outcome | Condemned {
  const { lasting, boot, declared } = situation;
  const { runs, verdict, trial } = observed;
  const { lastGood } = lasting;
  const proven = same(runs, lastGood);
  const reached = hasReached(situation, runs, aim.snapshot);
  const onTrial =
    aim.kind === 'desired' && reached && !proven && declared.declaration.activation.strategy !== 'none';
  if (verdict === undefined) {
    const said = onTrial ? tried(lastGood, trial) : orStuck(wellSaid(aim, lasting, later), trial);
    return { ...said, ...ask(situation, observed, onTrial) };
  }
  if (verdict.complaint !== '' && onTrial) {
    const reason = `${aim.snapshot.system} is not healthy: ${verdict.complaint}`;
    const { evidence } = verdict;
    return { condemned: { ...startOf(aim.snapshot), reason, boot, ...(evidence && { evidence }) } };
  }
  const said = wellSaid(aim, lasting, later);
  // Of a system that is good enough, be it since failed units are accepted, or since it was well when it was judged.
  const trouble = troubleOf(verdict);
  if (verdict.complaint !== '') {
    const state = aim.kind === 'last-good' ? 'failed' : 'degraded';
    return { state, reason: `${said.reason}, but it is not healthy: ${verdict.complaint}`, actions: [] };
  }
  const outcome: Outcome = {
    state: said.state === 'running' && trouble !== '' ? 'degraded' : said.state,
    reason: trouble === '' ? said.reason : `${said.reason}; ${trouble}`,
    actions: [],
  };
  const runsAs = aim.kind === 'desired' && reached ? asItRuns(aim.snapshot, observed, lastGood) : undefined;
  const good = runsAs && { ...runsAs, bus: verdict.guestState !== '' };
  if (good === undefined || isKnownGood(lasting, good)) return outcome;
  const keep: Action = { kind: 'keep-good', good, why: 'it was found healthy' };
  const root: Action = { kind: 'root', root: 'last-good', system: good.system };
  const actions = lastGood?.system === good.system ? [keep] : [keep, root];
  return { ...outcome, lasting: withGood(lasting, good), actions };
}

/** What was reached, with the units that it runs with: after a live switch those of the boot, as far as they are known. */
function asItRuns(
  wanted: Snapshot,
  { runs }: Observed,
  lastGood: Snapshot | undefined,
): Snapshot | undefined {
  if (same(runs, wanted)) return wanted;
  return lastGood?.fingerprint === runs?.fingerprint
    ? lastGood && withSystem(lastGood, wanted.system)
    : undefined;
}

/** The guest that is up and ready is to be asked how it is, unless it was. `onTrial`: it depends on that whether its system is good. */
export function ask(
  { unit, lasting, declared }: Valid,
  { runs, verdict, trial }: Observed,
  onTrial: boolean,
): Pick<Outcome, 'actions'> & { settling: boolean } {
  if (runs === undefined || verdict !== undefined || unit?.active !== 'active')
    return { actions: [], settling: false };
  const { activation } = declared.declaration;
  const check: Action = {
    kind: 'check',
    invocation: unit.invocation,
    system: runs.system,
    settle: onTrial ? activation.settle : 0,
    needsBus: lasting.lastGood?.bus === true && !activation.allowDegraded,
  };
  return { actions: [check], settling: trial?.isStuck !== true };
}

function isKnownGood({ lastGood, quarantined = [] }: Lasting, snapshot: Snapshot): boolean {
  return (
    lastGood !== undefined &&
    same(lastGood, snapshot) &&
    lastGood.bus === snapshot.bus &&
    sameFiles(lastGood, snapshot) &&
    quarantined.length === 0
  );
}

/** What is said of a machine whose guest is being asked. */
function tried(lastGood: Snapshot | undefined, trial: Trial | undefined): Outcome {
  const underWay = lastGood === undefined ? 'starting' : 'updating';
  return {
    state: trial?.isStuck ? 'failed' : underWay,
    reason: trial?.reason ?? 'asking the guest for its health',
    actions: [],
  };
}

/** Of a machine on which nothing depends on how it is: that it can't be asked is told, but no failure. */
function orStuck(said: Outcome, trial: Trial | undefined): Outcome {
  return trial?.isStuck ? { ...said, reason: `${said.reason}; ${trial.reason}` } : said;
}

/** What is said of a healthy machine. */
function wellSaid({ kind, snapshot }: Target, lasting: Lasting, later: string): Outcome {
  const said = (state: ContainerState, reason: string): Outcome => ({ state, reason, actions: [] });
  if (kind === 'held') return said('held', `held on ${snapshot.system}`);
  if (kind === 'last-good') {
    return said('rolled-back', `runs the last good system ${snapshot.system}: ${bad(lasting)}`);
  }
  return said('running', later === '' ? 'runs the desired system' : later);
}

function difference(runs: Start | undefined, wanted: Start): string {
  if (runs === undefined) return 'it runs without units of ours';
  return runs.system === wanted.system ? 'its units changed' : 'the profile points to another system';
}
