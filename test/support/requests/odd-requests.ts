/** What becomes of a request: a notice with the connection kept or ended, or a refusal, which always ends it. */
export type Fate = 'kept' | 'ended' | 400 | 414 | 431;

/** One request that is broken, or odd and yet allowed. */
export interface OddRequest {
  /** The section that settles it, then what is odd. */
  readonly name: string;
  readonly bytes: Buffer;
  readonly fate: Fate;
}

const host = 'Host: home01.example.kr\r\n';

function odd(name: string, text: string, fate: Fate): OddRequest {
  return { name, bytes: Buffer.from(text, 'latin1'), fate };
}

const withLine = (line: string): string => `${line}\r\n${host}\r\n`;
const withFields = (fields: string): string => `GET / HTTP/1.1\r\n${host}${fields}\r\n\r\n`;
const withHost = (value: string): string => `GET / HTTP/1.1\r\nHost:${value}\r\n\r\n`;
const hex = (byte: number): string => `0x${byte.toString(16).padStart(2, '0')}`;
const range = (from: number, to: number): readonly number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);

const controls = [...range(0x00, 0x1f), 0x7f];
const delimiters = [...Buffer.from('"(),/:;<=>?@[\\]{}')];
const marks = [...Buffer.from("!#$%&'*+-.^_`|~")];
const rawBytes = range(0x80, 0x9f);
const tab = 0x09;
const colon = 0x3a;

/** RFC 9112 2.2, 3 and 5.1, RFC 9110 5.5 and 5.6.2: every byte that has no business in a place, in that place. */
const bytesOutOfPlace: readonly OddRequest[] = [
  ...controls.flatMap((byte) => {
    const it = String.fromCharCode(byte);
    return [
      odd(`9110 9.1: ${hex(byte)} in the method`, withLine(`G${it}ET / HTTP/1.1`), 400),
      odd(`9112 3.2: ${hex(byte)} in the target`, withLine(`GET /a${it}b HTTP/1.1`), 400),
      odd(`9112 2.3: ${hex(byte)} in the version`, withLine(`GET / HTTP/1${it}.1`), 400),
      odd(`9110 5.1: ${hex(byte)} in a field name`, withFields(`X${it}A: b`), 400),
      odd(
        `9110 5.5: ${hex(byte)} in a value`,
        withFields(`X: a${it}b`),
        byte === tab ? 'kept' : 400,
      ),
      odd(`9110 7.2: ${hex(byte)} in Host`, withHost(` home01${it}.example.kr`), 400),
    ];
  }),
  ...delimiters.flatMap((byte) => {
    const it = String.fromCharCode(byte);
    return [
      odd(`9110 5.6.2: ${it} in the method`, withLine(`G${it}ET / HTTP/1.1`), 400),
      odd(`9110 5.1: ${it} in a name`, withFields(`X${it}A: b`), byte === colon ? 'kept' : 400),
    ];
  }),
  ...marks.flatMap((byte) => {
    const it = String.fromCharCode(byte);
    return [
      odd(`9110 5.6.2: ${it} in the method`, withLine(`G${it}ET / HTTP/1.1`), 'ended'),
      odd(`9110 5.1: ${it} in a field name`, withFields(`X${it}A: b`), 'kept'),
    ];
  }),
  ...rawBytes.flatMap((byte) => {
    const it = String.fromCharCode(byte);
    return [
      odd(`9110 5.5: ${hex(byte)} in a value`, withFields(`X: ${it}`), 'kept'),
      odd(`9110 5.1: ${hex(byte)} in a field name`, withFields(`X${it}: a`), 400),
      odd(`9110 7.2: ${hex(byte)} in Host`, withHost(` ${it}.kr`), 400),
      odd(`9110 9.1: ${hex(byte)} in the method`, withLine(`${it}GET / HTTP/1.1`), 400),
    ];
  }),
];

