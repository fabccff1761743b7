import { toldText } from '../../core/record-told.ts';
import { second } from '../../lib/time.ts';
import type { AuditRecord } from '../../ports/journal.ts';
import { timeOf } from '../http/fields.ts';
import type { ApiContext } from '../http/options.ts';
import type { ApiServer } from '../http/server.ts';
import {
  type AuditRecordView,
  type AuditVerdict,
  auditListSchema,
  auditQuery,
  auditVerdictSchema,
} from './schema.ts';

/** Walking the chain stops the event loop, so it is done at most this often, whoever asks. */
const verifyEveryMs = 10 * second;

/** An audit entry as the API shows it. */
export function auditRecordView(record: AuditRecord): AuditRecordView {
  const { seq, actor, reason, text, previousHash, hash } = record;
  return {
    seq,
    at: timeOf(record.at),
    actor,
    reason,
    site: record.site ?? null,
    router: record.router ?? null,
    incident: record.incident ?? null,
    generation: record.generation ?? null,
    text,
    told: toldText(reason, text),
    previousHash,
    hash,
  };
}

function verify({ journal, now }: ApiContext): AuditVerdict {
  const newest = journal.audit({ limit: 1 })[0];
  const broken = journal.verifyAudit();
  return {
    isIntact: broken === undefined,
    verifiedAt: timeOf(now()),
    newest: newest === undefined ? null : { seq: newest.seq, hash: newest.hash },
    broken: broken === undefined ? null : { seq: broken.seq, problem: broken.problem },
  };
}

/** Routes of the audit. */
export function auditRoutes(app: ApiServer, context: ApiContext): void {
  app.get(
    '/audit',
    {
      schema: {
        operationId: 'listAudit',
        tags: ['audit'],
        summary: 'Everything decided and ordered, newest first.',
        querystring: auditQuery,
        response: { 200: auditListSchema },
      },
    },
    ({ query: { limit, before, site } }) => ({
      records: context.journal
        .audit({
          limit,
          ...(before === undefined ? {} : { beforeSeq: before }),
          ...(site === undefined ? {} : { site }),
        })
        .map(auditRecordView),
    }),
  );
  let last: { readonly at: number; readonly verdict: AuditVerdict } | undefined;
  app.get(
    '/audit/verify',
    {
      schema: {
        operationId: 'verifyAudit',
        tags: ['audit'],
        summary: 'Walk the whole chain and say whether it holds.',
        description: 'Within 10 s the same verdict is given again.',
        response: { 200: auditVerdictSchema },
      },
    },
    () => {
      if (last === undefined || context.now() - last.at >= verifyEveryMs) {
        last = { at: context.now(), verdict: verify(context) };
      }
      return last.verdict;
    },
  );
}
