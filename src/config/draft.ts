import { z } from 'zod';
import { suggest } from '../lib/nearest.ts';
import type { Problem } from '../lib/problem.ts';
import { describeKey } from './describe.ts';
import { alertSchema, configSchema, noticeStyleSchema } from './schema/config-schema.ts';
import { type OriginHostInput, originHostSchema } from './schema/origin-host-schema.ts';
import { type RouterInput, routerSchema } from './schema/router-schema.ts';
import { type SiteInput, siteSchema } from './schema/site-schema.ts';
import { issueProblems } from './schema-problems.ts';
import type { YamlPath, YamlSource } from './yaml-source.ts';

/** A value and where in the file it stands. */
export interface Placed<T> {
  readonly path: YamlPath;
  readonly value: T;
}

const shape = configSchema.shape;

type Part<Key extends keyof typeof shape> = z.output<(typeof shape)[Key]> | undefined;

/** What could be read of a file, part by part, so that a mistake in one part does not hide those in another. */
export interface Draft {
  readonly store: Part<'store'>;
  readonly dataFolder: Part<'dataFolder'>;
  readonly admin: Part<'admin'>;
  readonly notice: Part<'notice'>;
  readonly vantages: Part<'vantages'>;
  readonly rules: Part<'rules'>;
  readonly limits: Part<'limits'>;
  readonly guards: Part<'guards'>;
  readonly retention: Part<'retention'>;
  readonly routers: readonly Placed<RouterInput>[];
  readonly sites: readonly Placed<SiteInput>[];
  readonly originHosts: readonly Placed<OriginHostInput>[];
  readonly alerts: readonly Placed<z.output<typeof alertSchema>>[];
  /** What the words and pages of notices depend on: readable also when `notice` is not. */
  readonly noticeStyle: z.output<typeof noticeStyleSchema> | undefined;
  readonly problems: readonly Problem[];
}

type Raw = Readonly<Record<string, unknown>>;

class PartReader {
  readonly problems: Problem[] = [];
  readonly #source: YamlSource;
  readonly #raw: Raw;

  constructor(source: YamlSource, raw: Raw) {
    this.#source = source;
    this.#raw = raw;
  }

  read<T>(schema: z.ZodType<T>, value: unknown, path: YamlPath): T | undefined {
    const parsed = schema.safeParse(value);
    if (parsed.success) {
      return parsed.data;
    }
    const reader = { source: this.#source, describe: describeKey };
    this.problems.push(...issueProblems(reader, parsed.error.issues, path));
    return undefined;
  }

  part<T>(schema: z.ZodType<T>, key: string): T | undefined {
    return this.read(schema, this.#raw[key], [key]);
  }

  list<T>(schema: z.ZodType<T>, key: keyof typeof shape): readonly Placed<T>[] {
    const items = this.#raw[key];
    if (!Array.isArray(items)) {
      this.read(z.array(z.unknown()).default([]), items, [key]);
      return [];
    }
    return items.flatMap((item: unknown, index) => {
      const value = this.read(schema, item, [key, index]);
      return value === undefined ? [] : [{ path: [key, index], value }];
    });
  }

  unknownKeys(): void {
    const known = Object.keys(shape);
    for (const key of Object.keys(this.#raw).filter((name) => !known.includes(name))) {
      const place = this.#source.keyPlace([key]);
      const free = known.filter((name) => this.#raw[name] === undefined);
      this.problems.push({ ...place, what: `unknown key ${key}`, remedy: suggest(key, free) });
    }
  }
}

function topLevel(data: unknown): Raw | undefined {
  const isMap = typeof data === 'object' && data !== null && !Array.isArray(data);
  return isMap ? { ...data } : undefined;
}

/** Reads every part of a configuration file against its schema; all problems are told at once. */
export function readDraft(source: YamlSource): Draft {
  const raw = topLevel(source.data);
  const reader = new PartReader(source, raw ?? {});
  if (raw === undefined && source.problems.length === 0) {
    const what = 'the file must be a map of keys';
    const remedy = 'begin with routers: and sites:, as in examples/detour.yaml';
    reader.problems.push({ ...source.place([]), what, remedy });
  }
  reader.unknownKeys();
  return {
    store: reader.part(shape.store, 'store'),
    dataFolder: reader.part(shape.dataFolder, 'dataFolder'),
    admin: reader.part(shape.admin, 'admin'),
    notice: reader.part(shape.notice, 'notice'),
    vantages: reader.part(shape.vantages, 'vantages'),
    rules: raw?.['rules'] === undefined ? undefined : reader.part(shape.rules, 'rules'),
    limits: reader.part(shape.limits, 'limits'),
    guards: reader.part(shape.guards, 'guards'),
    retention: reader.part(shape.retention, 'retention'),
    routers: reader.list(routerSchema, 'routers'),
    sites: reader.list(siteSchema, 'sites'),
    originHosts: reader.list(originHostSchema, 'originHosts'),
    alerts: reader.list(alertSchema, 'alerts'),
    noticeStyle: noticeStyleSchema.safeParse(raw?.['notice']).data,
    problems: reader.problems,
  };
}
