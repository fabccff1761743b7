import { readFile } from 'node:fs/promises';

/** The text of a file of the kernel; undefined where there is none, as on other systems than Linux. */
export async function readKernelFile(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** A number that the kernel is set to, such as `net.ipv4.ip_forward`; undefined where it has none. */
export async function kernelNumber(name: string): Promise<number | undefined> {
  const text = await readKernelFile(`/proc/sys/${name.replaceAll('.', '/')}`);
  const value = Number.parseInt(text ?? '', 10);
  return Number.isNaN(value) ? undefined : value;
}
