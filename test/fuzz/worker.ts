/** A process that runs cases of one target, and tells of those that fail. */
import { mkdirSync, openSync } from 'node:fs';
import { type Assignment, type Report, writePosition } from './assignment.ts';
import { failureOf, inputOf } from './execute.ts';
import { targetNamed } from './targets.ts';

/** Now and then a turn of the event loop: for timers, sockets, and rejections that nobody handles. */
const BREATHE = 128;

const { target: name, seed, from, to, seconds, workspace } = JSON.parse(process.argv[2] ?? '') as Assignment;
const target = targetNamed(name);
const position = openSync(`${workspace}/position`, 'w');
const sandbox = `${workspace}/sandbox`;
mkdirSync(sandbox, { recursive: true });
let at = from;
process.on('unhandledRejection', error => report({ at, why: `unhandled rejection: ${String(error)}` }));
process.on('uncaughtException', error => report({ at, why: `uncaught exception: ${String(error)}` }));

const end = performance.now() + seconds * 1000;
for (; at < to; at++) {
  writePosition(position, at);
  const why = await failureOf(target, inputOf(target, seed, at), sandbox);
  if (why !== undefined) report({ at, why });
  if (why === undefined && at % BREATHE !== 0) continue;
  await new Promise(resolve => setImmediate(resolve));
  if (performance.now() >= end) break;
}
await new Promise(resolve => setImmediate(resolve));
report({ next: Math.min(at + 1, to) });
process.disconnect();

function report(message: Report): void {
  process.send?.(message);
}
