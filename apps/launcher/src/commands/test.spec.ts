import { type JestReport, tallyOf } from './test.js';

const clean: JestReport = {
  success: true,
  numPassedTests: 3,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  numRuntimeErrorTestSuites: 0,
};

describe('the last line of npm test', () => {
  it('counts what passed', () => {
    expect(tallyOf(clean, 0)).toEqual({ line: '3 passed, 0 failed, 0 skipped', code: 0 });
  });

  it.each<[string, Partial<JestReport>, number, string]>([
    ['a test fails', { success: false, numFailedTests: 2 }, 1, '3 passed, 2 failed, 0 skipped'],
    ['a file does not run', { success: false, numRuntimeErrorTestSuites: 1 }, 1, '3 passed, 1 failed, 0 skipped'],
    ['a test is skipped', { numPendingTests: 1 }, 0, '3 passed, 0 failed, 1 skipped'],
    ['a test is left to do', { numTodoTests: 1 }, 0, '3 passed, 0 failed, 1 skipped'],
    ['nothing ran', { numPassedTests: 0 }, 0, '0 passed, 0 failed, 0 skipped'],
    ['Jest fails after its tests', {}, 1, '3 passed, 0 failed, 0 skipped'],
  ])('is a failure when %s', (_when, changes, jestCode, line) => {
    expect(tallyOf({ ...clean, ...changes }, jestCode)).toEqual({ line, code: 1 });
  });

  it('is a failure when Jest left no report', () => {
    expect(tallyOf(null, 1)).toEqual({ line: '0 passed, 1 failed, 0 skipped', code: 1 });
  });
});
