/**
 * What every answer of an API says to browsers and caches (OWASP REST Security Cheat Sheet, "Security Headers"): keep nothing, guess no
 * type, load and frame nothing. HSTS is for whoever ends TLS. No library: helmet is made for pages, and these never change.
 */
const ANSWER = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
} as const;

/** Swagger UI brings its own script and styles, partly inline, and asks this host only. */
const DOCS_POLICY =
  "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'";

/** `path`: with or without query. */
export function securityHeaders(path: string): Readonly<Record<string, string>> {
  if (!/^\/docs([/?]|$)/.test(path)) return ANSWER;
  return { ...ANSWER, 'content-security-policy': DOCS_POLICY };
}
