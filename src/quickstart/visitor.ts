import type { KeyObject } from 'node:crypto';
import { Agent, get } from 'node:http';
import { readMarker } from '../lib/marker.ts';
import { markerHeader } from '../ports/snapshot.ts';
import { samplePage } from './sample-site.ts';

/** What a visitor of a site meets at its address. */
export type Sight =
  | { readonly kind: 'site' }
  /** A notice with a marker whose signature holds. */
  | { readonly kind: 'notice'; readonly site: string; readonly generation: number }
  | { readonly kind: 'other' | 'nothing'; readonly detail: string };

export interface VisitedSite {
  readonly name: string;
  readonly hostname: string;
  readonly address: string;
  readonly port: number;
}

/** A person gives up later than this; a look that hangs must give way to the next one. */
const lookMs = 1_000;

/** A fresh connection for each look, as each new visitor brings one. */
const agent = new Agent({ keepAlive: false });

interface Answer {
  readonly status: number;
  readonly marker: string | undefined;
  readonly body: string;
}

function fetchPage({ hostname, address, port }: VisitedSite): Promise<Answer> {
  const signal = AbortSignal.timeout(lookMs);
  return new Promise((resolve, reject) => {
    get(
      { host: address, port, path: '/', headers: { host: hostname }, agent, signal },
      (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('error', reject);
        response.on('end', () => {
          const marker = response.headers[markerHeader.toLowerCase()];
          resolve({
            status: response.statusCode ?? 0,
            marker: typeof marker === 'string' ? marker : undefined,
            body: Buffer.concat(parts).toString(),
          });
        });
      },
    ).on('error', reject);
  });
}

/** Visits a site once, over TCP and HTTP, at its own address. Never rejects. */
export async function visit(site: VisitedSite, markerKey: KeyObject): Promise<Sight> {
  let answer: Answer;
  try {
    answer = await fetchPage(site);
  } catch (error) {
    return { kind: 'nothing', detail: error instanceof Error ? error.message : String(error) };
  }
  const marker = answer.marker === undefined ? undefined : readMarker(answer.marker, markerKey);
  if (marker !== undefined) {
    return { kind: 'notice', ...marker };
  }
  return answer.status === 200 && answer.body === samplePage(site.name)
    ? { kind: 'site' }
    : { kind: 'other', detail: `status ${answer.status}` };
}
