/** One way in which a visitor's secret reaches a server. */
export interface Leak {
  readonly bytes: string;
  readonly isTls: boolean;
}

const canaryForm = /canary[0-9a-z]+x/g;

/** The secrets in a text, each by the way it came in. */
export function canaryIn(text: string): readonly string[] {
  return [...new Set(text.match(canaryForm))];
}

type Way = readonly [name: string, request: (secret: string) => string];

/** A password or cookie in every place of a request, sound and broken; each way has a secret of its own. */
function ways(host: string): readonly Way[] {
  const head = (line: string, ...fields: readonly string[]): string =>
    [line, `Host: ${host}`, ...fields, '', ''].join('\r\n');
  const post = (type: string, body: string): string =>
    head('POST /login HTTP/1.1', `Content-Type: ${type}`, `Content-Length: ${body.length}`) + body;
  return [
    ['cookie', (secret) => head('GET / HTTP/1.1', `Cookie: session=${secret}; b=${secret}`)],
    ['basic', (secret) => head('GET / HTTP/1.1', `Authorization: Basic ${secret}`)],
    ['proxyauth', (secret) => head('GET / HTTP/1.1', `Proxy-Authorization: Bearer ${secret}`)],
    ['own', (secret) => head('GET / HTTP/1.1', `X-Api-Key: ${secret}`)],
    ['referer', (secret) => head('GET / HTTP/1.1', `Referer: http://${host}/?token=${secret}`)],
    ['forwarded', (secret) => head('GET / HTTP/1.1', `X-Forwarded-For: ${secret}`)],
    ['path', (secret) => head(`GET /reset/${secret} HTTP/1.1`)],
    ['query', (secret) => head(`GET /robots.txt?token=${secret} HTTP/1.1`)],
    ['userinfo', (secret) => head(`GET http://user:${secret}@${host}/ HTTP/1.1`)],
    ['absolute', (secret) => head(`GET http://${host}/${secret} HTTP/1.1`)],
    ['acme', (secret) => head(`GET /.well-known/acme-challenge/${secret} HTTP/1.1`)],
    ['form', (secret) => post('application/x-www-form-urlencoded', `password=${secret}`)],
    ['json', (secret) => post('application/json', `{"password":"${secret}"}`)],
    [
      'upload',
      (secret) => post('multipart/form-data; boundary=b', `--b\r\n\r\n${secret}\r\n--b--`),
    ],
    ['long', (secret) => post('text/plain', secret.repeat(1_000))],
    [
      'chunked',
      (secret) =>
        `${head('POST / HTTP/1.1', 'Transfer-Encoding: chunked')}${secret.length.toString(16)}\r\n${secret}\r\n0\r\n\r\n`,
    ],
    [
      'pipelined',
      (secret) =>
        head('GET / HTTP/1.1', `Cookie: a=${secret}`) +
        head('GET / HTTP/1.1', `Cookie: b=${secret}`) +
        post('text/plain', secret),
    ],
    ['method', (secret) => head(`${secret} / HTTP/1.1`)],
    ['version', (secret) => head(`GET / ${secret}`)],
    ['noline', (secret) => `${secret}\r\n\r\n`],
    ['nocolon', (secret) => head('GET / HTTP/1.1', secret)],
    ['folded', (secret) => head('GET / HTTP/1.1', 'X: y', ` ${secret}`)],
    ['doublehost', (secret) => head('GET / HTTP/1.1', `Host: ${secret}`)],
    [
      'smuggled',
      (secret) => head('POST / HTTP/1.1', 'Content-Length: 4', `Content-Length: ${secret}`),
    ],
    ['fields', (secret) => head('GET / HTTP/1.1', `X: ${secret.repeat(2_000)}`)],
    ['line', (secret) => head(`GET /${secret.repeat(1_000)} HTTP/1.1`)],
    [
      'upgrade',
      (secret) => head('GET / HTTP/1.1', 'Upgrade: websocket', `Sec-WebSocket-Key: ${secret}`),
    ],
    ['trace', (secret) => head('TRACE / HTTP/1.1', `Cookie: c=${secret}`)],
    ['old', (secret) => `GET / HTTP/1.0\r\nCookie: d=${secret}\r\n\r\n`],
  ];
}

/** Every way, over plain HTTP and over TLS. */
export function leakyRequests(host: string): readonly Leak[] {
  return [false, true].flatMap((isTls) =>
    ways(host).map(([name, request]) => ({
      bytes: request(`canary${name}${isTls ? 'tls' : 'plain'}x`),
      isTls,
    })),
  );
}
