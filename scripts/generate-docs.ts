import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { dashboardText } from '../dashboards/source/dashboard.ts';
import { configSchemaText, configurationPage } from '../src/config/configuration-page.ts';
import { metricsPage } from './metrics-page.ts';
import { scriptSchemaText } from './script-schema.ts';

// Writes the pages that are made from code; a test fails when they differ from it.
const docs = path.join(import.meta.dirname, '..', 'docs');
writeFileSync(path.join(docs, 'detour.schema.json'), configSchemaText());
writeFileSync(path.join(docs, 'configuration.md'), configurationPage());
writeFileSync(path.join(docs, 'metrics.md'), metricsPage());
writeFileSync(path.join(docs, 'script-driver.schema.json'), scriptSchemaText());
writeFileSync(path.join(docs, '..', 'dashboards', 'detour.json'), dashboardText());
