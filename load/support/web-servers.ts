import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { CertificateFiles } from './notice-host.ts';
import { freePort, ServerProcess } from './server-process.ts';

export interface ServedBytes {
  readonly body: Buffer;
  /** Header fields beside those that every server sends by itself. */
  readonly fields: Readonly<Record<string, string>>;
}

/** Starts Debian's nginx with one worker and ready files, tuned as its own manual advises for static files. */
export async function startNginx(
  folder: string,
  { body, fields }: ServedBytes,
  { certificate, key }: CertificateFiles,
): Promise<ServerProcess> {
  const root = path.join(folder, 'nginx');
  await mkdir(root, { recursive: true });
  await writeFile(path.join(root, 'page'), body);
  const [port, securePort] = [await freePort(), await freePort()];
  const headers = Object.entries(fields)
    .filter(([name]) => name !== 'content-type')
    .map(([name, value]) => `add_header ${name} "${value.replaceAll('"', '\\"')}" always;`);
  const file = path.join(root, 'nginx.conf');
  await writeFile(
    file,
    `daemon off; worker_processes 1; pid ${root}/pid; error_log /dev/null;
events { worker_connections 4096; }
http {
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000; keepalive_timeout 60;
  open_file_cache max=100; default_type "${fields['content-type'] ?? 'text/html'}";
  client_body_temp_path ${root}; proxy_temp_path ${root}; fastcgi_temp_path ${root}; uwsgi_temp_path ${root}; scgi_temp_path ${root};
  server {
    listen 127.0.0.1:${port} backlog=4096; listen 127.0.0.1:${securePort} ssl backlog=4096; root ${root};
    ssl_certificate ${certificate}; ssl_certificate_key ${key}; ssl_protocols TLSv1.3;
    location / { ${headers.join(' ')} try_files /page =404; }
  }
}
`,
  );
  const server = new ServerProcess(['nginx', '-c', file, '-e', '/dev/null'], port, {
    isAhead: true,
    securePort,
  });
  await server.untilReady();
  return server;
}

/** Paths of the published page: a document and five objects. */
export const publishedPaths = ['/', '/1.css', '/2.js', '/3.png', '/4.png', '/5.png'] as const;

/** Each object of the published page. The publication names only their number; 12 kB is the size of our own page, uncompressed. */
const objectBytes = 12_000;

/** Starts Debian's Apache (event) with the published page of six objects. */
export async function startApache(folder: string): Promise<ServerProcess> {
  const root = path.join(folder, 'apache');
  await mkdir(path.join(root, 'www'), { recursive: true });
  for (const name of publishedPaths.map((one) => (one === '/' ? '/index.html' : one))) {
    await writeFile(path.join(root, 'www', name), Buffer.alloc(objectBytes, 'x'));
  }
  const port = await freePort();
  const file = path.join(root, 'apache.conf');
  const modules = '/usr/lib/apache2/modules';
  await writeFile(
    file,
    `ServerRoot ${root}
LoadModule mpm_event_module ${modules}/mod_mpm_event.so
LoadModule authz_core_module ${modules}/mod_authz_core.so
LoadModule dir_module ${modules}/mod_dir.so
LoadModule mime_module ${modules}/mod_mime.so
TypesConfig /etc/mime.types
ServerName localhost
Listen 127.0.0.1:${port}
PidFile ${root}/pid
ErrorLog /dev/null
DocumentRoot ${root}/www
DirectoryIndex index.html
KeepAlive On
MaxKeepAliveRequests 0
<Directory ${root}/www>
  Require all granted
</Directory>
`,
  );
  const server = new ServerProcess(['apache2', '-f', file, '-DFOREGROUND'], port, {
    isAhead: true,
  });
  await server.untilReady();
  return server;
}