const badVersions = [
  ...['HTTP/0.9', 'HTTP/2.0', 'HTTP/3.0', 'HTTP/1', 'HTTP/1.', 'HTTP/1.10', 'HTTP/11.1', 'HTTP/.1'],
  ...['http/1.1', 'Http/1.1', 'HTTPS/1.1', 'HTTP /1.1', 'HTTP/1 .1', 'HTTP/1.1 ', ' HTTP/1.1', ''],
  ...[
    'HTTP/1.a',
    'HTTP/-1.1',
    'HTTP\\1.1',
    'ICY/1.0',
    'RTSP/1.0',
    'SIP/2.0',
    'HTTP/1,1',
    'HTTP/+1.1',
  ],
  ...['HTTP/1.1.1', 'HTTP/1.1;x', 'HTTP/1.1 x', 'HTTP', '1.1', 'HTTP/\xb9.1', 'HTTP/1.\xb9'],
];
const laterVersions = range(2, 9).map((minor) => `HTTP/1.${minor}`);

/** RFC 9112 2.3 and 3, RFC 9110 2.5. */
const requestLines: readonly OddRequest[] = [
  ...badVersions.map((version) =>
    odd(`9112 2.3: version "${version}"`, withLine(`GET / ${version}`), 400),
  ),
  ...laterVersions.map((version) =>
    odd(`9110 2.5: version ${version}`, withLine(`GET / ${version}`), 'kept'),
  ),
  ...['GET', 'GET ', 'GET /', 'GET / ', ' GET / HTTP/1.1', '\tGET / HTTP/1.1', '/ HTTP/1.1'].map(
    (line) => odd(`9112 3: request line "${line}"`, withLine(line), 400),
  ),
  ...['GET  / HTTP/1.1', 'GET /  HTTP/1.1', 'GET /a b HTTP/1.1', 'GET\t/ HTTP/1.1'].map((line) =>
    odd(`9112 3: blanks in "${line}"`, withLine(line), 400),
  ),
  ...['HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].map((method) =>
    odd(`9110 9.3: ${method} without a body`, withLine(`${method} / HTTP/1.1`), 'kept'),
  ),
  ...[
    'TRACE',
    'PROPFIND',
    'MKCOL',
    'LOCK',
    'SEARCH',
    'REPORT',
    'PURGE',
    'QUERY',
    'BREW',
    'get',
  ].map((method) => odd(`9110 9.1: ${method}`, withLine(`${method} / HTTP/1.1`), 'ended')),
  odd('9112 2.2: one empty line before', `\r\n${withLine('GET / HTTP/1.1')}`, 'kept'),
  odd('9112 2.2: two empty lines before', `\r\n\r\n${withLine('GET / HTTP/1.1')}`, 400),
  odd('9112 2.2: a bare LF before', `\n${withLine('GET / HTTP/1.1')}`, 400),
  odd('9112 2.2: bare LF as line end', 'GET / HTTP/1.1\nHost: a.kr\n\n', 400),
  odd('9112 2.2: bare LF after the request line', `GET / HTTP/1.1\n${host}\r\n`, 400),
  odd('9112 2.2: bare LF after a field', 'GET / HTTP/1.1\r\nHost: a.kr\n\r\n', 400),
  odd('9112 2.2: bare LF as the last line', `GET / HTTP/1.1\r\n${host}\n`, 400),
  odd('9112 2.2: CR CR LF', `GET / HTTP/1.1\r\r\n${host}\r\n`, 400),
  odd('9112 2.3: HTTP/0.9', 'GET /\r\n', 400),
  odd('9112 9.3: HTTP/1.0', withLine('GET / HTTP/1.0'), 'ended'),
  odd('9112 3.2: HTTP/1.0 without Host', 'GET / HTTP/1.0\r\n\r\n', 'ended'),
  odd(
    '9112 9.3: HTTP/1.0 keep-alive',
    `GET / HTTP/1.0\r\n${host}Connection: keep-alive\r\n\r\n`,
    'ended',
  ),
  odd('9112 3: a line of 8,193 bytes', withLine(`GET /${'a'.repeat(8_179)} HTTP/1.1`), 414),
  odd('9112 3: a line of 8,192 bytes', withLine(`GET /${'a'.repeat(8_178)} HTTP/1.1`), 'kept'),
  odd('9112 3: a line without an end', 'G'.repeat(9_000), 414),
  odd('6585 5: a field of 17 kB', withFields(`X: ${'a'.repeat(17_000)}`), 431),
  odd('6585 5: 3,000 fields', withFields(`${'X: y\r\n'.repeat(3_000)}X: y`), 431),
  odd('6585 5: a name of 17 kB', withFields(`${'x'.repeat(17_000)}: y`), 431),
];

