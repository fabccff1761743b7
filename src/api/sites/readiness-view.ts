import { z } from 'zod';
import { isOverHttps, type Site } from '../../core/site.ts';
import {
  type AddressReception,
  type CertificateState,
  certificateStates,
  type HostnameReadiness,
  receptionStates,
  type SiteReadiness,
} from '../../ports/site-readiness.ts';
import { timeField, timeOrNull } from '../http/fields.ts';

export const readinessSchema = z
  .object({
    isReady: z
      .boolean()
      .describe(
        'False when visitors would be shown a wrong certificate, no notice in their language, or nothing at all.',
      ),
    hostnames: z.array(
      z.object({
        hostname: z.string(),
        certificate: z.enum(certificateStates),
        expiresAt: timeField.nullable(),
      }),
    ),
    missingLanguages: z.array(z.string()),
    reception: z
      .array(
        z.object({
          address: z.string(),
          reception: z
            .enum(receptionStates)
            .describe('`unchecked` where no helper of a notice host answers.'),
          why: z.string().nullable(),
        }),
      )
      .describe('Whether the notice host would take each address.'),
    problems: z
      .array(z.object({ ko: z.string(), en: z.string() }))
      .describe('What to mend before an incident, in words.'),
  })
  .meta({
    id: 'Readiness',
    description:
      'What visitors would get if the site were diverted now, as the notice plane sees it.',
  });
export type Readiness = z.infer<typeof readinessSchema>;

type Words = Readiness['problems'][number];

const certificateWords: Readonly<
  Record<CertificateState, ((hostname: string) => Words) | undefined>
> = {
  valid: undefined,
  'not-served': undefined,
  expiring: (hostname) => ({
    ko: `${hostname}의 인증서가 14일 안에 만료됩니다. 갱신하십시오.`,
    en: `The certificate of ${hostname} ends within 14 days; renew it.`,
  }),
  expired: (hostname) => ({
    ko: `${hostname}의 인증서가 만료되어 브라우저가 경고를 표시합니다. 갱신하십시오.`,
    en: `The certificate of ${hostname} has expired, so browsers warn of it; renew it.`,
  }),
  'not-yet-valid': (hostname) => ({
    ko: `${hostname}의 인증서가 아직 유효하지 않습니다. 서버 시각과 인증서를 확인하십시오.`,
    en: `The certificate of ${hostname} is not valid yet; check the clock and the certificate.`,
  }),
  missing: (hostname) => ({
    ko: `${hostname}의 인증서가 없어 HTTPS 방문자에게 다른 인증서가 표시됩니다. 인증서 폴더에 ${hostname}.crt와 ${hostname}.key를 넣으십시오.`,
    en: `There is no certificate for ${hostname}, so visitors over HTTPS would be shown another; put ${hostname}.crt and ${hostname}.key into the folder of certificates.`,
  }),
};

const languageWords = (language: string): Words => ({
  ko: `안내문이 ${language} 언어로 준비되어 있지 않습니다.`,
  en: `The notice is not there in ${language}.`,
});

const receptionWords = ({ address, reception, why }: AddressReception): readonly Words[] =>
  reception === 'refused'
    ? [
        {
          ko: `안내 호스트가 ${address} 주소를 받지 않습니다 (${why ?? ''}). notice.host.estate를 확인하십시오.`,
          en: `The notice host would not take ${address}: ${why ?? ''}; look at notice.host.estate.`,
        },
      ]
    : [];

const notServedWords: Words = {
  ko: '이 사이트는 HTTPS로 점검되지만 안내 서버가 HTTPS로 응답하지 않습니다. notice.https를 설정하십시오.',
  en: 'The site is probed over HTTPS, but notices are not answered over HTTPS; set notice.https.',
};

/** Puts what the notice plane knows of a site into words; a site whose visitors use HTTPS needs it answered. */
export function readinessView(readiness: SiteReadiness, site: Site): Readiness {
  const { hostnames, missingLanguages, reception } = readiness;
  const isUnserved =
    isOverHttps(site) && hostnames.some(({ certificate }) => certificate === 'not-served');
  const ofHostname = ({ hostname, certificate }: HostnameReadiness): readonly Words[] => {
    const words = certificateWords[certificate]?.(hostname);
    return words === undefined ? [] : [words];
  };
  return {
    isReady: readiness.isReady && !isUnserved,
    hostnames: hostnames.map((each) => ({
      ...each,
      expiresAt: timeOrNull(each.expiresAt ?? undefined),
    })),
    missingLanguages: [...missingLanguages],
    reception: [...reception],
    problems: [
      ...hostnames.flatMap(ofHostname),
      ...missingLanguages.map(languageWords),
      ...reception.flatMap(receptionWords),
      ...(isUnserved ? [notServedWords] : []),
    ],
  };
}
