export {
  parseRules,
  LEVELS,
  type DetectionRule,
  type FilterRule,
  type Logsource,
  type ParsedRules,
  type Sample,
  type SigmaRule,
} from './rule.ts'
export { CORRELATION_TYPES, type CorrelationRule } from './correlation.ts'
export { fieldsOf, type NamedField } from './fields-of.ts'
export { MODIFIERS } from './modifiers.ts'
export { convertCorrelation, type Search } from './convert-correlation.ts'
export { convertRule, type ConvertOptions, type Query } from './convert.ts'
export { coverageOf, navigatorLayer, type Coverage } from './coverage.ts'
export { explainRule, type Explanation } from './explain.ts'
export { parsePipelines, type Pipeline } from './pipeline/pipeline.ts'
export { prepareRules } from './prepare.ts'
export { judgeAlone } from './judge-alone.ts'
export { RuleSet } from './rule-set.ts'
export {
  createSigmaDetector,
  type RuleStatus,
  type SigmaDetector,
  type SigmaDetectorOptions,
  type WindowsStatus,
} from './sigma-detector.ts'
export { loadRules, readPipelines, readRules, runSamples, type LoadedRules } from './load.ts'
export { runningRules } from './running-rules.ts'
export { RuleFiles } from './rule-files.ts'
export { linkCorrelations, type RunningRule } from './chains.ts'
