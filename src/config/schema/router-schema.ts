import { z } from 'zod';
import { minute } from '../../lib/time.ts';
import { drillSchema } from './drill-schema.ts';
import { addressOf, count, duration, name, prefix, says, strict, words } from './parts.ts';

/** More prefixes than this in one estate can be written as fewer, larger ones. */
export const maxEstatePrefixes = 1_000;

/** A login over SSH with a pinned host key. */
export const ssh = strict({
  type: z.literal('ssh').meta({ description: 'Over SSH, with a pinned host key.' }),
  host: words(253).meta({ description: 'Management address or name of the router.' }),
  port: count(1, 65_535).default(22).meta({ description: 'SSH port.' }),
  user: words(100).meta({ description: 'User name on the router.' }),
  privateKeyFile: words().exactOptional().meta({ description: 'File with the private key.' }),
  passwordFile: words()
    .exactOptional()
    .meta({ description: 'File with the password, for routers that take no key.' }),
  hostKeys: z
    .array(
      z
        .string()
        .regex(
          /^SHA256:[A-Za-z0-9+/]{43}$/,
          says(
            'must be a host key fingerprint: SHA256: and 43 letters',
            'print it with: ssh-keyscan HOST | ssh-keygen -lf -',
          ),
        ),
    )
    .min(
      1,
      says(
        'must pin at least one host key: without a pin there is no connection',
        'print it with: ssh-keyscan HOST | ssh-keygen -lf -',
      ),
    )
    .max(8)
    .meta({
      description:
        'Pinned fingerprints as `ssh-keygen -l` prints them; two while a key is being changed. No pin, no connection.',
    }),
  algorithms: z.enum(['modern', 'legacy-2012']).default('modern').meta({
    description:
      'What the connection may be built of. `legacy-2012` adds SHA-1, CBC, DSA and groups of 1024 bits for devices that know nothing else; it can be broken by whoever is on the way.',
  }),
  connectTimeout: duration(100, minute)
    .prefault('10s')
    .meta({ description: 'Connecting and logging in may take this long.' }),
});

const telnet = strict({
  type: z.literal('telnet').meta({
    description:
      'Over telnet, in clear text; only with `allowInsecureTransport: true` on the router, for devices without SSH.',
  }),
  host: words(253).meta({ description: 'Management address or name of the router.' }),
  port: count(1, 65_535).default(23).meta({ description: 'Telnet port.' }),
  user: words(100)
    .exactOptional()
    .meta({ description: 'User name; left out for devices that ask for a password only.' }),
  passwordFile: words().meta({ description: 'File with the password.' }),
  connectTimeout: duration(100, minute)
    .prefault('10s')
    .meta({ description: 'Connecting and logging in may take this long.' }),
});

/** This machine itself. */
export const local = strict({
  type: z.literal('local').meta({ description: 'The router is this machine.' }),
});

const grpc = strict({
  type: z
    .literal('grpc')
    .meta({ description: 'A daemon of this machine that takes gRPC calls, such as `gobgpd`.' }),
  port: count(1, 65_535).default(50_051).meta({ description: 'Its port on 127.0.0.1.' }),
});

const nextHopSchema = strict({
  ipv4: addressOf('ipv4').exactOptional().meta({ description: 'Notice server for /32 routes.' }),
  ipv6: addressOf('ipv6').exactOptional().meta({ description: 'Notice server for /128 routes.' }),
}).refine(
  (hop) => hop.ipv4 !== undefined || hop.ipv6 !== undefined,
  says('must have ipv4 or ipv6', 'give the address of the notice server as this router reaches it'),
);

/** One router as it is written in the file. */
export const routerSchema = strict({
  name: name().meta({ description: 'Unique; sites name it in `routers`.' }),
  driver: words(40).meta({ description: 'The language it speaks: `frr`, `linux`, …' }),
  transport: z
    .discriminatedUnion('type', [ssh, telnet, local, grpc])
    .meta({ description: 'How to reach it.' }),
  allowInsecureTransport: z.boolean().default(false).meta({
    description:
      'Lets a transport in clear text (telnet) be used for this router. Everybody on the way can read its password.',
  }),
  enablePasswordFile: words().exactOptional().meta({
    description:
      'File with the enable password, for devices on which a login begins without rights.',
  }),
  nextHop: nextHopSchema.meta({ description: 'Where diverted traffic goes.' }),
  drill: drillSchema.exactOptional().meta({
    description:
      'Weekly rehearsal with an address of its own. A failed or missing one takes the router out of automatic mode.',
  }),
  estate: z
    .array(prefix())
    .min(
      1,
      says(
        'must hold at least one prefix',
        'list the prefixes inside which a /32 may ever be installed',
      ),
    )
    .max(maxEstatePrefixes)
    .meta({ description: 'Prefixes inside which host routes may be installed at all.' }),
  options: z
    .record(z.string(), z.unknown())
    .default({})
    .meta({ description: 'What only this driver knows; see the page of the driver.' }),
});

/** One router after reading. */
export type RouterInput = z.output<typeof routerSchema>;
