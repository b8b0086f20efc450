import type { Reporter, TestModule } from 'vitest/node';

/** Closes a run, after vitest's own summary, with one plain line: `N passed, N failed`. */
export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const tests = modules.flatMap(module => [...module.children.allTests()]);
    const count = (state: string) => tests.filter(test => test.result().state === state).length;
    // A file that fails to load, a hook that throws, or an error outside any test, is a failure too.
    const suites = modules.flatMap(module => [module, ...module.children.allSuites()]);
    const broken = suites.filter(suite => suite.errors().length > 0).length + errors.length;
    const skipped = count('skipped') + count('pending');
    const tail = skipped > 0 ? `, ${skipped} skipped` : '';
    // Later than the summary, which the default reporter prints in the same event.
    process.once('exit', () => {
      process.stdout.write(`${count('passed')} passed, ${count('failed') + broken} failed${tail}\n`);
    });
  }
}
