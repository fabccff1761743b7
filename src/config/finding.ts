import type { YamlPath } from './yaml-source.ts';

/** Something a check found, by the path of the value it is about. */
export interface Finding {
  readonly path: YamlPath;
  readonly what: string;
  readonly remedy: string;
  /** True when it stops nothing. */
  readonly isWarning?: boolean;
}
