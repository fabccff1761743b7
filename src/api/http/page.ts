import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import { pageContentPolicy } from './security-headers.ts';
import type { ApiServer } from './server.ts';

const withoutPage = `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Detour</title>
<p>Detour runs, but its page was not built. Run <code>npm run build:ui</code>, or use <code>detour status</code> and <a href="/openapi.json">the API</a>.</p>
</html>
`;

/** Serves the operators' page at `/`, or a hint where it was not built. */
export async function addPage(app: ApiServer, folder: string | undefined): Promise<void> {
  if (folder === undefined || !existsSync(join(folder, 'index.html'))) {
    app.get('/', { schema: { hide: true } }, (_request, reply) =>
      reply.type('text/html; charset=utf-8').send(withoutPage),
    );
    return;
  }
  await app.register(fastifyStatic, {
    root: folder,
    prefix: '/',
    index: 'index.html',
    cacheControl: false,
    dotfiles: 'ignore',
    setHeaders: (reply, path) => {
      reply.header('content-security-policy', pageContentPolicy);
      const isHashed = path.includes('/assets/');
      reply.header('cache-control', isHashed ? 'public, max-age=31536000, immutable' : 'no-cache');
    },
  });
}
