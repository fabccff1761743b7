import { z } from 'zod';
import { noticeTextSchema, parseNoticeText } from '../config/notice-text-schema.ts';
import type { OrderMemory } from '../controller/certificate-orders.ts';
import type { NoticeVersion } from '../controller/control.ts';
import type { DrillRecord } from '../controller/drills.ts';
import type { PlannedWindow } from '../controller/maintenance.ts';
import type { Transcript } from '../controller/transcripts.ts';
import type { Alert } from '../core/command.ts';
import type { Incident } from '../core/incident.ts';
import { reasons } from '../core/reason.ts';
import { severities } from '../core/rule.ts';
import { deathWishes, type Site, siteModes } from '../core/site.ts';
import { noticeLimitsSchema } from '../notice/limits-schema.ts';
import type { NoticeLimits } from '../ports/notice-limits.ts';
import type { NoticeText } from '../ports/notice-text.ts';
import type { SnapshotBlock } from '../ports/snapshot.ts';

const text = z.string();
const texts = z.record(text, text);
const number = z.number();

const probe = z.object({
  name: text,
  type: z.enum(['http', 'https', 'tcp']),
  url: text.exactOptional(),
  port: number.exactOptional(),
  intervalMs: number,
  suspectIntervalMs: number,
  divertedIntervalMs: number,
  timeoutMs: number,
  rise: number,
  fall: number,
  expect: z.object({
    status: z.array(z.tuple([number, number])),
    body: text.exactOptional(),
  }),
});

const site = z.object({
  name: text,
  title: texts,
  hostnames: z.array(text),
  addresses: z.array(text),
  routers: z.array(text),
  mode: z.enum(siteModes),
  origin: z
    .object({
      address: text.exactOptional(),
      sourceAddress: text.exactOptional(),
      passThrough: z
        .object({ address: text, http: number, https: number, proxyProtocol: z.boolean() })
        .exactOptional(),
    })
    .exactOptional(),
  probes: z.array(probe),
  labels: texts,
  sharedAddress: z.union([z.literal('any'), z.literal('all'), z.object({ share: number })]),
  noticeStatus: number,
  onDeath: z.enum(deathWishes).exactOptional(),
  owner: z.literal('api'),
});

const window = z.object({
  id: text,
  sites: z.array(text),
  reason: text,
  divert: z.boolean(),
  owner: text,
  startsAt: number.exactOptional(),
  endsAt: number.exactOptional(),
  cron: text.exactOptional(),
  durationMs: number.exactOptional(),
  timeZone: text.exactOptional(),
});

const incident = z.object({
  id: text,
  sites: z.array(text),
  cause: text,
  severity: z.enum(severities),
  openedAt: number,
  closedAt: number.exactOptional(),
  acknowledgedBy: text.exactOptional(),
  isWave: z.literal(true).exactOptional(),
  toldDiverted: number.exactOptional(),
  timeline: z.array(z.object({ at: number, reason: z.enum(reasons), text })),
});

const alert = z.object({
  key: text,
  severity: z.enum(severities),
  reason: z.enum(reasons),
  site: text.exactOptional(),
  router: text.exactOptional(),
  incident: text.exactOptional(),
  text,
  at: number,
  isResolved: z.literal(false),
});

const orders = z.object({
  placedAt: z.array(number),
  failed: z.record(text, z.object({ failures: z.int().nonnegative(), lastAt: number })),
  issuedAt: z.record(text, number),
});

/** Orders of certificates as they were stored; undefined when the document holds none. */
export function storedOrders(value: unknown): OrderMemory | undefined {
  return orders.safeParse(value).data;
}

const blocks = z.array(z.object({ source: text, until: number }));

/** Blocked sources as they were stored; undefined when the document holds none. */
export function storedBlocks(value: unknown): readonly SnapshotBlock[] | undefined {
  return blocks.safeParse(value).data;
}

const drill = z.object({
  router: text,
  address: text,
  owner: text,
  startedAt: number,
  endedAt: number,
  isPassed: z.boolean(),
  steps: z.array(
    z.object({
      step: z.enum(['divert', 'restore']),
      isPassed: z.boolean(),
      tookMs: number,
      detail: text,
    }),
  ),
});

/** A drill as it was stored; undefined when the document is none. */
export function storedDrill(value: unknown): DrillRecord | undefined {
  return drill.safeParse(value).data;
}

const transcripts = z.object({
  transcripts: z.array(z.object({ at: number, router: text, operation: text, result: text, text })),
});

/** Transcripts of an incident as they were stored; undefined when the document holds none. */
export function storedTranscripts(value: unknown): readonly Transcript[] | undefined {
  return transcripts.safeParse(value).data?.transcripts;
}

/** An alert that stood when it was stored; undefined when the document is not one. */
export function storedAlert(value: unknown): Alert | undefined {
  return alert.safeParse(value).data;
}

export function storedIncident(value: unknown): Incident | undefined {
  return incident.safeParse(value).data;
}

/** A site as the API stored it; undefined when the document is not one. */
export function storedSite(value: unknown): Site | undefined {
  return site.safeParse(value).data;
}

export function storedLimits(value: unknown): NoticeLimits | undefined {
  return noticeLimitsSchema.loose().safeParse(value).data;
}

export function storedWindow(value: unknown): PlannedWindow | undefined {
  return window.safeParse(value).data;
}

const history = z.object({
  versions: z.array(
    z.object({ version: number, at: number, author: text, text: noticeTextSchema }),
  ),
});

/** The versions of a notice's words, as the store keeps them. */
export function storedHistory(value: unknown): readonly NoticeVersion[] | undefined {
  return history.safeParse(value).data?.versions;
}

export function storedText(value: unknown): NoticeText | undefined {
  try {
    return parseNoticeText(value);
  } catch {
    return undefined;
  }
}
