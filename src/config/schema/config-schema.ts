import { availableParallelism } from 'node:os';
import { z } from 'zod';
import { roles } from '../settings.ts';
import { acmeSchema } from './acme-schema.ts';
import { guardsSchema } from './guards-schema.ts';
import { limitsSchema } from './limits-schema.ts';
import { originHostSchema } from './origin-host-schema.ts';
import { listenAddress, name, prefix, readText, says, strict, words } from './parts.ts';
import { retentionSchema } from './retention-schema.ts';
import { routerSchema } from './router-schema.ts';
import { siteSchema } from './site-schema.ts';

/** Where state is kept, before paths are made absolute. */
export type StoreInput =
  | { readonly type: 'sqlite'; readonly file: string }
  | { readonly type: 'mongodb'; readonly url: string };

function readStore(text: string): StoreInput | undefined {
  if (text.startsWith('sqlite:')) {
    const file = text.slice('sqlite:'.length);
    return file === '' ? undefined : { type: 'sqlite', file };
  }
  return /^mongodb(\+srv)?:\/\/[^/\s]+/.test(text) ? { type: 'mongodb', url: text } : undefined;
}

const store = readText(
  readStore,
  says('must be a store', 'write sqlite:./data/detour.db or mongodb://host/detour?replicaSet=rs0'),
  'store',
);

function isWebUrl(text: string): boolean {
  const url = URL.parse(text);
  return (
    url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.password === ''
  );
}

const adminSchema = strict({
  listen: listenAddress()
    .prefault('127.0.0.1:8600')
    .meta({ description: 'Address of the API, the operators’ page and /metrics.' }),
  url: z
    .string()
    .refine(
      isWebUrl,
      says(
        'must be an http or https URL without a password',
        'write one such as https://detour.example.kr',
      ),
    )
    .exactOptional()
    .meta({
      description:
        'Where people reach it; told to those who ask a controller that stands by. Default: the address it listens on.',
    }),
  tokensFile: words()
    .exactOptional()
    .meta({ description: 'File of the tokens that may use the API. Without it nobody may.' }),
});

const workersSays = says('must be auto or a whole number from 1 to 256', 'write auto');

const hostSchema = strict({
  socket: words().exactOptional().meta({
    description:
      'UNIX socket of the helper (`detour host run`). Default: `host.sock` in the hand-over folder.',
  }),
  estate: z.array(prefix()).max(1_000).default([]).meta({
    description:
      'Prefixes whose addresses this host may take when the snapshot says that they are diverted, beside the estates of `routers`. A host whose file names no router takes nothing without it.',
  }),
  neverBlock: z.array(prefix()).max(1_000).default([]).meta({
    description:
      'Prefixes never blocked, beside trusted proxies, routers, references and this host’s own addresses.',
  }),
});

const mutualTls = {
  certFile: words().meta({ description: 'Our own certificate.' }),
  keyFile: words().meta({ description: 'Its private key.' }),
  caFile: words().meta({
    description: 'Certificate of the authority that signed the other side’s.',
  }),
};

const nodesSchema = strict({
  listen: listenAddress().meta({ description: 'Where nodes ask for the snapshot; TLS 1.3 only.' }),
  ...mutualTls,
  required: z.enum(['all', 'any']).default('all').meta({
    description:
      'Before a route moves, every node must answer with the notice, or one. `any` suits routers that leave a dead node out by themselves.',
  }),
  list: z
    .array(
      strict({
        name: name().meta({ description: 'The common name of its certificate.' }),
        http: z
          .array(listenAddress())
          .min(1)
          .meta({ description: 'Where it must answer before a route moves.' }),
        https: z.array(listenAddress()).default([]).meta({
          description:
            'The same over HTTPS: where it must pass visitors of healthy neighbours through before a route moves.',
        }),
      }),
    )
    .min(1)
    .max(64)
    .meta({ description: 'Every node.' }),
});

const controllerUrl = z
  .string()
  .refine(
    (text) => URL.parse(text)?.protocol === 'https:',
    says('must be an https URL', 'write https://CONTROLLER:PORT'),
  );

const snapshotSourceSchema = strict({
  url: controllerUrl
    .exactOptional()
    .meta({ description: '`notice.nodes.listen` of the controller.' }),
  urls: z.array(controllerUrl).min(1).max(8).exactOptional().meta({
    description:
      'The same of several controllers on one store, in place of `url`: the node follows the one that leads.',
  }),
  ...mutualTls,
}).refine(
  ({ url, urls }) => (url === undefined) !== (urls === undefined),
  says('needs the address of a controller, once', 'write either url or urls'),
);

/** The folder of templates and the default language of notices: what their words and pages depend on. */
const noticeStyleShape = {
  templates: words()
    .exactOptional()
    .meta({ description: 'Folder of your own templates, over the shipped ones.' }),
  defaultLanguage: z
    .string()
    .regex(
      /^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/,
      says(
        'must be a language such as ko, en or ja',
        'write the language of one of the word files',
      ),
    )
    .default('ko')
    .meta({ description: 'Language for visitors who ask for none that we have.' }),
};

/** Reads what the words and pages of notices depend on, whatever else of `notice` is wrong. */
export const noticeStyleSchema = z.object(noticeStyleShape).prefault({});

