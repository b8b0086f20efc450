import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Whose work takes so long that nothing should be waiting for it alone at the end. */
const LONGEST = [
  'killed-at-each-step',
  'stopped-in-the-middle',
  'random-weather',
  'guest/on-host',
  'a-system-is-good-once',
  'a-hostile-guest',
  'service/on-host',
  'power-is-cut',
  'nothing-restarts',
  'garbage-is-collected',
  'fuzz/daemon',
  'fuzz/in-process',
];

/** A clean checkout knows no durations of earlier runs, by which vitest would sort. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const at = LONGEST.findIndex(part => moduleId.includes(part));
      return at < 0 ? LONGEST.length : at;
    };
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}
