/**
 * Bad input at every border of the program: `npm run fuzz [-- SECONDS] [--target NAME] [--seed N] [--case N]`.
 * Cases follow from the seed alone, the time decides how many of them are run. Ends with `N executions, N failures`.
 */
import { parseArgs } from 'node:util';
import { runAll } from './run-all.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    target: { type: 'string', multiple: true },
    seed: { type: 'string', default: '1' },
    case: { type: 'string' },
  },
});
const number = (text: string | undefined, what: string) => {
  const read = Number(text);
  if (!Number.isSafeInteger(read) || read < 0) throw new Error(`${what} is a whole number, not ${text}`);
  return read;
};
if (values.case !== undefined && values.target?.length !== 1)
  throw new Error('--case goes with one --target');
const failures = await runAll({
  seconds: number(positionals[0] ?? '60', 'SECONDS'),
  seed: number(values.seed, '--seed'),
  only: values.target,
  at: values.case === undefined ? undefined : number(values.case, '--case'),
});
process.exitCode = failures > 0 ? 1 : 0;
