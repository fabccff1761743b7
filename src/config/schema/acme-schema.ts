import { z } from 'zod';
import { day, hour } from '../../lib/time.ts';
import { count, duration, says, strict, words } from './parts.ts';

const email = /^[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+$/;

/** What an authority gives its customers so that it knows whose the account is (RFC 8555 7.3.4). */
const externalAccountBinding = strict({
  keyId: words().meta({ description: 'The name of the key, as the authority gave it.' }),
  keyFile: words().meta({
    description: 'File with the key itself (base64url), as the authority gave it.',
  }),
});

/** The certificate authority that Detour orders certificates from (ACME, RFC 8555). */
export const acmeSchema = strict({
  directoryUrl: z
    .string()
    .refine(
      (text) => URL.parse(text)?.protocol === 'https:',
      says(
        'must be an https URL',
        'write the directory of the authority, such as https://acme-v02.api.letsencrypt.org/directory',
      ),
    )
    .meta({ description: 'Directory of the authority.' }),
  email: z
    .string()
    .regex(email, says('must be an e-mail address', 'write one that a person reads'))
    .meta({ description: 'Where the authority writes to.' }),
  agreeToTerms: z
    .literal(true, says('must be true', 'read the terms of the authority, then write true'))
    .meta({ description: 'You have read the terms of the authority and agree to them.' }),
  caFile: words().exactOptional().meta({
    description: 'Certificate of an authority of your own, whose page no public root signed.',
  }),
  externalAccountBinding: externalAccountBinding.exactOptional().meta({
    description: 'For authorities that ask whose customer an account is.',
  }),
  renewBefore: duration(hour, 90 * day)
    .prefault('30d')
    .meta({ description: 'A certificate is renewed when it has less than this left.' }),
  ordersPerHour: count(1, 300)
    .prefault(20)
    .meta({ description: 'Most orders within an hour, over all hostnames.' }),
  challengePort: count(1, 65_535)
    .prefault(80)
    .meta({ description: 'Port at which the authority asks: 80, but for an authority in a test.' }),
}).transform(({ renewBefore, ...rest }) => ({ ...rest, renewBeforeMs: renewBefore }));

export type AcmeInput = z.infer<typeof acmeSchema>;
