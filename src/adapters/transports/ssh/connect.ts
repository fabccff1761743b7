import { connect, type Socket } from 'node:net';
import ssh2 from 'ssh2';
import type { SshTransportSettings } from '../../../config/settings.ts';
import { DetourError } from '../../../lib/errors.ts';
import type { CountStandstills } from '../../../ports/transport.ts';
import { neverStill, type TransportHooks } from '../transport-hooks.ts';
import { offeredAlgorithms, oldAmong } from './algorithms.ts';
import { type Credentials, readCredentials } from './credentials.ts';
import { hostKeyFingerprint, hostKeyType } from './host-key.ts';

/** A dead peer is noticed after three unanswered keepalives: 15 s. */
const keepaliveIntervalMs = 5_000;
const keepaliveCountMax = 3;

/** Connects, checks the pinned host key before anything else is sent, and logs in. All within the connect time limit. */
export async function connectSsh(
  settings: SshTransportSettings,
  signal: AbortSignal,
  { standstills = neverStill, onOldAlgorithms = (): void => undefined }: TransportHooks = {},
): Promise<ssh2.Client> {
  const place = `${settings.host} port ${settings.port}`;
  if (settings.hostKeys.length === 0) {
    throw new DetourError(`No host key is pinned for ${place}, so no connection is made`, {
      code: 'DETOUR_TRANSPORT_HOST_KEY_MISSING',
    });
  }
  const credentials = await readCredentials(settings);
  signal.throwIfAborted();
  const socket = openSocket(settings, standstills);
  const client = new ssh2.Client();
  client.on('handshake', (negotiated) => {
    const old = oldAmong(negotiated);
    if (old.length > 0) {
      onOldAlgorithms(old);
    }
  });
  try {
    const login = { ...loginOptions(settings, credentials), sock: socket };
    return await handshake(client, { settings, login }, signal);
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/**
 * A socket that ends as soon as something arrives after a standstill, before anybody hears it: the SSH library answers
 * by itself, and a channel that was asked for before the standstill would take its command with it now.
 */
function openSocket({ host, port }: SshTransportSettings, standstills: CountStandstills): Socket {
  const before = standstills();
  const socket = connect({ host, port });
  socket.on('data', () => {
    if (standstills() !== before) {
      socket.destroy();
    }
  });
  return socket;
}

function handshake(
  client: ssh2.Client,
  {
    settings,
    login,
  }: { readonly settings: SshTransportSettings; readonly login: ssh2.ConnectConfig },
  signal: AbortSignal,
): Promise<ssh2.Client> {
  const place = `${settings.host} port ${settings.port}`;
  return new Promise((resolve, reject) => {
    let shown: string | undefined;
    const giveUp = (error: unknown): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      client.destroy();
      reject(error);
    };
    const onAbort = (): void =>
      giveUp(timedOut(`Connecting to ${place} was given up`, signal.reason));
    const timer = setTimeout(
      () => giveUp(timedOut(`No login at ${place} within ${settings.connectTimeoutMs} ms`)),
      settings.connectTimeoutMs,
    );
    signal.addEventListener('abort', onAbort, { once: true });
    // Stays for the life of the client: ssh2 may report a second error after the first, and a later one at any time.
    client.on('error', (error) =>
      giveUp(shown === undefined ? connectError(settings, error) : wrongKey(place, shown, error)),
    );
    client.on('close', () =>
      giveUp(connectError(settings, new Error('the connection was closed'))),
    );
    client.on('ready', () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      resolve(client);
    });
    client.on('keyboard-interactive', (...[, , , prompts, finish]) =>
      finish(login.password !== undefined && prompts.length === 1 ? [login.password] : []),
    );
    const hostVerifier = (key: Buffer): boolean => {
      const fingerprint = hostKeyFingerprint(key);
      const isPinned = settings.hostKeys.includes(fingerprint);
      shown = isPinned ? undefined : `${fingerprint} (${hostKeyType(key)})`;
      return isPinned;
    };
    try {
      client.connect({ ...login, hostVerifier });
      // A dialogue is many small messages: held back for the other side's acknowledgement, each costs 40 ms.
      client.setNoDelay(true);
    } catch (error) {
      // A key that cannot be parsed is thrown at once.
      giveUp(
        new DetourError(`The private key for ${place} cannot be used`, {
          code: 'DETOUR_TRANSPORT_SECRET_UNREADABLE',
          cause: error,
        }),
      );
    }
  });
}

function loginOptions(
  settings: SshTransportSettings,
  credentials: Credentials,
): ssh2.ConnectConfig {
  return {
    host: settings.host,
    port: settings.port,
    username: settings.user,
    ...credentials,
    // Only what is configured: never an agent, never a guess.
    authHandler: 'password' in credentials ? ['password', 'keyboard-interactive'] : ['publickey'],
    tryKeyboard: 'password' in credentials,
    algorithms: offeredAlgorithms(settings.algorithms),
    readyTimeout: 0,
    keepaliveInterval: keepaliveIntervalMs,
    keepaliveCountMax,
  };
}

const timedOut = (message: string, cause?: unknown): DetourError =>
  new DetourError(message, { code: 'DETOUR_TRANSPORT_TIMEOUT', retryable: true, cause });

const wrongKey = (place: string, shown: string, cause: unknown): DetourError =>
  new DetourError(`The host key of ${place} is ${shown}, which is not pinned; nothing was sent`, {
    code: 'DETOUR_TRANSPORT_HOST_KEY_MISMATCH',
    cause,
  });

function connectError(
  { host, port, algorithms }: SshTransportSettings,
  error: Error & { readonly level?: string },
): DetourError {
  const place = `${host} port ${port}`;
  if (error.level === 'client-authentication') {
    return new DetourError(`${place} refused the login`, {
      code: 'DETOUR_TRANSPORT_AUTH_FAILED',
      cause: error,
    });
  }
  // No common algorithm stays so until somebody changes one side.
  const isTooOld = error.message.includes('no matching');
  const advice =
    isTooOld && algorithms !== 'legacy-2012'
      ? '; for a device that cannot be updated set algorithms: legacy-2012 in its transport'
      : '';
  return new DetourError(`Could not connect to ${place}${advice}`, {
    code: 'DETOUR_TRANSPORT_CONNECT_FAILED',
    retryable: !isTooOld,
    cause: error,
  });
}
