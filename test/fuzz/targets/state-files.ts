import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Lastings } from '../../../src/adapters/lastings.ts';
import { Records } from '../../../src/adapters/records.ts';
import { NspawndError } from '../../../src/model/errors.ts';
import type { Lasting, MachineRecord } from '../../../src/plan/situation.ts';
import { Random } from '../../scenarios/soak/random.ts';
import { expect, expectEqual, expectHarmless } from '../expect.ts';
import { anyJson, type Json, jsonText, mutatedJson } from '../generate/json.ts';
import { someLasting, someRecord, someSituation } from '../generate/situation.ts';
import { mutatedText, oddText } from '../generate/text.ts';
import { type Target, TURN_MS } from '../target.ts';
import { checkPlan } from './plans.ts';

const STORE_PATH = /^\/nix\/store\/[0-9a-z]{32}-[0-9a-zA-Z+._?=-]+$/;
const OURS =
  /^(\/run\/systemd\/nspawn\/web\.nspawn|\/run\/systemd\/network\/70-nspawnd-ve-web\.network|\/run\/systemd\/system\/systemd-nspawn@web\.service\.d\/50-nspawnd\.conf)$/;
const KINDS = { lasting: Lastings, record: Records } as const;

interface StateFile {
  readonly kind: keyof typeof KINDS;
  readonly text: string;
}

/**
 * Files of state that say anything: taken as they are meant, set aside with a warning, or refused as a newer version's. A
 * plan can be made with what was taken, and what is written is read back the same.
 */
export const stateFiles: Target<StateFile> = {
  name: 'state-files',
  // Mostly of the disk.
  limitMs: 2 * TURN_MS,
  generate(random) {
    const kind = random.chance(0.5) ? 'lasting' : 'record';
    const state = { version: 1, ...(kind === 'lasting' ? someLasting(random) : someRecord(random)) };
    return { kind, text: someText(random, state as unknown as Json) };
  },
  check({ kind, text }, workspace) {
    const directory = join(workspace, 'state');
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(directory);
    writeFileSync(join(directory, 'web.json'), text);
    const warnings: string[] = [];
    const store = () => new KINDS[kind](warning => warnings.push(warning), directory);
    const state = read(store());
    for (const warning of warnings) expectHarmless(warning, 4096);
    if (state === undefined) {
      expectEqual(readdirSync(directory), ['web.json'], 'what is left of a newer file');
      return;
    }
    expectEqual(
      warnings.length > 0,
      !readdirSync(directory).includes('web.json'),
      'a warning of what was set aside',
    );
    checkState(state);
    checkPlan({ ...someSituation(new Random(text.length)), [kind]: state });
    store().set('web', state);
    expectEqual(read(store()), state, 'what was written');
  },
};

function someText(random: Random, state: Json): string {
  switch (random.below(8)) {
    case 0:
      return mutatedText(random, JSON.stringify(state));
    case 1:
      return jsonText(random, anyJson(random));
    case 2:
      return oddText(random, 20);
    case 3:
      return jsonText(random, {
        ...(state as object),
        version: random.pick([2, 99, 1.5, '1', null, 2 ** 60]),
      });
    case 4:
      return jsonText(random, state);
    default:
      return jsonText(random, mutatedJson(random, mutatedJson(random, state)));
  }
}

/** Undefined: refused, as a newer nspawnd's. */
function read(store: { get(name: string): Lasting | MachineRecord }): Lasting | MachineRecord | undefined {
  try {
    return store.get('web');
  } catch (error) {
    if (!(error instanceof NspawndError)) throw error;
    expectHarmless(error.message, 4096);
    return undefined;
  }
}

/** At any depth: systems are paths of the store, files are where ours are, texts can be shown, numbers published. */
function checkState(value: unknown, key = ''): void {
  if (Array.isArray(value)) {
    expect(value.length <= 100, `${value.length} of ${key}`);
    for (const one of value) checkState(one, key);
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, one] of Object.entries(value)) checkState(one, name);
  } else if (key === 'system')
    expect(STORE_PATH.test(String(value)), `the system ${String(value).slice(0, 99)}`);
  else if (key === 'path') expect(OURS.test(String(value)), `the file ${String(value).slice(0, 99)}`);
  else if (typeof value === 'string' && key !== 'content') expectHarmless(value, 32_768);
  else if (typeof value === 'number')
    expect(Number.isSafeInteger(value) && value >= 0, `the number ${value}`);
}
