import type { InjectOptions } from 'fastify';

/** A site as an administrator would register it. */
export const newSite = {
  title: { ko: '새 홈페이지', en: 'New home' },
  hostnames: ['new.example.kr'],
  addresses: ['192.168.80.60'],
  routers: ['notice-switch'],
  mode: 'auto',
  probes: [{ name: 'web', type: 'http', url: 'http://new.example.kr/', interval: '1s' }],
} as const;

/** An Alertmanager webhook message, version 4, as Alertmanager 0.28 sends it. */
export const alertmanagerMessage = {
  version: '4',
  groupKey: '{}:{alertname="SiteSlow"}',
  truncatedAlerts: 0,
  status: 'firing',
  receiver: 'detour',
  groupLabels: { alertname: 'SiteSlow' },
  commonLabels: {},
  commonAnnotations: {},
  externalURL: 'http://alertmanager:9093',
  alerts: [
    {
      status: 'firing',
      labels: { alertname: 'SiteSlow', site: 'home01' },
      annotations: {},
      startsAt: '2026-11-24T00:00:00Z',
      endsAt: '0001-01-01T00:00:00Z',
      generatorURL: 'http://prometheus:9090/graph',
      fingerprint: 'abc',
    },
    { status: 'firing', labels: { alertname: 'SiteSlow', site: 'nobody' } },
    { status: 'resolved', labels: { alertname: '__proto__', site: 'home01' } },
    { status: 'resolved', labels: { alertname: 'SiteSlow' } },
  ],
} as const;

type Request = Pick<InjectOptions, 'method' | 'url' | 'payload'>;

