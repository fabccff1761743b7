/** What the environment says about how to run; every variable has a flag that beats it. */
export interface Env {
  /** DETOUR_CONFIG_FILE */
  readonly configFile?: string;
  /** DETOUR_WEB_LISTEN_ADDRESS */
  readonly listenAddress?: string;
  /** DETOUR_LOG_LEVEL */
  readonly logLevel?: string;
  /** DETOUR_LOG_FORMAT */
  readonly logFormat?: string;
  /** DETOUR_DATA_FOLDER */
  readonly dataFolder?: string;
  /** DETOUR_URL */
  readonly url?: string;
  /** DETOUR_TOKEN_FILE */
  readonly tokenFile?: string;
  /** The language of the terminal, from LC_ALL, LC_MESSAGES or LANG: `ko` or `en`. */
  readonly language: 'ko' | 'en';
}

const variables = {
  configFile: 'DETOUR_CONFIG_FILE',
  listenAddress: 'DETOUR_WEB_LISTEN_ADDRESS',
  logLevel: 'DETOUR_LOG_LEVEL',
  logFormat: 'DETOUR_LOG_FORMAT',
  dataFolder: 'DETOUR_DATA_FOLDER',
  url: 'DETOUR_URL',
  tokenFile: 'DETOUR_TOKEN_FILE',
} as const;

/** One variable of the environment; an empty one counts as not set. */
export function readVariable(name: string): string | undefined {
  const value = process.env[name];
  return value === '' ? undefined : value;
}

/** Reads every variable that Detour knows. */
export function readEnv(): Env {
  const known = Object.entries(variables).flatMap(([field, name]) => {
    const value = readVariable(name);
    return value === undefined ? [] : [[field, value]];
  });
  const locale = readVariable('LC_ALL') ?? readVariable('LC_MESSAGES') ?? readVariable('LANG');
  return {
    ...Object.fromEntries(known),
    language: locale?.startsWith('ko') === true ? 'ko' : 'en',
  };
}

/** The variables the process was started with, for `${NAME}` in the configuration. Nothing else reads them. */
export function environment(): Readonly<Record<string, string | undefined>> {
  return process.env;
}
