import type { ServerResponse } from 'node:http';
import { auditRecordView } from '../audit/routes.ts';
import { timeOf } from '../http/fields.ts';
import type { KeptNews } from './news-ring.ts';
import type { News } from './schema.ts';

/** A client that has this much unread is cut off; it comes back and replays. */
export const maxUnreadBytes = 1024 * 1024;

/** A comment this often keeps proxies from closing a quiet stream and shows a dead client. */
export const heartbeatMs = 15_000;

/** How long a client waits before it comes back, in milliseconds. */
const retryMs = 2_000;

/** Writes one event (WHATWG HTML, server-sent events); JSON has no line breaks of its own. */
export function eventText(id: string, data: News): string {
  return `id: ${id}\nevent: ${data.kind}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** A piece of news as the stream shows it. */
export function newsText({ id, news }: KeptNews): string {
  const { kind, key, at, audit } = news;
  return eventText(id, {
    kind,
    key,
    at: timeOf(at),
    audit: audit === undefined ? null : auditRecordView(audit),
  });
}

/** One client of the stream. */
export interface StreamClient {
  write(text: string): void;
  end(): void;
}

/** Opens the stream on a raw response. */
export function openStream(
  raw: ServerResponse,
  headers: Readonly<Record<string, string>>,
): StreamClient {
  raw.writeHead(200, {
    ...headers,
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  });
  raw.write(`retry: ${retryMs}\n\n`);
  return {
    write: (text): void => {
      if (raw.writableLength > maxUnreadBytes) {
        raw.destroy();
        return;
      }
      raw.write(text);
    },
    end: (): void => {
      raw.end();
    },
  };
}