const badTargets = ['shop', '*', 'a.kr', 'a.kr:80', '?a=b', '#top', 'http:', 'http:/', 'http://']
  .concat(['http:///', 'http://u@a.kr/', 'http://u:p@a.kr/', '1http://a.kr/', 'http://a.kr:x/'])
  .concat(['://a.kr/', 'http//a.kr/', 'http://[::1/', 'http://a.kr:123456/', 'http://[zz]/', '\\']);
const goodTargets = [
  '//',
  '/../..',
  '/%00',
  '/%',
  '/?',
  '/#x',
  '/"<script>',
  '/robots.txt',
  '/sw.js',
]
  .concat([
    '/.well-known/',
    '/.well-known/acme-challenge/',
    '/.well-known/acme-challenge/../../etc',
  ])
  .concat(['http://home01.example.kr', 'HTTP://home01.example.kr/', 'https://home01.example.kr/?']);
const badAuthorities = ['/', '*', 'http://a.kr:80/', 'u@a.kr:80', 'a.kr:x', ':', '[::1', 'a b:1'];

/** RFC 9112 3.2, RFC 3986 3.2, RFC 9110 9.3.6 and 9.3.7. */
const targets: readonly OddRequest[] = [
  ...badTargets.map((target) =>
    odd(`9112 3.2: ${target}`, withLine(`GET ${target} HTTP/1.1`), 400),
  ),
  ...goodTargets.map((target) =>
    odd(`9112 3.2: ${target}`, withLine(`GET ${target} HTTP/1.1`), 'kept'),
  ),
  ...badAuthorities.map((to) =>
    odd(`9110 9.3.6: CONNECT ${to}`, withLine(`CONNECT ${to} HTTP/1.1`), 400),
  ),
  ...['a.kr:443', '[2001:db8::1]:443', '192.0.2.1:25'].map((to) =>
    odd(`9110 9.3.6: CONNECT ${to}`, withLine(`CONNECT ${to} HTTP/1.1`), 'ended'),
  ),
  odd('9110 9.3.7: OPTIONS *', withLine('OPTIONS * HTTP/1.1'), 'kept'),
  odd('9112 3.2.2: absolute-form without Host', 'GET http://a.kr/ HTTP/1.1\r\n\r\n', 400),
];

const badHosts = [
  '',
  ' ',
  ' a b',
  ' a.kr/',
  ' a.kr/x',
  ' u@a.kr',
  ' a.kr:80x',
  ' a.kr:-1',
  ' a.kr:123456',
]
  .concat([
    ' http://a.kr',
    ' a.kr?x',
    ' a.kr#x',
    ' [::1',
    ' ::1',
    ' []',
    ' [zz]',
    ' [::1]x',
    ' [::1]:x',
  ])
  .concat([
    ' a\\b',
    ' "a.kr"',
    ' <a>',
    ' a|b',
    ' {a}',
    ' a^b',
    ' a`b',
    ' a.kr:80:80',
    ` ${'a'.repeat(256)}`,
  ])
  .concat([' @', ' :80', ' /', ' ?', ' [::1%eth0]', ' a.kr\r\n b']);
