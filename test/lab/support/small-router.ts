import { mkdir } from 'node:fs/promises';
import { mustRun } from '../../support/command.ts';
import { forgetEarlierNetwork } from './left-behind.ts';
import {
  addNamespace,
  inside,
  labFolder,
  newLabName,
  removeLab,
  sweepDeadLabs,
} from './namespaces.ts';

/** A machine of its own with one wire to the notice network, for drivers that are tried without a whole lab. */
export class SmallRouter implements AsyncDisposable {
  readonly name = newLabName();
  readonly namespace = `${this.name}-router`;
  readonly folder = labFolder(this.name);

  static async open(): Promise<SmallRouter> {
    await sweepDeadLabs();
    const router = new SmallRouter();
    await mkdir(router.folder, { recursive: true, mode: 0o755 });
    await addNamespace(router.namespace, { forwards: true });
    await forgetEarlierNetwork(router.namespace);
    await mustRun(['ip', '-n', router.namespace, '-batch', '-'], {
      stdin: [
        'link add notice type veth peer name far',
        'link set far up',
        'link set notice up',
        'address add 10.10.4.1/24 dev notice',
        'address add fd10:4::1/64 dev notice nodad',
        '',
      ].join('\n'),
    });
    return router;
  }

  /** Runs a command on the machine and gives back what it printed. */
  async run(argv: readonly string[], stdin = ''): Promise<string> {
    return await mustRun(inside(this.namespace, argv), { stdin });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await removeLab(this.name);
  }
}
