// The closing line of .ci/run, from vitest's JSON report: `N passed, N failed, N skipped`. A failed step before the tests counts as one failure.
import { readFileSync } from 'node:fs'

const [path, failedBefore] = process.argv.slice(2)
let counts = { passed: 0, failed: 1, skipped: 0 }
try {
  const report = JSON.parse(readFileSync(path, 'utf8'))
  const brokenFiles = report.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  ).length
  counts = {
    passed: report.numPassedTests,
    failed: report.numFailedTests + brokenFiles,
    skipped: report.numPendingTests + (report.numTodoTests ?? 0),
  }
} catch (error) {
  console.error(`no test report: ${error.message}`)
}
if (failedBefore === '1' && counts.failed === 0) counts.failed = 1
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`)
process.exitCode = counts.failed === 0 && counts.passed > 0 ? 0 : 1
