import * as z from 'zod/mini';
import { RECORDS } from '../model/paths.ts';
import type { MachineRecord } from '../plan/situation.ts';
import { StateFiles } from './state-files.ts';
import { evidence, invocation, microseconds, reason, start, system, word } from './state-values.ts';

const MAX_FAILED_UNITS = 100;

const Stored = z.object({
  started: z.optional(z.object({ ...start, invocation })),
  switch: z.optional(z.object({ invocation, system, finished: z.boolean() })),
  verdict: z.optional(
    z.object({
      invocation,
      system,
      complaint: reason,
      guestState: word,
      failedUnits: z.array(word).check(z.maxLength(MAX_FAILED_UNITS)),
      excuses: z.optional(z.record(z.string(), reason)),
      evidence: z.optional(evidence),
    }),
  ),
  trial: z.optional(z.object({ invocation, system, reason, isStuck: z.boolean() })),
  failure: z.optional(z.object({ ...start, byHost: z.exactOptional(z.boolean()) })),
  updated: z.optional(z.object({ timestamp: microseconds, duration: microseconds })),
  stopped: z.optional(reason),
});

/**
 * What this boot needs to know of each machine, in /run, so that it is as volatile as the machines are. A damaged record
 * is as good as none: what a machine was started with stands in its `.nspawn` file too.
 */
export class Records extends StateFiles<MachineRecord> {
  constructor(warn: (message: string) => void, directory = RECORDS) {
    const read = (_name: string, file: object) => Stored.parse(file) as MachineRecord;
    super({ directory, version: 1, read, write: {}, loss: 'it is ignored' }, warn);
  }
}
