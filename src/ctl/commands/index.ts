import type { Command } from '../command.ts';
import { check } from './check.ts';
import { hold } from './hold.ts';
import { list } from './list.ts';
import { monitor } from './monitor.ts';
import { plan } from './plan.ts';
import { reload } from './reload.ts';
import { render } from './render.ts';
import { restart } from './restart.ts';
import { retry } from './retry.ts';
import { rollback } from './rollback.ts';
import { start } from './start.ts';
import { status } from './status.ts';
import { stop } from './stop.ts';
import { unhold } from './unhold.ts';
import { wait } from './wait.ts';

/** Every subcommand, in the order of the help. */
export const commands: readonly Command[] = [
  list,
  status,
  plan,
  reload,
  start,
  stop,
  restart,
  retry,
  rollback,
  hold,
  unhold,
  wait,
  monitor,
  render,
  check,
];