const goodHosts = [
  ' home01.example.kr:',
  ' HOME01.example.kr:80',
  ' a_b.kr',
  '\tx.kr\t',
  'x.kr',
  ' 127.0.0.1',
].concat([' [::1]', ' [2001:db8::1]:80', ' a.kr.', ' xn--9t4b11yi5a.kr', ' a%41.kr', ' x.kr   ']);

/** RFC 9110 7.2, RFC 9112 3.2. */
const hosts: readonly OddRequest[] = [
  ...badHosts.map((value) => odd(`9110 7.2: Host "${value}"`, withHost(value), 400)),
  ...goodHosts.map((value) => odd(`9110 7.2: Host "${value}"`, withHost(value), 'kept')),
  odd('9112 3.2: no Host', 'GET / HTTP/1.1\r\n\r\n', 400),
  odd('9112 3.2: two Hosts', withFields('Host: other.kr'), 400),
  odd('9112 3.2: the same Host twice', withFields(host.trim()), 400),
  odd('9112 3.2: two Hosts in different case', withFields('hOST: other.kr'), 400),
  odd('9112 3.2: a second Host that is empty', withFields('Host:'), 400),
];

const badLengths = [
  '',
  '-1',
  '+1',
  '0x5',
  '5,5',
  '5, 5',
  '5 5',
  '1e3',
  '5.0',
  'five',
  '５',
  "'5'",
  '5;',
].concat(['9'.repeat(20), '1_0', '\xb2', '5\t5', ',', '-', '٣']);
const badCodings = [
  'identity',
  'gzip',
  'chunked, gzip',
  'chunked, identity',
  'xchunked',
  'chunkedx',
  '',
].concat([
  'chunked;',
  '"chunked"',
  'chunked x',
  'chunked\x0b',
  ',',
  'chu nked',
  'chunked, chunkedx',
]);

/** RFC 9112 6.1 to 6.3, RFC 9110 8.6: how long a body is must never be in doubt. */
const framing: readonly OddRequest[] = [
  ...badLengths.map((value) =>
    odd(`9110 8.6: Content-Length "${value}"`, withFields(`Content-Length: ${value}`), 400),
  ),
  ...badCodings.map((value) =>
    odd(`9112 6.3: Transfer-Encoding "${value}"`, withFields(`Transfer-Encoding: ${value}`), 400),
  ),
  odd(
    '9112 6.3: both framings',
    withFields('Content-Length: 3\r\nTransfer-Encoding: chunked'),
    400,
  ),
  odd(
    '9112 6.3: both, the other way',
    withFields('Transfer-Encoding: chunked\r\nContent-Length: 3'),
    400,
  ),
  odd('9112 6.3: lengths that differ', withFields('Content-Length: 3\r\nContent-Length: 4'), 400),
  odd('9110 8.6: 0 beside 00', withFields('Content-Length: 0\r\nContent-Length: 00'), 400),
  odd('9110 8.6: a length of 0', withFields('Content-Length: 0'), 'kept'),
  odd('9110 8.6: a body by length', `${withFields('Content-Length: 3')}abc`, 'ended'),
  odd('9110 8.6: a body that never comes', withFields('Content-Length: 3'), 'ended'),
  odd(
    '9112 7.1: chunked',
    `${withFields('Transfer-Encoding: chunked')}3\r\nabc\r\n0\r\n\r\n`,
    'ended',
  ),
  odd(
    '9112 7.1: a chunk size of nonsense',
    `${withFields('Transfer-Encoding: chunked')}zz\r\n`,
    'ended',
  ),
  odd('9112 7.1: CHUNKED in capitals', withFields('Transfer-Encoding: CHUNKED'), 'ended'),
  odd('9112 6.1: gzip, then chunked', withFields('Transfer-Encoding: gzip, chunked'), 'ended'),
  odd(
    '9112 6.1: two lines of codings',
    withFields('Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked'),
    'ended',
  ),
  odd('9110 10.1.1: Expect', withFields('Content-Length: 3\r\nExpect: 100-continue'), 'ended'),
  odd('9110 10.1.1: another expectation', withFields('Expect: the-unexpected'), 'kept'),
];

