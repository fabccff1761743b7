import type { Guards } from '../core/guards.ts';
import type { Rule } from '../core/rule.ts';
import type { Site } from '../core/site.ts';
import type { NoticeLimits } from '../ports/notice-limits.ts';

export interface ListenAddress {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
}

export interface SshTransportSettings {
  readonly type: 'ssh';
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly privateKeyFile?: string;
  readonly passwordFile?: string;
  /** `SHA256:…` fingerprints as `ssh-keygen -l` prints them; at least one, two while a key is being changed. */
  readonly hostKeys: readonly string[];
  /** `legacy-2012` lets old algorithms be used where the device knows no better. */
  readonly algorithms?: 'modern' | 'legacy-2012';
  readonly connectTimeoutMs: number;
}

/** In clear text, for devices that have nothing better. */
export interface TelnetTransportSettings {
  readonly type: 'telnet';
  readonly host: string;
  readonly port: number;
  /** Absent for devices that ask for a password only. */
  readonly user?: string;
  readonly passwordFile: string;
  readonly connectTimeoutMs: number;
}

/** The router is this machine. */
export interface LocalTransportSettings {
  readonly type: 'local';
}

/** A daemon of this machine that is spoken to by calls. */
export interface GrpcTransportSettings {
  readonly type: 'grpc';
  readonly port: number;
}

export type TransportSettings =
  | SshTransportSettings
  | TelnetTransportSettings
  | LocalTransportSettings
  | GrpcTransportSettings;

export interface RouterSettings {
  readonly name: string;
  readonly driver: string;
  readonly transport: TransportSettings;
  /** True when passwords and commands may go in clear text. */
  readonly allowInsecureTransport: boolean;
  /** File with the second password of devices on which a login begins without rights. */
  readonly enablePasswordFile?: string;
  readonly nextHop: { readonly ipv4?: string; readonly ipv6?: string };
  readonly estate: readonly string[];
  readonly drill?: {
    readonly address: string;
    readonly port: number;
    readonly schedule: string;
    readonly timeZone: string;
  };
  /** What only this driver knows, parsed by the driver's own schema. */
  readonly options: Readonly<Record<string, unknown>>;
}

export const roles = ['viewer', 'operator', 'approver', 'admin'] as const;
export type Role = (typeof roles)[number];

export interface TokenSettings {
  readonly name: string;
  readonly role: Role;
  /** SHA-256 of the token, hex. */
  readonly sha256: string;
}

/** One way for alerts to go. */
export interface AlertSettings {
  readonly type: 'webhook' | 'alertmanager';
  readonly name: string;
  readonly url: string;
  /** File with the value of the Authorization header. */
  readonly authorizationFile?: string;
}

/** A target that must answer whenever our own uplink works. */
export interface ReferenceSettings {
  readonly address: string;
  readonly port: number;
}

/** A machine behind sites that is measured from inside. */
export interface OriginHostSettings {
  readonly name: string;
  readonly sites: readonly string[];
  readonly transport?: SshTransportSettings | LocalTransportSettings;
  readonly statusUrl?: string;
  readonly ports: readonly number[];
  readonly users: readonly string[];
  readonly intervalMs: number;
}

/** Files by which two sides of a connection know each other. */
export interface MutualTlsFiles {
  readonly certFile: string;
  readonly keyFile: string;
  readonly caFile: string;
}

/** The notice nodes on other hosts, and where they ask. */
export interface NoticeNodesSettings extends MutualTlsFiles {
  readonly listen: ListenAddress;
  readonly required: 'all' | 'any';
  readonly list: readonly {
    readonly name: string;
    readonly http: readonly ListenAddress[];
    readonly https: readonly ListenAddress[];
  }[];
}

/** The certificate authority that hostnames get certificates from. */
export interface AcmeSettings {
  readonly directoryUrl: string;
  readonly email: string;
  readonly caFile?: string;
  /** The key that the authority gave its customer, to be read from the file. */
  readonly externalAccountBinding?: { readonly keyId: string; readonly keyFile: string };
  readonly renewBeforeMs: number;
  readonly ordersPerHour: number;
  readonly challengePort: number;
}

/** What the words and pages of notices depend on. */
export interface NoticeStyleSettings {
  /** Folder with the owner's templates, over the shipped ones. */
  readonly templates?: string;
  readonly defaultLanguage: string;
}

/** The whole configuration, checked, with defaults filled in and every path absolute. */
export interface Settings {
  /** The file it came from; undefined for the embedded quick start. */
  readonly file?: string;
  /** Folder of the journal, keys and hand-over. */
  readonly dataFolder: string;
  readonly store:
    | { readonly type: 'sqlite'; readonly file: string }
    | { readonly type: 'mongodb'; readonly url: string };
  readonly admin: {
    readonly listen: ListenAddress;
    /** Where people reach it, when that is not the address it listens on. */
    readonly url?: string;
    readonly tokens: readonly TokenSettings[];
  };
  readonly notice: {
    readonly http: readonly ListenAddress[];
    readonly https: readonly ListenAddress[];
    readonly certificates?: string;
    /** Folder with one file for each ACME token, answered over HTTP (RFC 8555 8.3). */
    readonly acmeFolder?: string;
    /** Of a controller: where it orders certificates for registered hostnames. */
    readonly acme?: AcmeSettings;
    /** What a TLS client gets that asks for a name without a certificate. */
    readonly unknownNames: 'neutral' | 'refuse';
    readonly workers: number;
    /** Prefixes of proxies whose word about their clients is taken. */
    readonly trustedProxies: readonly string[];
    /** Folder in which the snapshot is handed over. */
    readonly handover: string;
    /** The helper of a notice host: its socket, what it may take beside the routers' estates, and what it never blocks. */
    readonly host: {
      readonly socket: string;
      readonly estate: readonly string[];
      readonly neverBlock: readonly string[];
    };
    /** Of a controller: the notice nodes on other hosts. */
    readonly nodes?: NoticeNodesSettings;
    /** Of a node on another host: the controller that it follows. */
    readonly snapshot?: MutualTlsFiles & { readonly urls: readonly string[] };
  } & NoticeStyleSettings;
  readonly routers: readonly RouterSettings[];
  readonly sites: readonly Site[];
  readonly originHosts: readonly OriginHostSettings[];
  readonly rules: readonly Rule[];
  readonly limits: NoticeLimits;
  readonly guards: Guards;
  /** How long each part of the history is kept, in milliseconds. */
  readonly retention: {
    readonly incidents: number;
    readonly transcripts: number;
    readonly drills: number;
  };
  readonly references: readonly ReferenceSettings[];
  readonly vantages: readonly string[];
  readonly alerts: readonly AlertSettings[];
  /** Things worth saying that stop nothing. */
  readonly warnings: readonly string[];
}
