import { expect, test } from "vitest";
import { countPytest } from "../test/run-pytest.mjs";
import { countVitest } from "../test/run-vitest.mjs";

const file = (status, ...results) => ({
  status,
  assertionResults: results.map((result) => ({ status: result })),
});

test("vitest: failed tests and files that don't load are counted", () => {
  const report = {
    numPassedTests: 3,
    numFailedTests: 1,
    testResults: [file("passed", "passed", "passed"), file("failed", "passed", "failed"), file("failed")],
  };
  expect(countVitest(report, 1)).toEqual({ passed: 3, failed: 2 });
});

test("vitest: an error outside of tests, or no report at all, is one failure", () => {
  const report = { numPassedTests: 1, numFailedTests: 0, testResults: [file("passed", "passed")] };
  expect(countVitest(report, 1)).toEqual({ passed: 1, failed: 1 });
  expect(countVitest(report, 0)).toEqual({ passed: 1, failed: 0 });
  expect(countVitest(null, 1)).toEqual({ passed: 0, failed: 1 });
});

test("pytest: failures and errors are failed, skipped ones are neither", () => {
  const report = '<testsuites><testsuite name="pytest" errors="1" failures="2" skipped="3" tests="10">';
  expect(countPytest(report, 1)).toEqual({ passed: 4, failed: 3 });
});

test("pytest: nothing collected, or no report at all, is one failure", () => {
  const report = '<testsuites><testsuite name="pytest" errors="0" failures="0" skipped="0" tests="0">';
  expect(countPytest(report, 5)).toEqual({ passed: 0, failed: 1 });
  expect(countPytest(null, 2)).toEqual({ passed: 0, failed: 1 });
});
