/**
 * Every endpoint: the guard takes the scope from here, the reverse proxies and the proxy of split mode take the service,
 * the docs take the rest. `:name` stands for one path segment. First match wins, so longer patterns stand first.
 */
import type { KeyScope } from './payloads.js';

export const SERVICES = ['ingestion', 'identity', 'journey', 'metrics'] as const;
export type ServiceName = (typeof SERVICES)[number];

export interface RouteSpec {
  readonly service: ServiceName;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly scope: KeyScope;
  readonly summary: string;
}

const table =
  (service: ServiceName) =>
  (method: RouteSpec['method'], path: string, scope: KeyScope, summary: string): RouteSpec => ({
    service,
    method,
    path,
    scope,
    summary,
  });
const ingestion = table('ingestion');
const identity = table('identity');
const journey = table('journey');
const metrics = table('metrics');

export const ROUTES: readonly RouteSpec[] = [
  ingestion(
    'POST',
    '/v1/interactions',
    'write',
    'Accept one interaction, an array, a batch, or CloudEvents',
  ),
  ingestion(
    'DELETE',
    '/v1/interactions/:source/:id',
    'write',
    'Withdraw an interaction: a version without effect',
  ),
  ingestion(
    'POST',
    '/v1/validate',
    'write',
    'The same body, nothing stored: how it would be understood',
  ),
  ingestion('GET', '/v1/rejections', 'read', 'What was refused, newest first'),
  ingestion(
    'GET',
    '/v1/rejections/groups',
    'read',
    'What waits, by cause; the most frequent first',
  ),
  ingestion(
    'POST',
    '/v1/rejections/replay',
    'admin',
    'Accept all that wait and are alike, as they are or patched; `dryRun=true` only tells',
  ),
  ingestion(
    'POST',
    '/v1/rejections/:id/replay',
    'write',
    'Accept a refused interaction as it is, patched, or edited; once',
  ),
  ingestion('GET', '/v1/rejections/:id', 'read', 'One refused interaction with its raw form'),
  ingestion('GET', '/v1/sources', 'read', 'Sources of the tenant'),
  ingestion('POST', '/v1/sources', 'admin', 'Create or change a source'),
  ingestion('DELETE', '/v1/sources/:source', 'admin', 'Accept nothing more from a source'),
  ingestion('GET', '/v1/keys', 'admin', 'API keys, without their secrets'),
  ingestion('POST', '/v1/keys', 'admin', 'Create an API key; its secret is shown once'),
  ingestion('PUT', '/v1/keys/:id', 'admin', 'Change the rate limits of an API key'),
  ingestion('DELETE', '/v1/keys/:id', 'admin', 'Revoke an API key'),
  ingestion('GET', '/v1/settings', 'read', 'Settings of the tenant'),
  ingestion('PUT', '/v1/settings', 'admin', 'Change settings of the tenant'),

  journey(
    'GET',
    '/v1/interactions/:source/:id',
    'read',
    'Where is my event? Its state, profile and facts',
  ),
  journey('GET', '/v1/profiles/:id/timeline', 'read', 'The timeline of a profile, newest first'),
  journey('GET', '/v1/profiles/:id/facts', 'read', 'The facts of a profile'),
  journey(
    'GET',
    '/v1/profiles/:id/export',
    'admin',
    'All that is held about a profile, as NDJSON: itself, bodies of every version, facts',
  ),
  journey('GET', '/v1/facts/:id', 'read', 'One fact'),
  journey('GET', '/v1/quarantines', 'admin', 'Profiles whose facts could not be derived'),
  journey('POST', '/v1/quarantines/:id/retry', 'admin', 'Derive the facts of a profile again'),
  journey('POST', '/v1/replays/journey', 'admin', 'Derive all facts anew, beside live traffic'),
  journey('GET', '/v1/replays/journey', 'admin', 'Replays of journey, newest first'),
  journey('GET', '/v1/replays/journey/:id', 'admin', 'How far a replay is, and what differed'),
  journey('DELETE', '/v1/replays/journey/:id', 'admin', 'Stop a replay'),
  journey('GET', '/v1/facts/:id/interactions', 'read', 'The interactions behind a fact'),

  identity('GET', '/v1/identity/explain', 'read', 'Why two identifiers are one customer, or not'),
  identity('GET', '/v1/identity/statistics', 'read', 'How many profiles there are'),
  identity('GET', '/v1/identity/rules', 'read', 'The identity rules in force, and their history'),
  identity(
    'GET',
    '/v1/identity/rules/activations/:version',
    'read',
    'How rules came into force: state, counts, who moved',
  ),
  identity(
    'POST',
    '/v1/identity/rules',
    'admin',
    'Other rules, activated in the background; with dryRun=true what they would do to people',
  ),
  identity('POST', '/v1/identity/merge', 'admin', 'Declare two identifiers to be one person'),
  identity('POST', '/v1/identity/unmerge', 'admin', 'Declare two identifiers to be two people'),
  identity('POST', '/v1/identity/withdraw', 'admin', 'Undo a call: it was never made'),
  identity('GET', '/v1/identity/calls', 'admin', 'Calls with actor, reason and withdrawal'),
  identity('GET', '/v1/profiles', 'read', 'Find the profile of an identifier'),
  identity(
    'GET',
    '/v1/profiles/:id/identity',
    'read',
    'Identifiers, links and decisions of a profile',
  ),
  identity('GET', '/v1/profiles/:id', 'read', 'A profile; an old id answers with the current one'),
  identity('DELETE', '/v1/profiles/:id', 'admin', 'Erase a customer from everywhere, for ever'),
  identity('GET', '/v1/retention', 'admin', 'How far retention is, and what a setting would take'),
  identity('GET', '/v1/erasures/:id', 'admin', 'How far an erasure has come, service by service'),

  ...SERVICES.flatMap(deadLetterRoutes),

  metrics('POST', '/v1/replays/metrics', 'admin', 'Count all buckets anew, beside live traffic'),
  metrics('GET', '/v1/replays/metrics', 'admin', 'Replays of metrics, newest first'),
  metrics('GET', '/v1/replays/metrics/:id', 'admin', 'How far a replay is, and what differed'),
  metrics('DELETE', '/v1/replays/metrics/:id', 'admin', 'Stop a replay'),
  metrics('GET', '/v1/kpis', 'read', 'The catalogue of KPIs'),
  metrics('GET', '/v1/kpis/table', 'read', 'The rolling table: every KPI and window'),
  metrics('GET', '/v1/kpis/:name/facts', 'read', 'The facts behind a number'),
  metrics(
    'GET',
    '/v1/kpis/:name/corrections',
    'read',
    'What changed after it was published, and why',
  ),
  metrics('GET', '/v1/kpis/:name', 'read', 'One KPI with its groups, series and interval'),
  metrics(
    'GET',
    '/v1/stream',
    'read',
    'What changes, as it changes: server-sent events from the log',
  ),
];