const noticeSchema = strict({
  http: z
    .array(listenAddress())
    .default([])
    .meta({ description: 'Addresses for HTTP, such as `"0.0.0.0:80"`.' }),
  https: z.array(listenAddress()).default([]).meta({ description: 'Addresses for HTTPS.' }),
  certificates: words().exactOptional().meta({
    description: 'Folder of `<name>.crt` and `<name>.key`, read again when they change.',
  }),
  acmeFolder: words().exactOptional().meta({
    description:
      'Folder of one file for each ACME challenge (`<webroot>/.well-known/acme-challenge` of certbot), answered over HTTP.',
  }),
  acme: acmeSchema
    .exactOptional()
    .meta({ description: 'Certificates for registered hostnames, ordered by Detour itself.' }),
  unknownNames: z.enum(['neutral', 'refuse']).default('neutral').meta({
    description:
      'What a TLS client gets that asks for a name without a certificate: `neutral`, a self-signed certificate of nobody’s and then the notice; `refuse`, an alert.',
  }),
  workers: z
    .union([z.literal('auto'), z.int().min(1).max(256)], workersSays)
    .prefault('auto')
    .transform((workers) => (workers === 'auto' ? availableParallelism() : workers))
    .meta({ description: 'Notice processes; `auto` is one for each processor.' }),
  handover: words().exactOptional().meta({
    description: 'Folder in which notices are handed over. Default: `handover` in the data folder.',
  }),
  trustedProxies: z.array(prefix()).max(1_000).default([]).meta({
    description:
      'Prefixes of proxies in front of the notice plane whose word about their clients is taken (X-Forwarded-For, PROXY protocol).',
  }),
  host: hostSchema.prefault({}).meta({
    description: 'The helper of a notice host, which takes diverted addresses and blocks sources.',
  }),
  nodes: nodesSchema
    .exactOptional()
    .meta({ description: 'Of a controller: notice nodes on other hosts.' }),
  snapshot: snapshotSourceSchema
    .exactOptional()
    .meta({ description: 'Of a node on another host: the controller that it follows.' }),
  ...noticeStyleShape,
});

const receiver = {
  name: name().meta({ description: 'Unique; what logs and metrics call it.' }),
  url: z
    .string()
    .refine(
      isWebUrl,
      says(
        'must be an http or https URL without a password',
        'put the secret into authorizationFile',
      ),
    )
    .meta({ description: 'Where it goes; of an Alertmanager the address of its page.' }),
  authorizationFile: words()
    .exactOptional()
    .meta({ description: 'File with the value of the Authorization header.' }),
};

const webhook = strict({
  type: z.literal('webhook').meta({ description: 'One POST of JSON for each alert.' }),
  ...receiver,
});

const alertmanager = strict({
  type: z.literal('alertmanager').meta({
    description: 'Prometheus Alertmanager, told again each minute until the alert ends.',
  }),
  ...receiver,
});

/** One way for alerts to go. */
export const alertSchema = z.discriminatedUnion('type', [webhook, alertmanager]);

/** The whole configuration file. */
export const configSchema = strict({
  store: store
    .prefault('sqlite:./data/detour.db')
    .meta({ description: '`sqlite:FILE`, or `mongodb://…` for more than one machine.' }),
  dataFolder: words()
    .default('./data')
    .meta({ description: 'Folder of the journal, keys and hand-over.' }),
  admin: adminSchema.prefault({}).meta({ description: 'API, page and metrics.' }),
  notice: noticeSchema.prefault({}).meta({ description: 'What visitors of a diverted site get.' }),
  vantages: z
    .array(name())
    .min(1, says('must name at least one vantage', 'leave vantages out to probe from here'))
    .default(['local'])
    .meta({
      description:
        'Names of the places that probes run from: the controller itself first, then each `detour vantage`.',
    }),
  routers: z.array(routerSchema).default([]).meta({ description: 'Where routes are installed.' }),
  sites: z
    .array(siteSchema)
    .default([])
    .meta({ description: 'What is watched. Sites written here are read-only in the API.' }),
  originHosts: z.array(originHostSchema).max(5_000).default([]).meta({
    description: 'Machines behind sites that are measured from inside, for rules about `host`.',
  }),
  rules: z
    .array(words())
    .exactOptional()
    .meta({ description: 'Rule files, as names or patterns. Default: the shipped rules.' }),
  limits: limitsSchema.prefault({}).meta({ description: 'Session limits of the notice plane.' }),
  guards: guardsSchema.prefault({}).meta({ description: 'Brakes and times of automation.' }),
  retention: retentionSchema.prefault({}).meta({
    description: 'How long the history stays in the store; older parts are removed once a day.',
  }),
  alerts: z.array(alertSchema).max(20).default([]).meta({ description: 'Where alerts go.' }),
});

/** The file of tokens. A token is written as its SHA-256, or plainly (then a warning says how to do better). */
export const tokensSchema = strict({
  tokens: z.array(
    strict({
      name: name().meta({ description: 'Who it is: stands in the audit.' }),
      role: z.enum(roles).meta({ description: 'What it may do.' }),
      sha256: z
        .string()
        .regex(
          /^[0-9a-f]{64}$/,
          says('must be 64 hex digits in lower case', 'print it with: printf %s TOKEN | sha256sum'),
        )
        .exactOptional()
        .meta({ description: 'SHA-256 of the token, hex.' }),
      token: z
        .string(says('must be text', 'put it in quotes'))
        .min(16, says('must be at least 16 characters', 'make one with: openssl rand -hex 32'))
        .max(500)
        .exactOptional()
        .meta({ description: 'The token itself; `sha256` is better.' }),
    }).refine(
      (token) => (token.sha256 === undefined) !== (token.token === undefined),
      says('must have either sha256 or token', 'give exactly one of them'),
    ),
  ),
});
