import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import type { Finding } from './finding.ts';
import type { YamlPath } from './yaml-source.ts';

/** Rights of a secret file that nobody but its owner (and, for reading, its group) may have. */
export const widestSecretMode = 0o640;

function modeWarning(file: string, path: YamlPath): readonly Finding[] {
  const mode = statSync(file).mode & 0o777;
  return (mode & ~widestSecretMode) === 0
    ? []
    : [
        {
          path,
          what: `${file} has rights ${mode.toString(8).padStart(4, '0')}: others can reach the secret`,
          remedy: `run: chmod 0640 ${file}`,
          isWarning: true,
        },
      ];
}

/** A secret file must be there and readable; wide rights are a warning. */
export function checkSecretFile(file: string, path: YamlPath): readonly Finding[] {
  try {
    accessSync(file, constants.R_OK);
    if (!statSync(file).isFile()) {
      return [{ path, what: `${file} is not a file`, remedy: 'name the file itself' }];
    }
    return modeWarning(file, path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    return code === 'ENOENT'
      ? [{ path, what: `there is no file ${file}`, remedy: 'correct the path, or make the file' }]
      : [
          {
            path,
            what: `${file} cannot be read (${String(code)})`,
            remedy: 'give the user that runs Detour the right to read it',
          },
        ];
  }
}

/** A folder that is not there yet is worth saying. */
export function checkFolder(folder: string, path: YamlPath): readonly Finding[] {
  const isThere = statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true;
  return isThere
    ? []
    : [{ path, what: `there is no folder ${folder}`, remedy: 'make it', isWarning: true }];
}

/** The text of a file, or why it cannot be read. */
export function readText(file: string): { text: string } | { error: string } {
  try {
    return { text: readFileSync(file, 'utf8') };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}
