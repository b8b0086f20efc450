/** A process that runs cases of one target, and tells of those that fail. */
import { mkdirSync, openSync, readFileSync } from 'node:fs';
import { type Assignment, type Report, writePosition } from './assignment.ts';
import { failureOf, inputOf } from './execute.ts';
import type { Regression } from './regressions.ts';
import type { Target } from './target.ts';
import { targetNamed } from './targets.ts';

/** Now and then a turn of the event loop: for timers, sockets, and rejections that nobody handles. */
const BREATHE = 128;

const {
  target: name,
  seed,
  from,
  to,
  seconds,
  workspace,
  replay,
} = JSON.parse(process.argv[2] ?? '') as Assignment;
const position = openSync(`${workspace}/position`, 'w');
const sandbox = `${workspace}/sandbox`;
mkdirSync(sandbox, { recursive: true });
let at = from;
// Nobody is left to be told.
process.once('disconnect', () => process.exit(1));
process.on('unhandledRejection', error => report({ at, why: `unhandled rejection: ${String(error)}` }));
process.on('uncaughtException', error => report({ at, why: `uncaught exception: ${String(error)}` }));

const end = performance.now() + seconds * 1000;
for (; at < to; at++) {
  writePosition(position, at);
  const why = await failureOf(...caseAt(at), sandbox);
  if (why !== undefined) report({ at, why });
  if (why === undefined && at % BREATHE !== 0) continue;
  await new Promise(resolve => setImmediate(resolve));
  if (performance.now() >= end) break;
}
await new Promise(resolve => setImmediate(resolve));
report({ next: Math.min(at + 1, to) }, () => process.exit());

function caseAt(place: number): [Target, unknown] {
  const path = replay?.[place];
  if (path === undefined) return [targetNamed(name), inputOf(targetNamed(name), seed, place)];
  const kept = JSON.parse(readFileSync(path, 'utf8')) as Regression;
  return [targetNamed(kept.target), kept.input];
}

function report(message: Report, sent: () => void = () => undefined): void {
  process.send?.(message, undefined, undefined, sent);
}
