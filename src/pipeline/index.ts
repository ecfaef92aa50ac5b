export { loadPipelines, type PipelineDefinition } from './runtime/load.ts'
export {
  checkPipelines,
  startPipelines,
  type ListeningInput,
  type PipelineStatus,
  type RunningPipelines,
} from './runtime/running.ts'
export { queueOf, readQueueSettings } from './runtime/queue-settings.ts'
export { Reloader, type ReloadStats } from './runtime/reload.ts'
export { runPipeline, type RunOptions } from './runtime/run-pipeline.ts'
export { DeadLetters, type DeadLetterStats, type DeadLetterSummary } from './runtime/dead-letters.ts'
export type { PipelineServices } from './runtime/services.ts'
export { SPECS } from './plugins/registry.ts'
export { readCaseFile, type CaseFile, type PipelineCase } from './cases/case-file.ts'
export { runCases, type CaseOutcome } from './cases/run-cases.ts'
export { traceLines, type LineTrace } from './cases/trace.ts'
export { reportPlugins, type PluginReport, type PluginUse } from './report/plugin-report.ts'
export { graphPipelines, type PipelineGraph } from './report/pipeline-graph.ts'
export { tryConnections, type ConnectionOutcome } from './report/connections.ts'
export { probe, type ProbeOutcome } from './report/peer-probe.ts'
