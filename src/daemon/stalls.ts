import type { Logger } from 'pino';

/** How long nothing may keep the event loop. */
const LIMIT_MS = 50;
/** How often it is looked, and how precisely a stall is measured. */
const LOOK_MS = 1000;
const RESOLUTION_MS = 10;

/**
 * At level debug and below, tells of each second in which the event loop stood still for more than 50 ms, and for how
 * long at most. It takes a timer every 10 ms, so not otherwise.
 */
export function watchStalls(log: Logger): void {
  let stop: (() => void) | undefined;
  const follow = () => {
    const wanted = log.isLevelEnabled('debug');
    if (wanted && stop === undefined) stop = start(log);
    if (wanted || stop === undefined) return;
    stop();
    stop = undefined;
  };
  log.on('level-change', follow);
  follow();
}

function start(log: Logger): () => void {
  // Loaded when it is needed: at other levels it never is.
  const { monitorEventLoopDelay } = process.getBuiltinModule('node:perf_hooks');
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delays.enable();
  const timer = setInterval(() => {
    const ms = Math.round(delays.max / 1e6) - RESOLUTION_MS;
    delays.reset();
    if (ms > LIMIT_MS) log.debug({ action: 'stall', ms }, `the event loop stood still for ${ms} ms`);
  }, LOOK_MS).unref();
  return () => {
    clearInterval(timer);
    delays.disable();
  };
}
