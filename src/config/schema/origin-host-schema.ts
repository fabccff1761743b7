import { isIP } from 'node:net';
import { z } from 'zod';
import { minute, second } from '../../lib/time.ts';
import { count, duration, name, says, strict, words } from './parts.ts';
import { local, ssh } from './router-schema.ts';

const statusUrl = z
  .string()
  .refine(
    (text) => /^https?:$/.test(URL.parse(text)?.protocol ?? ''),
    says(
      'must be an http or https URL',
      'write the status page, such as http://127.0.0.1/server-status?auto',
    ),
  );

/** One machine behind sites as it is written in the file. */
export const originHostSchema = strict({
  name: name().meta({ description: 'Unique; what logs and metrics call it.' }),
  sites: z
    .array(name())
    .min(1, says('must name at least one site', 'add the name of a site from sites:'))
    .max(5_000)
    .meta({ description: 'Sites that live on it: rules about them see its figures as `host`.' }),
  transport: z.discriminatedUnion('type', [ssh, local]).exactOptional().meta({
    description: 'A shell on it, as a user without rights. Left out: the status page alone.',
  }),
  statusUrl: statusUrl.exactOptional().meta({
    description:
      'Apache’s status page (`mod_status`, with `?auto`): asked by the machine itself over `transport`, or from here at an IP address.',
  }),
  ports: z
    .array(count(1, 65_535))
    .min(1, says('must not be empty', 'leave ports out for 80 and 443'))
    .max(20)
    .default([80, 443])
    .meta({ description: 'Ports of its web server.' }),
  users: z
    .array(words(32))
    .max(20)
    .default(['www-data', 'apache', 'httpd', 'nginx', 'http', 'nobody'])
    .meta({ description: 'Users that its web server and what it starts run as.' }),
  interval: duration(5 * second, minute)
    .prefault('15s')
    .meta({ description: 'Time between two measurements.' }),
})
  .refine(
    ({ transport, statusUrl: url }) => transport !== undefined || url !== undefined,
    says('must have transport or statusUrl', 'add transport: { type: ssh, … }'),
  )
  .refine(
    ({ transport, statusUrl: url }) =>
      transport !== undefined ||
      url === undefined ||
      isIP((URL.parse(url)?.hostname ?? '').replace(/^\[|\]$/g, '')) > 0,
    says(
      'must have an IP address in statusUrl, or a transport: names are not resolved',
      'write http://ADDRESS/server-status?auto',
    ),
  );

/** One machine after reading. */
export type OriginHostInput = z.output<typeof originHostSchema>;
