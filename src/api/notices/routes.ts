import { z } from 'zod';
import type { NoticeVersion } from '../../controller/control.ts';
import { diversionOf } from '../../core/phase.ts';
import type { State } from '../../core/state.ts';
import type { RenderedNotice } from '../../ports/notice-publisher.ts';
import { massTextName, type NoticeText } from '../../ports/notice-text.ts';
import { timeOf, timeOrNull } from '../http/fields.ts';
import type { ApiContext } from '../http/options.ts';
import { refusal } from '../http/problem.ts';
import { type ApiServer, ownerOf } from '../http/server.ts';
import { siteParams } from '../sites/schema.ts';
import { findSite } from '../sites/view.ts';
import { noticeBodyLimit, withFittingLogo } from './logo.ts';
import {
  type NoticeHistoryView,
  type NoticeInput,
  type NoticeView,
  noticeHistorySchema,
  noticeInputSchema,
  noticeViewSchema,
  previewQuery,
  rollbackSchema,
  type SharedText,
  sharedTextSchema,
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
    expectedRecoveryAt: timeOrNull(site.expectedRecoveryAt),
    ...wordsView(text),
  };
}

function wordsView(text: NoticeText): Pick<SharedText, 'message' | 'contact' | 'links' | 'logo'> {
  return {
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

/** The words of a request as they may be kept and shown. Throws a refusal for what cannot be. */
async function textOf(input: NoticeInput, context: ApiContext): Promise<NoticeText> {
  const { expectedRecoveryAt: _, ...words } = input;
  const at = recoveryOf(input, context.now());
  const text = { ...words, ...(at === undefined ? {} : { expectedRecoveryAt: at }) };
  return await withFittingLogo(text, context);
}

/** Routes of a site's notice. */
export function noticeRoutes(app: ApiServer, context: ApiContext): void {
  const { control, notices } = context;
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
      bodyLimit: noticeBodyLimit,
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
      await notices.setText(site, await textOf(request.body, context), owner);
      return noticeView(control.state(), site, await notices.text(site));
    },
  );
  previewRoutes(app, context);
  historyRoutes(app, context);
  massNoticeRoutes(app, context);
}

function versionView({
  version,
  at,
  author,
  text,
}: NoticeVersion): NoticeHistoryView['versions'][number] {
  const expectedRecoveryAt = timeOrNull(text.expectedRecoveryAt);
  return { version, at: timeOf(at), author, ...wordsView(text), expectedRecoveryAt };
}

/** Words as they were, without a promise that has passed since. */
function still({ expectedRecoveryAt: at, ...words }: NoticeText, now: number): NoticeText {
  return at === undefined || at <= now ? words : { ...words, expectedRecoveryAt: at };
}

function historyRoutes(app: ApiServer, { control, notices, now }: ApiContext): void {
  app.get(
    '/sites/:site/notice/history',
    {
      schema: {
        operationId: 'listNoticeVersions',
        tags: ['notices'],
        summary: 'Earlier words of a notice, newest first.',
        params: siteParams,
        response: { 200: noticeHistorySchema },
      },
    },
    async ({ params: { site } }) => {
      findSite(control.state(), site);
      return { versions: (await notices.history(site)).map(versionView) };
    },
  );
  app.post(
    '/sites/:site/notice/rollback',
    {
      schema: {
        operationId: 'rollBackNotice',
        tags: ['notices'],
        summary: 'Take earlier words of a notice again.',
        description:
          'They become the newest version; an expected recovery that has passed is left out.',
        params: siteParams,
        body: rollbackSchema,
        response: { 200: noticeViewSchema },
      },
    },
    async (request) => {
      const { site } = request.params;
      findSite(control.state(), site);
      const versions = await notices.history(site);
      const wanted = versions.find(({ version }) => version === request.body.version);
      if (wanted === undefined) {
        const known = versions.map(({ version }) => version).join(', ') || 'none yet';
        throw refusal('/body/version', `There is no such version. Versions kept: ${known}.`);
      }
      await notices.setText(site, still(wanted.text, now()), ownerOf(request));
      return noticeView(control.state(), site, await notices.text(site));
    },
  );
}

function sharedView(text: NoticeText): SharedText {
  return { ...wordsView(text), expectedRecoveryAt: timeOrNull(text.expectedRecoveryAt) };
}

function massNoticeRoutes(app: ApiServer, context: ApiContext): void {
  const { notices } = context;
  app.get(
    '/mass-notice',
    {
      schema: {
        operationId: 'getMassNotice',
        tags: ['notices'],
        summary: 'The words that all notices of a mass incident share.',
        response: { 200: sharedTextSchema },
      },
    },
    async () => sharedView(await notices.text(massTextName)),
  );
  app.put(
    '/mass-notice',
    {
      bodyLimit: noticeBodyLimit,
      schema: {
        operationId: 'setMassNotice',
        tags: ['notices'],
        summary: 'Change the words that all notices of a mass incident share.',
        description:
          'Notices of a mass incident that visitors see now are published again at once.',
        body: noticeInputSchema,
        response: { 200: sharedTextSchema },
      },
    },
    async (request) => {
      const text = await textOf(request.body, context);
      await notices.setText(massTextName, text, ownerOf(request));
      return sharedView(await notices.text(massTextName));
    },
  );
}

const anyForm = z.string();

const previewAnswer = {
  200: {
    description: 'The notice itself.',
    content: {
      'text/html': { schema: anyForm },
      'application/problem+json': { schema: anyForm },
      'text/plain': { schema: anyForm },
    },
  },
} as const;

const previewWords =
  'Answers 200; Detour-Notice-Status has the status a visitor gets, Detour-Notice-Size the bytes of the body on the wire.';

/** What the headers of a preview say of the notice in it. */
function previewHeaders({ status, wireBytes }: RenderedNotice): Record<string, string> {
  return {
    'content-security-policy': previewPolicy,
    'detour-notice-status': String(status),
    'detour-notice-size': String(wireBytes),
  };
}

function previewRoutes(app: ApiServer, context: ApiContext): void {
  const { control, notices } = context;
  app.get(
    '/sites/:site/notice/preview',
    {
      schema: {
        operationId: 'previewNotice',
        tags: ['notices'],
        summary: 'The notice as a visitor would get it.',
        description: previewWords,
        params: siteParams,
        querystring: previewQuery,
        response: previewAnswer,
      },
    },
    async ({ params: { site }, query: { language, format, template: kind } }, reply) => {
      findSite(control.state(), site);
      const chosen = kind === undefined ? {} : { kind };
      const notice = await notices.preview(site, { language, format, ...chosen });
      return reply
        .headers(previewHeaders(notice))
        .type(notice.contentType)
        .serializer((body: unknown) => String(body))
        .send(notice.body);
    },
  );
  app.post(
    '/sites/:site/notice/preview',
    {
      bodyLimit: noticeBodyLimit,
      schema: {
        operationId: 'previewNoticeWords',
        tags: ['notices'],
        summary: 'The notice as a visitor would get it in words that are not saved.',
        description: previewWords,
        params: siteParams,
        querystring: previewQuery,
        body: noticeInputSchema,
        response: previewAnswer,
      },
    },
    async (request, reply) => {
      const { site } = request.params;
      const { language, format, template: kind } = request.query;
      findSite(control.state(), site);
      const text = await textOf(request.body, context);
      const chosen = kind === undefined ? {} : { kind };
      const notice = await notices.preview(site, { language, format, text, ...chosen });
      return reply
        .headers(previewHeaders(notice))
        .type(notice.contentType)
        .serializer((body: unknown) => String(body))
        .send(notice.body);
    },
  );
}
