/** Whether an optional package can be loaded. */
export type IsInstalled = (name: string) => boolean;

/** Looks without loading the package. */
export const isInstalled: IsInstalled = (name) => {
  try {
    import.meta.resolve(name);
    return true;
  } catch {
    return false;
  }
};