/** For every route of the table, a request whose only open question is who sends it. */
export const validRequests: Readonly<Record<string, Request>> = {
  'GET /api/v1/status': { url: '/api/v1/status' },
  'GET /api/v1/sites': { url: '/api/v1/sites' },
  'GET /api/v1/sites/:site': { url: '/api/v1/sites/home01' },
  'PUT /api/v1/sites/:site': { method: 'PUT', url: '/api/v1/sites/new', payload: newSite },
  'DELETE /api/v1/sites/:site': { method: 'DELETE', url: '/api/v1/sites/shop' },
  'GET /api/v1/sites/:site/why': { url: '/api/v1/sites/home01/why' },
  'GET /api/v1/readiness': { url: '/api/v1/readiness' },
  'PUT /api/v1/sites/:site/override': {
    method: 'PUT',
    url: '/api/v1/sites/home01/override',
    payload: { action: 'hold', reason: 'looking at it' },
  },
  'DELETE /api/v1/sites/:site/override': {
    method: 'DELETE',
    url: '/api/v1/sites/home01/override',
  },
  'POST /api/v1/sites/:site/approve': {
    method: 'POST',
    url: '/api/v1/sites/home02/approve',
    payload: { reason: 'seen it myself' },
  },
  'GET /api/v1/sites/:site/notice': { url: '/api/v1/sites/home01/notice' },
  'PUT /api/v1/sites/:site/notice': {
    method: 'PUT',
    url: '/api/v1/sites/home01/notice',
    payload: { message: { ko: '점검 중입니다.' }, expectedRecoveryAt: '2026-11-24T18:00:00+09:00' },
  },
  'GET /api/v1/sites/:site/notice/history': { url: '/api/v1/sites/home01/notice/history' },
  'POST /api/v1/sites/:site/notice/rollback': {
    method: 'POST',
    url: '/api/v1/sites/home01/notice/rollback',
    payload: { version: 1 },
  },
  'POST /api/v1/sites/:site/notice/preview': {
    method: 'POST',
    url: '/api/v1/sites/home01/notice/preview?language=en',
    payload: { message: { en: 'Not saved.' } },
  },
  'GET /api/v1/mass-notice': { url: '/api/v1/mass-notice' },
  'PUT /api/v1/mass-notice': {
    method: 'PUT',
    url: '/api/v1/mass-notice',
    payload: { message: { en: 'Power is out.' } },
  },
  'GET /api/v1/sites/:site/notice/preview': {
    url: '/api/v1/sites/home01/notice/preview?language=ko',
  },
  'GET /api/v1/freeze': { url: '/api/v1/freeze' },
  'PUT /api/v1/freeze': {
    method: 'PUT',
    url: '/api/v1/freeze',
    payload: { reason: 'core switch is being replaced' },
  },
  'DELETE /api/v1/freeze': { method: 'DELETE', url: '/api/v1/freeze' },
  'GET /api/v1/incidents': { url: '/api/v1/incidents' },
  'GET /api/v1/incidents/:id': { url: '/api/v1/incidents/none' },
  'POST /api/v1/incidents/:id/acknowledge': {
    method: 'POST',
    url: '/api/v1/incidents/none/acknowledge',
  },
  'GET /api/v1/maintenance': { url: '/api/v1/maintenance' },
  'POST /api/v1/maintenance': {
    method: 'POST',
    url: '/api/v1/maintenance',
    payload: { sites: ['home01'], reason: 'patch day', endsAt: '2026-11-24T12:00:00+09:00' },
  },
  'DELETE /api/v1/maintenance/:id': { method: 'DELETE', url: '/api/v1/maintenance/none' },
  'GET /api/v1/routers': { url: '/api/v1/routers' },
  'GET /api/v1/routers/:router/routes': { url: '/api/v1/routers/notice-switch/routes' },
  'GET /api/v1/routers/:router/drills': { url: '/api/v1/routers/notice-switch/drills' },
  'POST /api/v1/routers/:router/drill': {
    method: 'POST',
    url: '/api/v1/routers/notice-switch/drill',
  },
  'GET /api/v1/vantages': { url: '/api/v1/vantages' },
  'GET /api/v1/vantages/:vantage/assignment': { url: '/api/v1/vantages/busan/assignment' },
  'POST /api/v1/vantages/:vantage/reports': {
    method: 'POST',
    url: '/api/v1/vantages/kim-viewer/reports',
    payload: { results: [] },
  },
  'GET /api/v1/leadership': { url: '/api/v1/leadership' },
  'PUT /api/v1/leadership/break-glass': {
    method: 'PUT',
    url: '/api/v1/leadership/break-glass',
    payload: { reason: 'the store is gone' },
  },
  'DELETE /api/v1/leadership/break-glass': {
    method: 'DELETE',
    url: '/api/v1/leadership/break-glass',
  },
  'GET /api/v1/limits': { url: '/api/v1/limits' },
  'PUT /api/v1/limits': { method: 'PUT', url: '/api/v1/limits', payload: { sessions: 5_000 } },
  'GET /api/v1/blocked-sources': { url: '/api/v1/blocked-sources' },
  'POST /api/v1/blocked-sources': {
    method: 'POST',
    url: '/api/v1/blocked-sources',
    payload: { source: '198.51.100.9', reason: 'floods home01' },
  },
  'DELETE /api/v1/blocked-sources/:address': {
    method: 'DELETE',
    url: '/api/v1/blocked-sources/198.51.100.66',
  },
  'GET /api/v1/notice-nodes': { url: '/api/v1/notice-nodes' },
  'GET /api/v1/brakes': { url: '/api/v1/brakes' },
  'POST /api/v1/brakes/:brake/release': {
    method: 'POST',
    url: '/api/v1/brakes/mass-failure/release',
    payload: { reason: 'two racks lost power' },
  },
  'GET /api/v1/audit': { url: '/api/v1/audit' },
  'GET /api/v1/audit/verify': { url: '/api/v1/audit/verify' },
  'POST /api/v1/signals/alertmanager': {
    method: 'POST',
    url: '/api/v1/signals/alertmanager',
    payload: alertmanagerMessage,
  },
  'GET /openapi.json': { url: '/openapi.json' },
  'GET /metrics': { url: '/metrics' },
  'GET /-/healthy': { url: '/-/healthy' },
  'GET /-/ready': { url: '/-/ready' },
  'POST /-/reload': { method: 'POST', url: '/-/reload' },
  'GET /': { url: '/' },
};