function deadLetterRoutes(service: ServiceName): RouteSpec[] {
  const route = table(service);
  const path = `/v1/dead-letters/${service}`;
  return [
    route('GET', path, 'admin', `Records that ${service} could not handle, newest first`),
    route('POST', `${path}/:id/replay`, 'admin', 'Handle such a record again'),
  ];
}

const PATTERNS = ROUTES.map((route) => ({
  route,
  pattern: new RegExp(`^${routePattern(route.path)}$`),
}));

/** The path as the source of a regular expression, as nginx and Helm need it too. */
export function routePattern(path: string): string {
  return path.replace(/\./g, '\\.').replace(/:[a-zA-Z]+/g, '[^/]+');
}

/** The route that answers, or undefined. `path` is without query. */
export function findRoute(method: string, path: string): RouteSpec | undefined {
  const wanted = method === 'HEAD' ? 'GET' : method;
  return PATTERNS.find(({ route, pattern }) => route.method === wanted && pattern.test(path))
    ?.route;
}

/** The service that owns an address whatever the method: 405 is its answer to give. */
export function serviceOf(method: string, path: string): ServiceName | undefined {
  const exact = findRoute(method, path);
  return (exact ?? PATTERNS.find(({ pattern }) => pattern.test(path))?.route)?.service;
}
