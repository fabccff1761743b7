import path from 'node:path';
import { nodeCronCalendar } from '../../adapters/calendar/node-cron.ts';
import { openAcmeAuthority } from '../../adapters/certificates/acme/authority.ts';
import { openCertificateShelf } from '../../adapters/certificates/folder/shelf.ts';
import { HttpChallengePath } from '../../adapters/certificates/http-challenge-path.ts';
import type { AlertDesk } from '../../controller/alert-desk.ts';
import { CertificateDesk } from '../../controller/certificate-desk.ts';
import type { Controller } from '../../controller/controller.ts';
import type { State } from '../../core/state.ts';
import { storedOrders } from '../stored-values.ts';
import { userAgent } from '../version.ts';
import { submitter } from './controller.ts';
import type { Ground } from './ground.ts';

/** Has certificates ordered from now on, if the configuration names an authority. */
export function startCertificates(
  { settings, clock, store, publisher, notices, metrics, log }: Ground,
  controller: Controller,
  alertDesk: AlertDesk,
  ends: AsyncDisposableStack,
): void {
  const { acme, certificates } = settings.notice;
  if (acme === undefined || certificates === undefined) {
    return;
  }
  const { directoryUrl, email, caFile, externalAccountBinding, challengePort } = acme;
  const accountKeyFile = path.join(settings.dataFolder, 'keys', 'acme-account.key');
  const desk = new CertificateDesk({
    authority: openAcmeAuthority({
      ...{ directoryUrl, email, accountKeyFile },
      ...(caFile === undefined ? {} : { caFile }),
      ...(externalAccountBinding === undefined ? {} : { externalAccountBinding }),
    }),
    shelf: openCertificateShelf(certificates, () => clock.now()),
    path: new HttpChallengePath({ clock, userAgent, port: challengePort }),
    publisher,
    readiness: (signal): ReturnType<typeof notices.readiness> => notices.readiness(signal),
    state: (): State => controller.state(),
    submit: submitter(controller, log),
    tell: (alert): void => alertDesk.take(alert),
    store,
    parse: storedOrders,
    calendar: nodeCronCalendar,
    clock,
    metrics,
    log,
    renewBeforeMs: acme.renewBeforeMs,
    ordersPerHour: acme.ordersPerHour,
  });
  ends.defer(() => desk.stop());
  desk.start();
}
