/** The last line of `npm test`: `N passed, N failed, N skipped`. A file that does not load counts as one failed test. */
import type { Reporter, TestModule } from 'vitest/node';

export class TallyReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const counts = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    for (const module of modules) {
      if (module.errors().length > 0) counts.failed += 1;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        counts[state === 'pending' ? 'failed' : state] += 1;
      }
    }
    // Written at the very end, after whatever other reporters have to say.
    process.once('exit', () => {
      process.stdout.write(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`);
    });
  }
}

// oxlint-disable-next-line import/no-default-export -- vitest loads a reporter by its file's default export
export default TallyReporter;
