import type { ApiServer } from './server.ts';

/** Headers on every answer: nothing is cached, framed, sniffed or told to other sites. */
export const securityHeaders: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-store',
};

/** What an answer of the API may load if a browser shows it: nothing. */
export const apiContentPolicy = "default-src 'none'; frame-ancestors 'none'";

/** What the page may load: its own files. Inline styles are for the preview of a notice, whose frame inherits this policy. */
export const pageContentPolicy =
  "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** Sets the security headers before anything can answer. */
export function addSecurityHeaders(app: ApiServer): void {
  app.addHook('onRequest', async (_request, reply) => {
    reply.headers({ ...securityHeaders, 'content-security-policy': apiContentPolicy });
  });
}
