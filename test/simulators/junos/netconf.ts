import {
  childrenOf,
  findElement,
  findElements,
  parseXml,
  textOf,
  type XmlElement,
} from '../../../src/adapters/netconf/xml.ts';
import type { NetconfWire } from '../support/device.ts';
import type { JunosDevice } from './junos-device.ts';
import type { CommitRecord } from './store.ts';

const base = 'urn:ietf:params:xml:ns:netconf:base:1.0';
const end = ']]>]]>';
const ok = '<ok/>';

const refusal = (tag: string, message: string, info = ''): string =>
  `<rpc-error><error-type>protocol</error-type><error-tag>${tag}</error-tag><error-severity>error</error-severity><error-message>\n${message}\n</error-message>${info}</rpc-error>`;

const heldBy = (user: string): string =>
  `<error-info><database-status-information><database-status><user>${user}</user><terminal>p0</terminal><pid>4711</pid></database-status></database-status-information></error-info>`;

/** One NETCONF session on a Junos device: RFC 6241 with Junos' own requests, framing of RFC 6242 written anew. */
export function serveJunosNetconf(device: JunosDevice, wire: NetconfWire, user: string): void {
  new JunosNetconfServer(device, wire, user).begin();
}

class JunosNetconfServer {
  readonly #device: JunosDevice;
  readonly #wire: NetconfWire;
  readonly #user: string;
  #isChunked = false;
  #bytes = '';
  /** Our unconfirmed commit, as the history has it. */
  #ours: CommitRecord | undefined;

  constructor(device: JunosDevice, wire: NetconfWire, user: string) {
    this.#device = device;
    this.#wire = wire;
    this.#user = user;
  }

