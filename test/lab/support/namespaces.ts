import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { mustRun, run } from '../../support/command.ts';

const labName = /^detour-lab-(\d+)-[0-9a-f]{4}/;
const labFolders = '/tmp';
/** Files here are laid over those of /etc for whatever runs inside the namespace of that name. */
const netnsFolder = '/etc/netns';
const frrFolders = ['/etc/frr', '/var/run/frr'];

/** A name for one lab: its first part is the process that owns it, so that leftovers of a dead run can be told from a live one. */
export function newLabName(): string {
  return `detour-lab-${process.pid}-${randomBytes(2).toString('hex')}`;
}

/** The folder of a lab's own files. */
export function labFolder(lab: string): string {
  return `${labFolders}/${lab}`;
}

/** The command line that runs another one inside a namespace. */
export function inside(namespace: string, argv: readonly string[]): readonly string[] {
  return ['ip', 'netns', 'exec', namespace, ...argv];
}

/** Lays files over /etc inside the namespace. */
export async function overlayEtc(
  namespace: string,
  files: Readonly<Record<string, { readonly text: string; readonly mode?: number }>>,
): Promise<void> {
  await mkdir(`${netnsFolder}/${namespace}`, { recursive: true });
  for (const [name, { text, mode = 0o644 }] of Object.entries(files)) {
    await writeFile(`${netnsFolder}/${namespace}/${name}`, text, { mode });
  }
}

/** Makes a namespace with its loopback up, forwarding as asked, and no resolver, so that nothing may lean on DNS. */
export async function addNamespace(
  namespace: string,
  options: { readonly forwards: boolean },
): Promise<void> {
  await overlayEtc(namespace, { 'resolv.conf': { text: '' } });
  await mustRun(['ip', 'netns', 'add', namespace]);
  const forward = options.forwards ? 1 : 0;
  await mustRun(
    inside(namespace, [
      'sh',
      '-c',
      [
        `echo ${forward} >/proc/sys/net/ipv4/ip_forward`,
        `echo ${forward} >/proc/sys/net/ipv6/conf/all/forwarding`,
        // A new address must be usable at once: nobody else is on these wires.
        'echo 0 >/proc/sys/net/ipv6/conf/default/accept_dad',
        'ip link set lo up',
      ].join(' && '),
    ]),
  );
}

async function namespacesOf(lab: string): Promise<readonly string[]> {
  const listed = await mustRun(['ip', 'netns', 'list']);
  return listed
    .split('\n')
    .map((line) => line.split(' ')[0] ?? '')
    .filter((name) => name.startsWith(`${lab}-`));
}

async function processesIn(namespace: string): Promise<readonly number[]> {
  const { stdout } = await run(['ip', 'netns', 'pids', namespace]);
  return stdout.split('\n').filter(Boolean).map(Number);
}

async function endProcessesIn(namespace: string): Promise<void> {
  for (let round = 0; round < 50; round += 1) {
    const pids = await processesIn(namespace);
    if (pids.length === 0) {
      return;
    }
    for (const pid of pids) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It ended by itself in the meantime.
      }
    }
    await delay(10);
  }
  throw new Error(`Processes in ${namespace} do not end: ${await processesIn(namespace)}`);
}

async function labFilesIn(folder: string, lab: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => []);
  return names
    .filter((name) => name === lab || name.startsWith(`${lab}-`))
    .map((name) => `${folder}/${name}`);
}

/** Takes a lab away whole: its processes, namespaces and files. Safe to repeat. */
export async function removeLab(lab: string): Promise<void> {
  const namespaces = await namespacesOf(lab);
  await Promise.all(namespaces.map(endProcessesIn));
  for (const namespace of namespaces) {
    await run(['ip', 'netns', 'delete', namespace]);
  }
  for (const folder of [labFolders, netnsFolder, ...frrFolders]) {
    for (const path of await labFilesIn(folder, lab)) {
      await rm(path, { recursive: true, force: true });
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Takes away what labs of dead processes left behind, and says which. */
export async function sweepDeadLabs(): Promise<readonly string[]> {
  const folders = [labFolders, netnsFolder, '/run/netns', ...frrFolders];
  const names = (
    await Promise.all(folders.map((folder) => readdir(folder).catch(() => [])))
  ).flat();
  const dead = new Set<string>();
  for (const name of names) {
    const match = labName.exec(name);
    if (match?.[1] !== undefined && !isAlive(Number(match[1]))) {
      dead.add(match[0]);
    }
  }
  for (const lab of dead) {
    await removeLab(lab);
  }
  return [...dead];
}
