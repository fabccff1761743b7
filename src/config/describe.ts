import { z } from 'zod';
import { configSchema, tokensSchema } from './schema/config-schema.ts';
import { formKey } from './schema/parts.ts';
import type { YamlPath } from './yaml-source.ts';

/** A node of a JSON Schema, as far as Detour's own schema needs it. */
export interface SchemaNode {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
  readonly oneOf?: readonly SchemaNode[];
  readonly additionalProperties?: unknown;
  readonly [formKey]?: string;
}

let cached: SchemaNode | undefined;

function isSchemaNode(value: unknown): value is SchemaNode {
  return typeof value === 'object' && value !== null;
}

function checkedNode(value: unknown): SchemaNode {
  if (!isSchemaNode(value)) {
    throw new Error('The schema is no object');
  }
  return value;
}

/** The JSON Schema of the configuration file, as people write it. */
export function configJsonSchema(): SchemaNode {
  cached ??= checkedNode(z.toJSONSchema(configSchema, { io: 'input' }));
  return cached;
}

/** The JSON Schema of the file of tokens. */
export function tokensJsonSchema(): SchemaNode {
  return checkedNode(z.toJSONSchema(tokensSchema, { io: 'input' }));
}

/** The forms a value may take, one after the other. */
export function branchesOf(node: SchemaNode): readonly SchemaNode[] {
  return node.oneOf ?? node.anyOf ?? [node];
}

function childOf(node: SchemaNode, key: PropertyKey): SchemaNode | undefined {
  if (typeof key === 'number') {
    return branchesOf(node).find(({ items }) => items !== undefined)?.items;
  }
  const owner = branchesOf(node).find(({ properties }) => properties?.[String(key)] !== undefined);
  return owner?.properties?.[String(key)];
}

/** What a key of the configuration is for, in the words of its documentation. */
export function describeKey(path: YamlPath): string | undefined {
  let node: SchemaNode | undefined = configJsonSchema();
  for (const key of path) {
    node = node === undefined ? undefined : childOf(node, key);
  }
  return node?.description;
}