const badFields = [
  'X : y',
  'X\t: y',
  ' X: y',
  '\tX: y',
  'X',
  ': y',
  'X: a\r\n b',
  'X: a\r\n\tb',
  'X: a\r\n \r\nY: b',
].concat(['X y: z', 'X: a\rY: b', '=: y', 'X\xa0: y', '"X": y', '\r', 'X: \x00']);
const goodFields = [
  'X:',
  'X:y',
  'X:\ty',
  'X: y \t ',
  'X: :',
  'X: "a, b"',
  '1: y',
  `${'x'.repeat(300)}: y`,
]
  .concat([
    'Cookie: a=b',
    'Authorization: Basic eHg6eXk=',
    'Range: bytes=0-',
    'If-None-Match: *',
    'TE: x',
  ])
  .concat([
    'Connection: keep-alive',
    'Connection:',
    'Connection: closed',
    'Accept: ;;;,',
    'Accept: q=',
  ]);

/** RFC 9112 5, 9.6; RFC 9110 7.8; RFC 6455 4; RFC 9113 3.3: fields, upgrades, and what is no HTTP/1 at all. */
const fieldsAndStrangers: readonly OddRequest[] = [
  ...badFields.map((line) => odd(`9112 5: ${JSON.stringify(line)}`, withFields(line), 400)),
  ...goodFields.map((line) =>
    odd(`9110 5.5: ${JSON.stringify(line.slice(0, 40))}`, withFields(line), 'kept'),
  ),
  ...['close', 'Close', 'TE, close', 'close, keep-alive', ' close ', ',close,'].map((value) =>
    odd(`9112 9.6: Connection "${value}"`, withFields(`Connection: ${value}`), 'ended'),
  ),
  ...['websocket', 'h2c', 'TLS/1.2', 'HTTP/3.0', ''].map((to) =>
    odd(`9110 7.8: Upgrade "${to}"`, withFields(`Connection: Upgrade\r\nUpgrade: ${to}`), 'kept'),
  ),
  ...['13', '8', 'x'].map((version) =>
    odd(
      `6455 4.1: WebSocket ${version}`,
      withFields(
        `Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: ${version}`,
      ),
      'kept',
    ),
  ),
  ...[
    ['9113 3.4: the HTTP/2 preface', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0'],
    ['8446 5.1: a TLS hello', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
    ['an SSL 2 hello', '\x80\x2e\x01\x00\x02\x00\x15'],
    ['4253 4.2: an SSH banner', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['5321: a mail server is meant', 'EHLO a.kr\r\n'],
    ['Redis', '*1\r\n$4\r\nPING\r\n'],
    ['1928: SOCKS 5', '\x05\x01\x00'],
    ['a remote desktop', '\x03\x00\x00\x13\x0e\xe0\x00\x00'],
    [
      'a PROXY preamble of a stranger',
      `PROXY TCP4 192.0.2.1 192.0.2.2 1 80\r\n${withLine('GET / HTTP/1.1')}`,
    ],
    ['FastCGI', '\x01\x01\x00\x01\x00\x08\x00\x00'],
    ['an answer', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'],
    ['JSON', '{"jsonrpc":"2.0"}\r\n'],
    ['a byte order mark', `\xef\xbb\xbf${withLine('GET / HTTP/1.1')}`],
  ].map(([name = '', text = '']) => odd(name, text, 400)),
];

/** Every request of the corpus, by the RFC that settles it. */
export const oddRequests: readonly OddRequest[] = [
  ...bytesOutOfPlace,
  ...requestLines,
  ...targets,
  ...hosts,
  ...framing,
  ...fieldsAndStrangers,
];
