/** Rights in rising order: each role may do all that the ones before it may. */
export const roles = ['viewer', 'operator', 'approver', 'admin'] as const;
export type Role = (typeof roles)[number];

/**
 * The least role for every route of the API; `public` needs no token.
 * A route that is missing here stops the start, so none can be open by oversight.
 * - viewer reads.
 * - operator gives orders about single sites and stops automation. Approving is among them: an operator could
 *   order the same diversion by an override, so refusing it would only push people to the blunter tool.
 * - approver lets a wave through that a brake holds.
 * - admin changes what is watched, the limits and the configuration.
 */
export const routeRoles = {
  'GET /api/v1/status': 'viewer',
  'GET /api/v1/sites': 'viewer',
  'GET /api/v1/sites/:site': 'viewer',
  'PUT /api/v1/sites/:site': 'admin',
  'DELETE /api/v1/sites/:site': 'admin',
  'GET /api/v1/sites/:site/why': 'viewer',
  'GET /api/v1/readiness': 'viewer',
  'PUT /api/v1/sites/:site/override': 'operator',
  'DELETE /api/v1/sites/:site/override': 'operator',
  'POST /api/v1/sites/:site/approve': 'operator',
  'GET /api/v1/sites/:site/notice': 'viewer',
  'PUT /api/v1/sites/:site/notice': 'operator',
  'GET /api/v1/sites/:site/notice/preview': 'viewer',
  'POST /api/v1/sites/:site/notice/preview': 'operator',
  'GET /api/v1/sites/:site/notice/history': 'viewer',
  'POST /api/v1/sites/:site/notice/rollback': 'operator',
  'GET /api/v1/mass-notice': 'viewer',
  'PUT /api/v1/mass-notice': 'operator',
  'GET /api/v1/freeze': 'viewer',
  'PUT /api/v1/freeze': 'operator',
  'DELETE /api/v1/freeze': 'operator',
  'GET /api/v1/incidents': 'viewer',
  'GET /api/v1/incidents/:id': 'viewer',
  'POST /api/v1/incidents/:id/acknowledge': 'operator',
  'GET /api/v1/maintenance': 'viewer',
  'POST /api/v1/maintenance': 'operator',
  'DELETE /api/v1/maintenance/:id': 'operator',
  'GET /api/v1/routers': 'viewer',
  'GET /api/v1/routers/:router/routes': 'viewer',
  'GET /api/v1/routers/:router/drills': 'viewer',
  'POST /api/v1/routers/:router/drill': 'operator',
  'GET /api/v1/limits': 'viewer',
  'PUT /api/v1/limits': 'admin',
  'GET /api/v1/blocked-sources': 'viewer',
  'POST /api/v1/blocked-sources': 'operator',
  'DELETE /api/v1/blocked-sources/:address': 'operator',
  'GET /api/v1/notice-nodes': 'viewer',
  'GET /api/v1/brakes': 'viewer',
  'POST /api/v1/brakes/:brake/release': 'approver',
  'GET /api/v1/leadership': 'viewer',
  'PUT /api/v1/leadership/break-glass': 'approver',
  'DELETE /api/v1/leadership/break-glass': 'operator',
  'GET /api/v1/audit': 'viewer',
  'GET /api/v1/audit/verify': 'viewer',
  'GET /api/v1/events': 'viewer',
  'POST /api/v1/signals/alertmanager': 'operator',
  'GET /api/v1/vantages': 'viewer',
  'GET /api/v1/vantages/:vantage/assignment': 'viewer',
  // A viewer only for the vantage whose name its token bears.
  'POST /api/v1/vantages/:vantage/reports': 'viewer',
  'GET /openapi.json': 'public',
  'GET /metrics': 'public',
  'GET /-/healthy': 'public',
  'GET /-/ready': 'public',
  'POST /-/reload': 'admin',
  'GET /': 'public',
  'GET /*': 'public',
} as const satisfies Readonly<Record<string, Role | 'public'>>;

const byRoute: ReadonlyMap<string, Role | 'public'> = new Map(Object.entries(routeRoles));

/** The least role for a route as the router names it; undefined when nobody decided. HEAD asks for what GET asks. */
export function roleFor(method: string, pattern: string): Role | 'public' | undefined {
  return byRoute.get(`${method === 'HEAD' ? 'GET' : method} ${pattern}`);
}

/** True when a role includes what another may do. */
export function includesRole(held: Role, needed: Role): boolean {
  return roles.indexOf(held) >= roles.indexOf(needed);
}
