import type { Command } from '../command.ts';
import { check } from './check.ts';
import { list } from './list.ts';
import { monitor } from './monitor.ts';
import { plan } from './plan.ts';
import { reload } from './reload.ts';
import { render } from './render.ts';
import { restart } from './restart.ts';
import { start } from './start.ts';
import { status } from './status.ts';
import { stop } from './stop.ts';
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
  wait,
  monitor,
  render,
  check,
];
