import { z } from 'zod';
import { nameField, timeField, toldField } from '../http/fields.ts';

export const routerParams = z.strictObject({ router: nameField.describe('Name of the router.') });

export const routeSchema = z
  .object({ prefix: z.string(), nextHop: z.string() })
  .meta({ id: 'Route', description: 'A host route.' });

export const observedRouteSchema = z
  .object({
    prefix: z.string(),
    nextHop: z.string(),
    isInstalled: z.boolean().describe('False when the router has it but does not forward by it.'),
  })
  .meta({ id: 'ObservedRoute', description: 'A route of ours as the router shows it.' });

export const routerViewSchema = z
  .object({
    name: z.string(),
    isReadable: z.boolean(),
    readAt: timeField.nullable(),
    error: z.string().nullable(),
    nextHop: z.object({ ipv4: z.string().nullable(), ipv6: z.string().nullable() }),
    estate: z.array(z.string()).describe('Prefixes inside which host routes may be installed.'),
    isSyncing: z.boolean(),
    isInsecure: z.boolean().describe('True when it is reached in clear text, by telnet.'),
    allowsOldAlgorithms: z
      .boolean()
      .describe('True when it may be reached with SSH algorithms that can be broken.'),
    lease: z
      .object({
        routes: z.number().int().describe('Routes that it takes back by itself at that time.'),
        until: timeField,
        problem: z.string().nullable().describe('Why that could not be put off.'),
      })
      .nullable()
      .describe('For sites that fall back when no controller is alive; null where none does.'),
    desired: z.array(routeSchema),
    observed: z.array(observedRouteSchema).describe('Ours, at the last read.'),
    foreign: z.array(routeSchema).describe('Static host routes that are not ours; never touched.'),
  })
  .meta({ id: 'Router', description: 'A router as the controller last saw it.' });
export type RouterStanding = z.infer<typeof routerViewSchema>;

export const routerListSchema = z
  .object({ routers: z.array(routerViewSchema) })
  .meta({ id: 'RouterList', description: 'Routers by name.' });

export const routerRoutesSchema = z
  .object({
    router: z.string(),
    readAt: timeField,
    error: z.string().nullable().describe('Why it could not be read now.'),
    desired: z.array(routeSchema),
    observed: z.array(observedRouteSchema),
    foreign: z.array(routeSchema),
    plan: z
      .object({
        add: z.array(routeSchema),
        remove: z.array(routeSchema),
        unchanged: z.array(routeSchema),
      })
      .nullable(),
    lines: z.array(z.string()).describe('The exact lines that the plan would send.'),
  })
  .meta({ id: 'RouterRoutes', description: 'Routes as just read, and as they should be.' });
export type RouterRoutes = z.infer<typeof routerRoutesSchema>;

export const drillSchema = z
  .object({
    router: z.string(),
    startedAt: timeField,
    tookMs: z.number(),
    isPassed: z.boolean(),
    isReal: z
      .boolean()
      .describe(
        'True when the reserved address of the router was diverted; else it was only read.',
      ),
    steps: z.array(
      z.object({ step: z.string(), isPassed: z.boolean(), detail: z.string(), told: toldField }),
    ),
  })
  .meta({
    id: 'Drill',
    description: 'Whether a diversion can be carried out on this router.',
  });

export const drillListSchema = z
  .object({ drills: z.array(drillSchema) })
  .meta({ id: 'DrillList', description: 'Drills that were held, newest first.' });

export type Drill = z.infer<typeof drillSchema>;
