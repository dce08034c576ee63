import type { Reporter, TestModule } from "vitest/node";

/** Ends the run with one plain line that says how many tests ran. */
class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const states = modules.flatMap((module) => [...module.children.allTests()].map((test) => test.result().state));
    const count = (state: string): number => states.filter((each) => each === state).length;
    const broken = modules.filter((module) => module.errors().length > 0).length + unhandledErrors.length;
    const line = `${count("passed")} passed, ${count("failed") + broken} failed, ${count("skipped")} skipped`;
    process.stdout.write(`\n${line}\n`);
  }
}

// Vitest takes a reporter from a file's default export.
export default SummaryReporter;