  begin(): void {
    const { netconf = '1.0' } = this.#device.options;
    const capabilities = [
      base,
      'urn:ietf:params:netconf:base:1.0',
      ...(netconf === '1.1' ? ['urn:ietf:params:netconf:base:1.1'] : []),
      'urn:ietf:params:netconf:capability:candidate:1.0',
      `urn:ietf:params:netconf:capability:confirmed-commit:${netconf}`,
      'urn:ietf:params:netconf:capability:validate:1.0',
      'http://xml.juniper.net/netconf/junos/1.0',
    ].map((uri) => `<capability>${uri}</capability>`);
    this.#wire.write(
      `<!-- No zombies were killed during the creation of this user interface -->\n<hello xmlns="${base}"><capabilities>${capabilities.join('')}</capabilities><session-id>4711</session-id></hello>${end}`,
    );
    this.#wire.onData((text) => this.#take(text));
    this.#wire.onClose(() => this.#close());
  }

  #close(): void {
    this.#device.store.release(this);
    // RFC 6241, 8.4.1: without persist an unconfirmed commit goes back with the session that made it.
    const { history, isPending, pendingId } = this.#device.store;
    if (isPending && pendingId === undefined && history[0] === this.#ours) {
      this.#device.store.revert();
    }
  }

  #take(text: string): void {
    this.#bytes += text;
    for (;;) {
      const message = this.#isChunked ? this.#nextChunked() : this.#nextMarked();
      if (message === undefined) {
        return;
      }
      const root = parseXml(message);
      if (root?.name === 'hello') {
        this.#isChunked = this.#device.options.netconf === '1.1';
      } else if (root?.name === 'rpc') {
        this.#serve(root);
      }
    }
  }

  #nextMarked(): string | undefined {
    const at = this.#bytes.indexOf(end);
    if (at < 0) {
      return undefined;
    }
    const message = this.#bytes.slice(0, at);
    this.#bytes = this.#bytes.slice(at + end.length);
    return message;
  }

  #nextChunked(): string | undefined {
    const whole = /^((?:\n#\d+\n[\s\S]*?)+?)\n##\n/.exec(this.#bytes);
    if (whole === null) {
      return undefined;
    }
    this.#bytes = this.#bytes.slice(whole[0].length);
    return (whole[1] ?? '').replaceAll(/\n#\d+\n/g, '');
  }

  #serve(rpc: XmlElement): void {
    const [operation] = rpc.children;
    const { hangsAt, dropsAt, refuses } = this.#device.faults;
    const name = operation?.name ?? '';
    this.#device.received.push(name);
    if (hangsAt?.test(name) === true) {
      return;
    }
    if (dropsAt?.line.test(name) === true && !dropsAt.isApplied) {
      this.#wire.close();
      return;
    }
    const content =
      refuses?.line.test(name) === true
        ? refusal('operation-failed', refuses.words)
        : this.#answer(operation);
    if (dropsAt?.line.test(name) === true) {
      this.#wire.close();
      return;
    }
    const reply = `<rpc-reply xmlns="${base}" xmlns:junos="http://xml.juniper.net/junos/21.4R0/junos" message-id="${rpc.attributes.get('message-id')}">\n${content}\n</rpc-reply>`;
    this.#send(reply);
    if (name === 'close-session') {
      this.#wire.close();
    }
  }

  #send(message: string): void {
    if (!this.#isChunked) {
      this.#wire.write(`${message}${end}`);
      return;
    }
    // Several chunks, as a server that flushes a buffer makes them.
    const pieces = message.match(/[\s\S]{1,1000}/g) ?? [];
    const chunks = pieces.map((piece) => `\n#${Buffer.byteLength(piece)}\n${piece}`);
    this.#wire.write(`${chunks.join('')}\n##\n`);
  }

  #answer(operation: XmlElement | undefined): string {
    const { store } = this.#device;
    switch (operation?.name) {
      case 'get-config':
        return `<data>${this.#device.show('configuration')}</data>`;
      case 'get-route-information':
        return this.#device.show(textOf(operation, 'table')) ?? '';
      case 'get-commit-information':
        return this.#device.show('commits') ?? '';
      case 'lock':
        return this.#lock();
      case 'unlock':
        store.release(this);
        return ok;
      case 'discard-changes':
        store.rollback(0);
        return ok;
      case 'load-configuration':
        store.rollback(Number(operation.attributes.get('rollback')));
        return ok;
      case 'edit-config':
        return this.#edit(operation);
      case 'validate':
        return this.#device.options.checkFails === undefined
          ? ok
          : refusal('operation-failed', this.#device.options.checkFails);
      case 'commit':
        return this.#commit(operation);
      case 'cancel-commit':
        return this.#cancel(operation);
      case 'close-session':
        return ok;
      default:
        return refusal('operation-not-supported', 'syntax error');
    }
  }

  #lock(): string {
    const { lockedBy, dirtiedBy } = this.#device.faults;
    const holder = lockedBy ?? this.#device.store.lock?.user;
    if (holder !== undefined) {
      return refusal('lock-denied', 'Lock failed, lock is already held', heldBy(holder));
    }
    if (dirtiedBy !== undefined || this.#device.store.isModified) {
      return refusal(
        'lock-denied',
        'configuration database modified',
        heldBy(dirtiedBy ?? 'somebody'),
      );
    }
    this.#device.store.lock = { session: this, user: this.#user };
    return ok;
  }

  #edit(operation: XmlElement): string {
    const { store } = this.#device;
    for (const route of findElements(operation, 'route')) {
      const prefix = textOf(route, 'name');
      if (route.attributes.get('operation') === 'delete') {
        if (!store.delete(prefix)) {
          return refusal('data-missing', `statement not found: route ${prefix}`);
        }
      }
      for (const hop of childrenOf(route, 'next-hop')) {
        if (hop.attributes.get('operation') === 'delete') {
          store.delete(prefix, hop.text);
        } else {
          store.set(prefix, hop.text, Number(findElement(route, 'metric-value')?.text));
        }
      }
    }
    return ok;
  }

  #commit(operation: XmlElement): string {
    const { store } = this.#device;
    const isConfirmed = childrenOf(operation, 'confirmed').length > 0;
    const persistId = textOf(operation, 'persist');
    if (store.pendingId !== undefined && textOf(operation, 'persist-id') !== store.pendingId) {
      return refusal('invalid-value', 'another commit waits to be confirmed');
    }
    store.commit({
      user: this.#user,
      client: 'netconf',
      ...(isConfirmed ? { minutes: Number(textOf(operation, 'confirm-timeout')) / 60 } : {}),
      ...(persistId === '' ? {} : { persistId }),
    });
    this.#ours = isConfirmed ? store.history[0] : undefined;
    return ok;
  }

  #cancel(operation: XmlElement): string {
    const { store } = this.#device;
    if (this.#device.options.netconf !== '1.1') {
      return refusal('operation-not-supported', 'syntax error');
    }
    if (!store.isPending || textOf(operation, 'persist-id') !== (store.pendingId ?? '')) {
      return refusal('invalid-value', 'no such commit waits to be confirmed');
    }
    store.revert();
    return ok;
  }
}
