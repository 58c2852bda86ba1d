export { hashApiKey, newApiKey } from './api-key.js';
export { loadConfig, loadConfigs, ConfigurationFault, CONFIG_EXIT_CODE } from './config.js';
export type { ConfigClass, Environment } from './config.js';
export { refusalBehind, unlessRefused } from './explain-refusal.js';
export { describeError } from './describe-error.js';
export { Distribution } from './distribution.js';
export {
  InfrastructureConfig,
  databaseUrlOf,
  kafkaOptions,
  loadInfrastructureConfig,
  redisOptions,
} from './infrastructure.config.js';
export { Metrics } from './metrics.js';
export { hasScope, mayWriteTo } from './principal.js';
export type { Principal } from './principal.js';
export { Pacer } from './pacer.js';
export type { PacerOptions } from './pacer.js';
export { Problem, problemOf } from './problem.js';
export type { ProblemDocument, ProblemError } from './problem.js';
export { Metered } from './rate.guard.js';
export { RateLimiter } from './rate-limiter.js';
export { Reading } from './reading.js';
export { Readiness } from './readiness.js';
export type { CheckResult } from './readiness.js';
export { Caller, principalOf, Public, RawBody, Scope, Tenant } from './request.js';
export { knownSecret } from './installation-secret.js';
export { Secret } from './secret.js';
export { SECRET_VARIABLES, takeSecretFiles } from './secret-files.js';
export { TenantDirectory } from './tenant-directory.js';
export { startApplication } from './application.js';
export type { Application, ApplicationOptions } from './application.js';
export { bootstrap } from './bootstrap.js';
export type { BootstrapOptions } from './bootstrap.js';
export { Installation, openInfrastructure } from './infrastructure.js';
export type { Infrastructure } from './infrastructure.js';
export { InfrastructureModule } from './infrastructure.module.js';
export { SERVICE_PORTS } from './service.js';
export type { Service, ProcessName } from './service.js';
export { startProxy } from './proxy.js';
export type { Proxy, ProxyOptions, ProxyTargets } from './proxy.js';
