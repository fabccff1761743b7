import { readFile } from 'node:fs/promises';
import { Agent } from 'node:https';
import { rootCertificates } from 'node:tls';
import type { Authorization, Client } from 'acme-client';
import { DetourError } from '../../../lib/errors.ts';
import { second } from '../../../lib/time.ts';
import type {
  CertificateAuthority,
  IssuedCertificate,
} from '../../../ports/certificate-authority.ts';
import type { Challenge } from '../../../ports/snapshot.ts';
import { openAccountKey } from './account-key.ts';

export interface AcmeOptions {
  /** Where the authority lists its resources (RFC 8555 7.1.1). */
  readonly directoryUrl: string;
  /** Whom the authority writes to before a certificate ends. */
  readonly email: string;
  readonly accountKeyFile: string;
  /** Certificate of an authority whose own page is not signed by a public root. */
  readonly caFile?: string;
  /** What the authority gave its customer (RFC 8555 7.3.4): the key's name, and the file that has the key. */
  readonly externalAccountBinding?: { readonly keyId: string; readonly keyFile: string };
}

type Library = typeof import('acme-client');

/** One request to the authority. */
const requestMs = 30 * second;

/** The authority is asked again how far it is this many times, ever less often: about a minute and a half in all. */
const patience = { backoffAttempts: 14, backoffMin: 500, backoffMax: 8 * second } as const;

/** Authorities that are busy say when to come again; the desk that orders has a longer patience of its own. */
const retriesOfOneRequest = 1;

async function loadLibrary(): Promise<Library> {
  try {
    return await import('acme-client');
  } catch (error) {
    throw new DetourError(
      'Could not load acme-client, which notice.acme needs: install it with `npm install acme-client`',
      { code: 'DETOUR_CERTIFICATE_FAILED', cause: error },
    );
  }
}

async function agentFor(caFile: string | undefined): Promise<Agent> {
  const own = caFile === undefined ? [] : [await readFile(caFile, 'utf8')];
  return new Agent({ keepAlive: false, ca: [...rootCertificates, ...own] });
}

async function bindingOf({ externalAccountBinding: binding }: AcmeOptions): Promise<object> {
  if (binding === undefined) {
    return {};
  }
  const hmacKey = (await readFile(binding.keyFile, 'utf8')).trim();
  return { externalAccountBinding: { kid: binding.keyId, hmacKey } };
}

/** Answers one authorization: nothing is to be done for one that still holds from an earlier order. */
async function authorize(
  client: Client,
  authorization: Authorization,
  present: (challenge: Challenge) => Promise<void>,
): Promise<void> {
  if (authorization.status === 'valid') {
    return;
  }
  const challenge = authorization.challenges.find(({ type }) => type === 'http-01');
  if (challenge === undefined) {
    throw new Error(`it offers no http-01 challenge for ${authorization.identifier.value}`);
  }
  const answer = await client.getChallengeKeyAuthorization(challenge);
  await present({ token: challenge.token, answer });
  await client.completeChallenge(challenge);
  await client.waitForValidStatus(challenge);
}

/** Speaks ACME (RFC 8555) with HTTP-01 challenges, by acme-client. */
class AcmeAuthority implements CertificateAuthority {
  readonly #options: AcmeOptions;
  #opened: Promise<{ readonly library: Library; readonly client: Client }> | undefined;

  constructor(options: AcmeOptions) {
    this.#options = options;
  }

  async issue(
    hostname: string,
    present: (challenge: Challenge) => Promise<void>,
  ): Promise<IssuedCertificate> {
    try {
      return await this.#issue(hostname, present);
    } catch (error) {
      throw new DetourError(
        `Could not get a certificate for ${hostname} from ${this.#options.directoryUrl}`,
        { code: 'DETOUR_CERTIFICATE_FAILED', retryable: true, cause: error },
      );
    }
  }

  async #issue(
    hostname: string,
    present: (challenge: Challenge) => Promise<void>,
  ): Promise<IssuedCertificate> {
    const { library, client } = await this.#account();
    const order = await client.createOrder({ identifiers: [{ type: 'dns', value: hostname }] });
    for (const authorization of await client.getAuthorizations(order)) {
      await authorize(client, authorization, present);
    }
    const key = await library.crypto.createPrivateEcdsaKey('P-256');
    const [, request] = await library.crypto.createCsr({ altNames: [hostname] }, key);
    const finalized = await client.finalizeOrder(order, request);
    return { chain: await client.getCertificate(finalized), key: key.toString() };
  }

  /** One account for all orders; an opening that failed is tried again by the next order. */
  async #account(): Promise<{ readonly library: Library; readonly client: Client }> {
    this.#opened ??= this.#open();
    try {
      return await this.#opened;
    } catch (error) {
      this.#opened = undefined;
      throw error;
    }
  }

  async #open(): Promise<{ readonly library: Library; readonly client: Client }> {
    const { directoryUrl, email, accountKeyFile, caFile } = this.#options;
    const library = await loadLibrary();
    library.axios.defaults.timeout = requestMs;
    library.axios.defaults.httpsAgent = await agentFor(caFile);
    Object.assign(library.axios.defaults, {
      acmeSettings: { retryMaxAttempts: retriesOfOneRequest, retryDefaultDelay: 5 },
    });
    const accountKey = await openAccountKey(accountKeyFile);
    const client = new library.Client({
      ...{ directoryUrl, accountKey, ...patience },
      ...(await bindingOf(this.#options)),
    });
    await client.createAccount({ termsOfServiceAgreed: true, contact: [`mailto:${email}`] });
    return { library, client };
  }
}

/** Opens an ACME authority; it is spoken to at the first order. */
export function openAcmeAuthority(options: AcmeOptions): CertificateAuthority {
  return new AcmeAuthority(options);
}
