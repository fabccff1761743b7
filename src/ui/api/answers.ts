import type { z } from 'zod';
import type { auditListSchema } from '../../api/audit/schema.ts';
import type { brakeListSchema } from '../../api/brakes/schema.ts';
import type { incidentListSchema } from '../../api/incidents/schema.ts';
import type { limitsViewSchema } from '../../api/limits/schema.ts';
import type { windowListSchema } from '../../api/maintenance/schema.ts';
import type { noticeNodeListSchema } from '../../api/notice-nodes/schema.ts';
import type { routerListSchema } from '../../api/routers/schema.ts';

// Types only: the page takes the shapes of the API from its schemas, and none of its code.
export type AuditList = z.infer<typeof auditListSchema>;
export type BrakeList = z.infer<typeof brakeListSchema>;
export type IncidentList = z.infer<typeof incidentListSchema>;
export type NoticeNodeList = z.infer<typeof noticeNodeListSchema>;
export type RouterList = z.infer<typeof routerListSchema>;
export type WindowList = z.infer<typeof windowListSchema>;
export type LimitsView = z.infer<typeof limitsViewSchema>;
