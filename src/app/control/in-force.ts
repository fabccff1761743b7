import type { Settings } from '../../config/settings.ts';

/** The settings that hold now: those of the start until a reload puts others in their place. */
export class InForce {
  #settings: Settings;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  get settings(): Settings {
    return this.#settings;
  }

  replace(settings: Settings): void {
    this.#settings = settings;
  }
}
