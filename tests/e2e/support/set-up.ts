import { resolve } from 'node:path';
import { chromium } from 'playwright-core';
import type { TestProject } from 'vitest/node';
import { requireBuilt } from '../../support/built.ts';
import { chromiumMissing, SOFTWARE_WEBGL } from '../../support/chromium.ts';

/** Builds the application and starts the browser once for all specs. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await requireBuilt();
  project.provide('pages', resolve(import.meta.dirname, '../../../out/renderer'));
  const server = chromiumMissing ? undefined : await chromium.launchServer(SOFTWARE_WEBGL);
  project.provide('browser', server?.wsEndpoint() ?? '');
  return async () => server?.close();
}
