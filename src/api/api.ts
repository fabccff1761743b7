import { randomUUID } from 'node:crypto';
import Fastify, { type FastifyInstance } from 'fastify';
import {
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod';
import { second } from '../lib/time.ts';
import { auditRoutes } from './audit/routes.ts';
import { blockedSourceRoutes } from './blocked-sources/routes.ts';
import { brakeRoutes } from './brakes/routes.ts';
import { eventRoutes } from './events/routes.ts';
import { freezeRoutes } from './freeze/routes.ts';
import { guardRoutes } from './http/auth.ts';
import { addDocument } from './http/document.ts';
import { answerProblems, problemOf, sendProblem } from './http/errors.ts';
import { guardHosts } from './http/host-check.ts';
import { rememberAnswers } from './http/idempotency.ts';
import type { ApiContext, ApiOptions } from './http/options.ts';
import { addPage } from './http/page.ts';
import { answerBrokenRequests } from './http/raw-errors.ts';
import { addSecurityHeaders } from './http/security-headers.ts';
import type { ApiServer } from './http/server.ts';
import { guardStandby } from './http/standby.ts';
import { incidentRoutes } from './incidents/routes.ts';
import { leadershipRoutes } from './leadership/routes.ts';
import { limitRoutes } from './limits/routes.ts';
import { maintenanceRoutes } from './maintenance/routes.ts';
import { noticeNodeRoutes } from './notice-nodes/routes.ts';
import { noticeRoutes } from './notices/routes.ts';
import { operationRoutes } from './operations/routes.ts';
import { overrideRoutes } from './overrides/routes.ts';
import { routerRoutes } from './routers/routes.ts';
import { signalRoutes } from './signals/routes.ts';
import { siteRoutes } from './sites/routes.ts';
import { statusRoutes } from './status/routes.ts';
import { vantageRoutes } from './vantages/routes.ts';

/** Largest request body: a notice with a logo fits several times over. */
const bodyLimit = 64 * 1024;

/** Longest request line and headers together. */
const maxHeaderSize = 16 * 1024;

/** Connections at once; every stream of events holds one. */
const maxConnections = 512;

const resources = [
  statusRoutes,
  siteRoutes,
  overrideRoutes,
  freezeRoutes,
  noticeRoutes,
  noticeNodeRoutes,
  incidentRoutes,
  maintenanceRoutes,
  routerRoutes,
  limitRoutes,
  blockedSourceRoutes,
  brakeRoutes,
  leadershipRoutes,
  auditRoutes,
  eventRoutes,
  signalRoutes,
  vantageRoutes,
] as const;

function openServer(): ApiServer {
  const app = Fastify({
    bodyLimit,
    http: { maxHeaderSize },
    requestTimeout: 15 * second,
    connectionTimeout: 0,
    keepAliveTimeout: 30 * second,
    // Keep-alive connections must not hold up a gentle stop.
    forceCloseConnections: 'idle',
    return503OnClosing: true,
    genReqId: () => randomUUID(),
    clientErrorHandler: answerBrokenRequests,
    frameworkErrors: (error, _request, reply) => {
      sendProblem(reply, problemOf(error));
    },
  }).withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  // A page of another origin can send text/plain without asking first; nothing here takes it.
  app.removeContentTypeParser('text/plain');
  app.server.maxConnections = maxConnections;
  return app;
}

/** Opens the API, ready to listen or to be injected into. Closing it ends the streams of events first. */
export async function openApi(options: ApiOptions): Promise<FastifyInstance> {
  const context: ApiContext = { ...options, now: options.now ?? Date.now };
  const app = openServer();
  answerProblems(app, context.log);
  addSecurityHeaders(app);
  guardHosts(app, context.hostnames ?? []);
  guardRoutes(app, context);
  guardStandby(app, context);
  rememberAnswers(app, context.now);
  await addDocument(app, context.version);
  operationRoutes(app, context);
  await app.register(
    (api: ApiServer, _options, done) => {
      for (const register of resources) {
        register(api, context);
      }
      done();
    },
    { prefix: '/api/v1' },
  );
  await addPage(app, context.uiFolder);
  await app.ready();
  return app;
}
