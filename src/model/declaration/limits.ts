import * as z from 'zod/mini';
import { quoted } from '../text.ts';
import { parseTimeSpan } from '../time-span.ts';
import { LIMITS, type LimitKind } from './limit-vocabulary.ts';
import { settingValue } from './schema.ts';

/** One setting of systemd.resource-control(5) with its values as written in a unit file. */
export interface Limit {
  readonly setting: string;
  readonly values: readonly string[];
}

/**
 * Settings of systemd.resource-control(5). PID 1 only warns about a value that it can't read, and the machine would
 * run without its limit: so the values are read here too. Parsed to a list by name.
 */
export const limits = z.pipe(
  z.prefault(z.record(z.string(), settingValue), {}).check(
    z.superRefine((given, ctx) => {
      for (const [setting, values] of Object.entries(given)) {
        const message = notALimit(setting, values);
        if (message !== undefined) ctx.addIssue({ code: 'custom', path: [setting], message });
      }
    }),
  ),
  z.transform((given): readonly Limit[] =>
    Object.entries(given)
      .map(([setting, values]) => ({ setting, values }))
      .sort((a, b) => (a.setting < b.setting ? -1 : 1)),
  ),
);

function notALimit(setting: string, values: readonly string[]): string | undefined {
  const limit = LIMITS.get(setting);
  if (limit === undefined) return 'no setting of systemd.resource-control(5) for a machine';
  if (!limit.list && values.length !== 1) return 'takes one value, not a list';
  const wrong = values.find(value => !READABLE[limit.kind](value));
  return wrong === undefined ? undefined : `cannot read ${quoted(wrong)} as ${NAMES[limit.kind]}`;
}

const BYTES = /^(\d+(\.\d+)?[KMGTPE]?|infinity)$/;
const PERCENT = /^\d+(\.\d{1,2})?%$/;
const BOOLEAN = /^(1|0|yes|no|y|n|true|false|t|f|on|off)$/i;

const READABLE: Readonly<Record<LimitKind, (value: string) => boolean>> = {
  bytes: value => BYTES.test(value) || (PERCENT.test(value) && Number.parseFloat(value) <= 100),
  tasks: value => /^(\d+|infinity)$/.test(value) || (PERCENT.test(value) && Number.parseFloat(value) <= 100),
  quota: value => PERCENT.test(value) && Number.parseFloat(value) > 0,
  percent: value => PERCENT.test(value) && Number.parseFloat(value) <= 100,
  weight: value => /^\d+$/.test(value) && Number(value) >= 1 && Number(value) <= 10_000,
  'cpu weight': value => value === 'idle' || READABLE.weight(value),
  boolean: value => BOOLEAN.test(value),
  span: value => (parseTimeSpan(value) ?? 0) > 0,
  indexes: value => /^[\d\s,-]+$/.test(value) && /\d/.test(value),
  'device weight': value => READABLE.weight(deviceValue(value)),
  'device bytes': value => BYTES.test(deviceValue(value)),
  'device span': value => READABLE.span(deviceValue(value)),
  device: value => /^(\/dev\/|char-|block-)\S+( [rwm]{1,3})?$/.test(value),
  'oom action': value => value === 'auto' || value === 'kill',
  'oom preference': value => ['none', 'avoid', 'omit'].includes(value),
  partition: value => ['member', 'root', 'isolated'].includes(value),
  slice: value => /^[\w:.\\-]+\.slice$/.test(value),
  text: value => value !== '',
};

/** What follows the device in `/dev/vda 10M`; '' makes every reader above refuse. */
function deviceValue(value: string): string {
  return /^\/\S*\s+(\S.*)$/.exec(value)?.[1] ?? '';
}

const NAMES: Readonly<Record<LimitKind, string>> = {
  bytes: 'a size (bytes, with K, M, G or T, or a percentage)',
  tasks: 'a number of tasks',
  quota: 'a percentage above 0%',
  percent: 'a percentage',
  weight: 'a weight (1 to 10000)',
  'cpu weight': 'a weight (1 to 10000, or idle)',
  boolean: 'true or false',
  span: 'a time span',
  indexes: 'a list of numbers and ranges',
  'device weight': 'a device and a weight',
  'device bytes': 'a device and a rate',
  'device span': 'a device and a time span',
  device: 'a device and what is allowed (rwm)',
  'oom action': '"auto" or "kill"',
  'oom preference': '"none", "avoid" or "omit"',
  partition: '"member", "root" or "isolated"',
  slice: 'the name of a slice unit',
  text: 'a value',
};
