export {
  SEVERITIES,
  type Entity,
  type Evidence,
  type Finding,
  type FindingRule,
  type RuleKind,
  type Severity,
} from './alert.ts'
