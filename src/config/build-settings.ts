import path from 'node:path';
import type { Site } from '../core/site.ts';
import { formatProblem } from '../lib/problem.ts';
import { type Checked, type Paths, pathsOf } from './check-all.ts';
import type { Draft } from './draft.ts';
import type { AcmeInput } from './schema/acme-schema.ts';
import type { OriginHostInput } from './schema/origin-host-schema.ts';
import type { RouterInput } from './schema/router-schema.ts';
import type { SiteInput } from './schema/site-schema.ts';
import type {
  AcmeSettings,
  AlertSettings,
  MutualTlsFiles,
  OriginHostSettings,
  RouterSettings,
  Settings,
  SshTransportSettings,
  TransportSettings,
} from './settings.ts';

/** A part is missing only when it has problems, and then nothing is built. */
function present<T>(part: T | undefined): T {
  if (part === undefined) {
    throw new Error('A part of the configuration was used although it has problems');
  }
  return part;
}

/** The site a file or the API describes, with defaults filled in; `addresses` is empty until they are resolved and pinned. */
export function siteFrom(input: SiteInput, owner: Site['owner']): Site {
  const { title, addresses, ...rest } = input;
  return {
    ...rest,
    title: title ?? { ko: input.name, en: input.name },
    addresses: addresses ?? [],
    owner,
  };
}

function sshFrom(
  transport: Extract<RouterInput['transport'], { type: 'ssh' }>,
  paths: Paths,
): SshTransportSettings {
  const { connectTimeout, privateKeyFile, passwordFile, ...rest } = transport;
  return {
    ...rest,
    connectTimeoutMs: connectTimeout,
    ...(privateKeyFile === undefined ? {} : { privateKeyFile: paths.resolve(privateKeyFile) }),
    ...(passwordFile === undefined ? {} : { passwordFile: paths.resolve(passwordFile) }),
  };
}

function transportFrom(transport: RouterInput['transport'], paths: Paths): TransportSettings {
  if (transport.type === 'local' || transport.type === 'grpc') {
    return transport;
  }
  if (transport.type === 'telnet') {
    const { connectTimeout, passwordFile, ...rest } = transport;
    return {
      ...rest,
      connectTimeoutMs: connectTimeout,
      passwordFile: paths.resolve(passwordFile),
    };
  }
  return sshFrom(transport, paths);
}

function routersFrom(draft: Draft, checked: Checked, paths: Paths): readonly RouterSettings[] {
  return draft.routers.map(({ value: { enablePasswordFile: enable, ...value } }, index) => ({
    ...value,
    ...(enable === undefined ? {} : { enablePasswordFile: paths.resolve(enable) }),
    transport: transportFrom(value.transport, paths),
    options: checked.routers[index]?.options ?? value.options,
  }));
}

function originHostFrom(
  { interval, transport, ...rest }: OriginHostInput,
  paths: Paths,
): OriginHostSettings {
  const found = transport?.type === 'ssh' ? sshFrom(transport, paths) : transport;
  return { ...rest, intervalMs: interval, ...(found === undefined ? {} : { transport: found }) };
}

function alertFrom(alert: Draft['alerts'][number]['value'], paths: Paths): AlertSettings {
  const { authorizationFile, ...rest } = alert;
  return authorizationFile === undefined
    ? rest
    : { ...rest, authorizationFile: paths.resolve(authorizationFile) };
}

function adminFrom(draft: Draft, { tokens }: Checked): Settings['admin'] {
  const { listen, url } = present(draft.admin);
  return { listen, tokens, ...(url === undefined ? {} : { url }) };
}

function withPaths<Files extends MutualTlsFiles>(files: Files, paths: Paths): Files {
  const { certFile, keyFile, caFile } = files;
  return {
    ...files,
    certFile: paths.resolve(certFile),
    keyFile: paths.resolve(keyFile),
    caFile: paths.resolve(caFile),
  };
}

function snapshotFrom(
  { url, urls = [], ...files }: MutualTlsFiles & { url?: string; urls?: readonly string[] },
  paths: Paths,
): NonNullable<Settings['notice']['snapshot']> {
  return { ...withPaths(files, paths), urls: url === undefined ? urls : [url] };
}

function acmeFrom(
  { agreeToTerms: _, caFile, externalAccountBinding: binding, ...rest }: AcmeInput,
  paths: Paths,
): AcmeSettings {
  return {
    ...rest,
    ...(caFile === undefined ? {} : { caFile: paths.resolve(caFile) }),
    ...(binding === undefined
      ? {}
      : { externalAccountBinding: { ...binding, keyFile: paths.resolve(binding.keyFile) } }),
  };
}

function noticeFrom(draft: Draft, dataFolder: string, paths: Paths): Settings['notice'] {
  const { certificates, acmeFolder, acme, templates, handover, host, nodes, snapshot, ...rest } =
    present(draft.notice);
  const folder = handover === undefined ? `${dataFolder}/handover` : paths.resolve(handover);
  return {
    ...rest,
    handover: folder,
    host: {
      socket: host.socket === undefined ? `${folder}/host.sock` : paths.resolve(host.socket),
      estate: host.estate,
      neverBlock: host.neverBlock,
    },
    ...(nodes === undefined ? {} : { nodes: withPaths(nodes, paths) }),
    ...(snapshot === undefined ? {} : { snapshot: snapshotFrom(snapshot, paths) }),
    ...(certificates === undefined ? {} : { certificates: paths.resolve(certificates) }),
    ...(acme === undefined ? {} : { acme: acmeFrom(acme, paths) }),
    ...(acmeFolder === undefined ? {} : { acmeFolder: paths.resolve(acmeFolder) }),
    ...(templates === undefined ? {} : { templates: paths.resolve(templates) }),
  };
}

/** Puts the settings together from parts that have no problems. */
export function buildSettings(file: string, draft: Draft, checked: Checked): Settings {
  const paths = pathsOf(file);
  const store = present(draft.store);
  const dataFolder = paths.resolve(present(draft.dataFolder));
  const { guards, references } = present(draft.guards);
  return {
    file: paths.resolve(path.basename(file)),
    dataFolder,
    store: store.type === 'sqlite' ? { type: 'sqlite', file: paths.resolve(store.file) } : store,
    admin: adminFrom(draft, checked),
    notice: noticeFrom(draft, dataFolder, paths),
    routers: routersFrom(draft, checked, paths),
    sites: draft.sites.map(({ value }) => siteFrom(value, 'file')),
    originHosts: draft.originHosts.map(({ value }) => originHostFrom(value, paths)),
    rules: checked.rules.rules.map(({ rule }) => rule),
    limits: present(draft.limits),
    guards,
    retention: present(draft.retention),
    references,
    vantages: present(draft.vantages),
    alerts: draft.alerts.map(({ value }) => alertFrom(value, paths)),
    warnings: checked.warnings.map(formatProblem),
  };
}
