import { z } from 'zod';
import { diversionOf } from '../../core/phase.ts';
import type { State } from '../../core/state.ts';
import type { NoticeText } from '../../ports/notice-text.ts';
import { timeOrNull } from '../http/fields.ts';
import type { ApiContext } from '../http/options.ts';
import { refusal } from '../http/problem.ts';
import { type ApiServer, ownerOf } from '../http/server.ts';
import { siteParams } from '../sites/schema.ts';
import { findSite } from '../sites/view.ts';
import {
  type NoticeInput,
  type NoticeView,
  noticeInputSchema,
  noticeViewSchema,
  previewQuery,
} from './schema.ts';

/** What a browser may do with a preview that somebody opens by itself: show it, nothing else. */
const previewPolicy = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:";

function noticeView(state: State, name: string, text: NoticeText): NoticeView {
  const { spec, site } = findSite(state, name);
  const diversion = diversionOf(site.phase);
  return {
    site: name,
    status: spec.noticeStatus,
    cause: diversion?.cause ?? null,
    since: timeOrNull(diversion?.failureSeenAt),
    expectedRecoveryAt: timeOrNull(site.expectedRecoveryAt ?? text.expectedRecoveryAt),
    message: text.message ?? null,
    contact: text.contact ?? null,
    links: (text.links ?? []).map(({ url, label }) => ({ url, label })),
    logo: text.logo ?? null,
  };
}

function recoveryOf(input: NoticeInput, now: number): number | undefined {
  if (input.expectedRecoveryAt === undefined || input.expectedRecoveryAt === null) {
    return undefined;
  }
  const at = Date.parse(input.expectedRecoveryAt);
  if (at <= now) {
    throw refusal(
      '/body/expectedRecoveryAt',
      'A time that has passed is no promise; give one to come.',
    );
  }
  return at;
}

function textOf(input: NoticeInput, expectedRecoveryAt: number | undefined): NoticeText {
  const { expectedRecoveryAt: _, ...words } = input;
  return { ...words, ...(expectedRecoveryAt === undefined ? {} : { expectedRecoveryAt }) };
}

/** Routes of a site's notice. */
export function noticeRoutes(app: ApiServer, context: ApiContext): void {
  const { control, notices, now } = context;
  app.get(
    '/sites/:site/notice',
    {
      schema: {
        operationId: 'getNotice',
        tags: ['notices'],
        summary: 'The words of a notice and the facts in it.',
        params: siteParams,
        response: { 200: noticeViewSchema },
      },
    },
    async ({ params: { site } }) => {
      findSite(control.state(), site);
      return noticeView(control.state(), site, await notices.text(site));
    },
  );
  app.put(
    '/sites/:site/notice',
    {
      schema: {
        operationId: 'setNotice',
        tags: ['notices'],
        summary: 'Change the words of a notice and its expected recovery.',
        description: 'A notice that visitors see now is published again at once.',
        params: siteParams,
        body: noticeInputSchema,
        response: { 200: noticeViewSchema },
      },
    },
    async (request) => {
      const { site } = request.params;
      const owner = ownerOf(request);
      findSite(control.state(), site);
      const at = recoveryOf(request.body, now());
      await notices.setText(site, textOf(request.body, at), owner);
      return noticeView(control.state(), site, await notices.text(site));
    },
  );
  previewRoute(app, context);
}

function previewRoute(app: ApiServer, { control, notices }: ApiContext): void {
  const schema = z.string();
  app.get(
    '/sites/:site/notice/preview',
    {
      schema: {
        operationId: 'previewNotice',
        tags: ['notices'],
        summary: 'The notice as a visitor would get it.',
        description: 'Answers 200; the header Detour-Notice-Status has the status a visitor gets.',
        params: siteParams,
        querystring: previewQuery,
        response: {
          200: {
            description: 'The notice itself.',
            content: {
              'text/html': { schema },
              'application/problem+json': { schema },
              'text/plain': { schema },
            },
          },
        },
      },
    },
    async ({ params: { site }, query: { language, format } }, reply) => {
      findSite(control.state(), site);
      const notice = await notices.preview(site, language, format);
      return reply
        .header('content-security-policy', previewPolicy)
        .header('detour-notice-status', String(notice.status))
        .type(notice.contentType)
        .serializer((body: unknown) => String(body))
        .send(notice.body);
    },
  );
}
