/** Variables of a stack: numbers are published as soon as nothing came for a moment. */
export const PUBLISHED_SOON = {
  METRICS_QUIET_MS: '200',
  METRICS_AGAIN_QUIET_MS: '200',
  METRICS_AGAIN_EVERY_MS: '500',
  METRICS_ROLLING_REST_MS: '100',
};
